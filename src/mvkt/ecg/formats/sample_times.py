"""The times of samples: how often they were taken, and where some are missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import RecordFormatError

MOST_TIMES_LONGER = 20
"""A recording with gaps may be so many times as long as what was recorded."""

_GAP = 1.6
_MOST_GAPS = 0.05
_MOST_JITTER = 0.5
_WHOLE = 1e-4


def timeline(seconds: NDArray[np.float64]) -> tuple[float, NDArray[np.int64] | None]:
    """Return the sampling frequency, and at which sample of a regular recording each one stands.

    Times may be rounded and jitter; steps of more than 1.6 times the usual one are gaps. The frequency is the mean
    over all other steps, and a whole number if it is one to 0.01 %.

    Args:
        seconds: ``(samples,)``.

    Returns:
        Hz, and the positions, or None where there is no gap.

    Raises:
        RecordFormatError: The times do not rise, or are irregular, or have gaps far longer than what was recorded.
    """
    if len(seconds) < 3:
        raise RecordFormatError(f"the recording has {len(seconds)} samples: too few to tell how often they were taken")
    steps = np.diff(seconds)
    if not (steps > 0).all():
        raise RecordFormatError("the times of the samples do not rise throughout: give the sampling frequency instead")
    gaps = steps > _GAP * np.median(steps)
    inside = steps[~gaps]
    frequency = len(inside) / float(inside.sum())
    jitter = float(np.abs(inside * frequency - 1).mean())
    if gaps.mean() > _MOST_GAPS or jitter > _MOST_JITTER or not np.isfinite(frequency):
        raise RecordFormatError("the samples were not taken at regular times; resample them to regular ones first")
    whole = round(frequency)
    frequency = float(whole) if whole and abs(frequency / whole - 1) < _WHOLE else float(f"{frequency:.7g}")
    if not gaps.any():
        return frequency, None
    lost = np.zeros(len(steps))
    lost[gaps] = np.maximum(np.rint(steps[gaps] * frequency) - 1, 0)
    if not lost.sum() < MOST_TIMES_LONGER * len(seconds):
        raise RecordFormatError("the times of the samples have gaps far longer than what was recorded")
    return frequency, np.arange(len(seconds)) + np.concatenate(([0], np.cumsum(lost))).astype(np.int64)


def spread(signal: NDArray[np.floating], positions: NDArray[np.int64] | None) -> NDArray[np.floating]:
    """Put samples where they stand, NaN between them."""
    if positions is None:
        return signal
    spaced = np.full(int(positions[-1]) + 1, np.nan, dtype=np.float32)
    spaced[positions] = signal
    return spaced


def gap_notes(positions: NDArray[np.int64] | None, frequency: float) -> tuple[str, ...]:
    """Say how much is missing."""
    if positions is None:
        return ()
    lost = (int(positions[-1]) + 1 - len(positions)) / frequency
    return (f"{int((np.diff(positions) > 1).sum())} gaps ({lost:.2f} s in all) are marked as missing",)
