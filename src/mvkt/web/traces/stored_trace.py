"""A recording in little memory: 16 bits a sample, and a scale for each lead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING

_LARGEST = 32_767
_AT_ONCE = 1 << 18
_LOOKED_AT = 100_000

Int16 = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class StoredTrace:
    """The samples of a recording as whole numbers.

    Attributes:
        values: ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` where nothing was recorded.
        microvolts_per_unit: ``(leads,)``; 1 but for signals that need more than ±32 mV.
        offset_microvolts: ``(leads,)``; what a value of 0 stands for.
        leads: Their names.
        sampling_frequency: Samples a second.
    """

    values: Int16
    microvolts_per_unit: tuple[float, ...]
    offset_microvolts: tuple[float, ...]
    leads: tuple[str, ...]
    sampling_frequency: float

    @property
    def samples(self) -> int:
        """Of each lead."""
        return int(self.values.shape[1])

    def millivolts(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return ``(leads, samples)`` of a stretch, NaN where nothing was recorded."""
        part = self.values[:, start:stop]
        scale, offset = (np.array(x)[:, np.newaxis] for x in (self.microvolts_per_unit, self.offset_microvolts))
        values: NDArray[np.float64] = (part * scale + offset) / 1000.0
        values[part == MISSING] = np.nan
        return values


def stored(record: Record) -> StoredTrace:
    """Round a recording to whole microvolts about the middle of each lead, or to what 16 bits can hold."""
    samples, leads = record.signal.shape
    values = np.empty((leads, samples), dtype=np.int16)
    scales, offsets = [], []
    for index in range(leads):
        column = record.signal[:, index]
        offset, scale = _range_of(column)
        for start in range(0, samples, _AT_ONCE):
            piece = column[start : start + _AT_ONCE].astype(np.float64) * 1000.0
            missing = ~np.isfinite(piece)
            piece[missing] = offset
            values[index, start : start + _AT_ONCE] = np.where(missing, MISSING, np.rint((piece - offset) / scale))
        scales.append(scale)
        offsets.append(offset)
    return StoredTrace(values, tuple(scales), tuple(offsets), record.leads, record.sampling_frequency)


def _range_of(column: NDArray[np.float32]) -> tuple[float, float]:
    """Middle in whole µV, and µV a unit, of the samples of a lead."""
    some = column[:: max(1, len(column) // _LOOKED_AT)]
    some = some[np.isfinite(some)]
    offset = float(np.rint(np.median(some) * 1000.0)) if some.size else 0.0
    furthest = 0.0
    for start in range(0, len(column), _AT_ONCE):
        piece = column[start : start + _AT_ONCE]
        piece = piece[np.isfinite(piece)]
        if piece.size:
            ends = (float(piece.min()), float(piece.max()))
            furthest = max(furthest, *(abs(end * 1000.0 - offset) for end in ends))
    return offset, max(1.0, furthest / _LARGEST)
