"""The recordings that people look at, in memory only: the ones not looked at for longest are forgotten first."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.web.traces.envelope import Envelope
from mvkt.web.traces.stored_trace import StoredTrace

_ID_BYTES = 16


@dataclass(frozen=True, eq=False)
class ReadBy:
    """What one student read of a recording.

    Attributes:
        student: Its name.
        leads: That it read.
        turned: Whether they were upside down and have been turned.
        microvolts: ``(leads, samples)`` int16, conditioned.
        starts: The sample at which each window begins.
        window_samples: Length of a window.
        codes: The classes that it knows.
    """

    student: str
    leads: tuple[str, ...]
    turned: bool
    microvolts: NDArray[np.int16]
    starts: tuple[int, ...]
    window_samples: int
    codes: tuple[str, ...]

    def window(self, number: int) -> NDArray[np.int16] | None:
        """Return ``(leads, samples)`` of a window; None where there is no such window."""
        if not 0 <= number < len(self.starts):
            return None
        start = self.starts[number]
        part = self.microvolts[:, start : start + self.window_samples]
        short = self.window_samples - part.shape[1]
        return np.pad(part, ((0, 0), (0, short)), constant_values=np.iinfo(np.int16).min) if short else part


@dataclass(eq=False)
class KeptRecording:
    """One recording, and what is known of it so far.

    Attributes:
        about: As the page has it.
        trace: Its samples.
        raw: Envelope as it came.
        filtered: Envelope of the filtered trace; None until it is there.
        read_by: What each student read; empty until it is judged.
        recording: As in the answer of ``mvkt diagnose --json``; empty until it is judged.
        beats: Seconds of its heartbeats.
    """

    about: dict[str, Any]
    trace: StoredTrace
    raw: Envelope
    filtered: Envelope | None = None
    read_by: tuple[ReadBy, ...] = ()
    recording: bytes = b""
    beats: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        envelopes = self.raw.bytes + (self.filtered.bytes if self.filtered else 0)
        read = sum(reading.microvolts.nbytes for reading in self.read_by)
        return self.trace.values.nbytes + envelopes + read + self.beats.nbytes + len(self.recording)


class Shelf:
    """Recordings by names that cannot be guessed."""

    def __init__(self, kept_bytes: int, kept_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty.

        Args:
            kept_bytes: For all of them together.
            kept_seconds: After which one that nobody looks at is forgotten.
            clock: Seconds.
        """
        self._bytes, self._seconds, self._clock = kept_bytes, kept_seconds, clock
        self._kept: OrderedDict[str, tuple[KeptRecording, float]] = OrderedDict()

    def put(self, recording: KeptRecording) -> str | None:
        """Keep a recording; return its name, or None where it alone is more than may be kept."""
        if recording.bytes > self._bytes:
            return None
        name = secrets.token_urlsafe(_ID_BYTES)
        self._kept[name] = (recording, self._clock())
        self.tidy()
        return name

    def get(self, name: str) -> KeptRecording | None:
        """Look at a recording; None where it is not kept (any more)."""
        found = self._kept.get(name)
        if found is None or self._clock() - found[1] > self._seconds:
            return None
        self._kept[name] = (found[0], self._clock())
        self._kept.move_to_end(name)
        return found[0]

    def forget(self, name: str) -> bool:
        """Forget a recording; return whether it was there."""
        return self._kept.pop(name, None) is not None

    def tidy(self) -> None:
        """Forget what nobody looks at, and the oldest until the others fit."""
        now = self._clock()
        for name in [name for name, (_, seen) in self._kept.items() if now - seen > self._seconds]:
            del self._kept[name]
        while self.bytes > self._bytes and self._kept:
            self._kept.popitem(last=False)

    @property
    def bytes(self) -> int:
        """Memory that all of them take."""
        return sum(recording.bytes for recording, _ in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)
