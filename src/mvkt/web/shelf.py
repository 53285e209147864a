"""The recordings that people look at, in memory only: the ones not looked at for longest are forgotten first."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
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
    """

    about: dict[str, Any]
    trace: StoredTrace
    raw: Envelope
    filtered: Envelope | None = None
    read_by: tuple[ReadBy, ...] = ()
    recording: bytes = b""

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        envelopes = self.raw.bytes + (self.filtered.bytes if self.filtered else 0)
        read = sum(reading.microvolts.nbytes for reading in self.read_by)
        return self.trace.values.nbytes + envelopes + read + len(self.recording)


@dataclass
class _Place:
    recording: KeptRecording
    seen: float
    bytes: int


class Shelf:
    """Recordings by names that cannot be guessed.

    Attributes:
        bytes: Memory that all of them take, as it was when each was put here or last weighed.
    """

    def __init__(self, kept_bytes: int, kept_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty.

        Args:
            kept_bytes: For all of them together.
            kept_seconds: After which one that nobody looks at is forgotten.
            clock: Seconds.
        """
        self._limit, self._seconds, self._clock = kept_bytes, kept_seconds, clock
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self.bytes = 0

    def put(self, recording: KeptRecording) -> str | None:
        """Keep a recording; return its name, or None where it alone is more than may be kept."""
        size = recording.bytes
        if size > self._limit:
            return None
        name = secrets.token_urlsafe(_ID_BYTES)
        self._places[name] = _Place(recording, self._clock(), size)
        self.bytes += size
        self.tidy()
        return name

    def get(self, name: str) -> KeptRecording | None:
        """Look at a recording; None where it is not kept (any more)."""
        found = self._places.get(name)
        if found is None or self._clock() - found.seen > self._seconds:
            return None
        found.seen = self._clock()
        self._places.move_to_end(name)
        return found.recording

    def weigh(self, name: str) -> None:
        """Count again what a recording takes, after something was added to it; others may have to go."""
        found = self._places.get(name)
        if found is None:
            return
        size = found.recording.bytes
        self.bytes += size - found.bytes
        found.bytes = size
        self.tidy()

    def forget(self, name: str) -> bool:
        """Forget a recording; return whether it was there."""
        found = self._places.pop(name, None)
        if found is not None:
            self.bytes -= found.bytes
        return found is not None

    def tidy(self) -> None:
        """Forget what nobody looks at, and the oldest until the others fit."""
        oldest = self._clock() - self._seconds
        while self._places:
            name, place = next(iter(self._places.items()))
            if place.seen >= oldest and self.bytes <= self._limit:
                return
            self.forget(name)

    def __len__(self) -> int:
        return len(self._places)
