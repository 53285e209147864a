"""Strips of a hand-held device with a normal rhythm: what looks like an extra beat in them is hardly ever any."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.prepare import usable_entries
from mvkt.corpora.sources.cinc2017 import Cinc2017
from mvkt.ecg.beat_kinds import STRIP_SECONDS, kinds_of
from mvkt.ecg.formats import read
from mvkt.ecg.long_recordings import condition_long
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.signal import SignalSpec

_SPEC = SignalSpec()
_LEAST_BEATS = 4


@dataclass(frozen=True, eq=False)
class NormalStrip:
    """A strip.

    Attributes:
        fold: As ``mvkt corpus prepare cinc2017`` has it.
        trace: ``(1, samples)`` int16 µV at 100 Hz.
        beats: ``(beats,)`` samples.
    """

    fold: int
    trace: NDArray[np.int16]
    beats: NDArray[np.int64]

    def has(self, kind: str) -> bool:
        """Whether a beat is taken for this kind."""
        return bool((kinds_of(self.trace, self.beats, 100.0) == kind).any())


def normal_strips(root: Path, folds: Collection[int] = range(1, 11)) -> tuple[NormalStrip, ...]:
    """Those of the folder of the PhysioNet Challenge 2017 with label N, of at most a minute and at least four beats."""
    made = []
    for entry in usable_entries(Cinc2017(root))[0]:
        if "N" in entry.labels and entry.fold is not None and entry.fold in folds:
            record = read(root / entry.path)
            if record.duration <= STRIP_SECONDS:
                trace = condition_long(record, _SPEC, record.leads[0])
                beats = beats_of(trace, 100.0)
                if len(beats) >= _LEAST_BEATS:
                    made.append(NormalStrip(entry.fold, trace, beats))
    return tuple(made)
