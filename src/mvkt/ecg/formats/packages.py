"""Recordings that came by radio: packages of samples, each with a time, some of them lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mvkt.ecg.formats.sample_times import MOST_TIMES_LONGER, Timing, gap_notes, measured_or_given, spread
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError

_LARGEST_DIFFERENCE = 0.05
_GAP = 1.6
_MOST_REPEATED = 0.1
_LOST_SHARE = 0.5
"""Of a package; times jitter by less."""


def placed(
    signal: NDArray[np.floating[Any]], lengths: ArrayLike, seconds: ArrayLike, known: Sequence[float], given: UserFacts
) -> tuple[NDArray[np.floating[Any]], float, tuple[str, ...]]:
    """Put packages where they belong, with NaN where some were lost.

    Args:
        signal: ``(samples,)``, those of all packages in the order of the file.
        lengths: Samples of each package, none of them empty.
        seconds: The time of each package, by the sensor's clock. A package that is there twice counts once.
        known: Sampling frequencies that the device has, in Hz; the nearest one is meant.
        given: The user's facts. Where the times are of no use, the packages follow one another at its frequency.

    Returns:
        The samples, the sampling frequency, and notes on what was changed.

    Raises:
        RecordFormatError: There are no samples, no frequency of the device fits the times, or there are gaps far
            longer than what was recorded.
    """
    sizes, times = np.asarray(lengths, dtype=np.int64), np.asarray(seconds, dtype=np.float64)
    if not len(signal):
        raise RecordFormatError("the recording holds no samples")
    kept = _once(signal, sizes, times)
    notes = () if kept.all() else ("packages that came twice are left out",)
    signal, sizes, times = signal[np.repeat(kept, sizes)], sizes[kept], times[kept]
    if len(sizes) < 2:
        return signal, given.frequency_of(None), notes
    timing = measured_or_given(lambda: _timing(sizes, np.diff(times), known), given)
    return spread(signal, timing.positions), timing.frequency, (*notes, *timing.notes)


def _timing(sizes: NDArray[np.int64], steps: NDArray[np.float64], known: Sequence[float]) -> Timing:
    """Return where the samples of packages belong, by the times between these."""
    if not (steps > 0).all():
        raise RecordFormatError("the times of the packages do not rise throughout")
    before = sizes[:-1]
    frequency = _frequency(before, steps, known)
    lost = np.rint(steps * frequency) - before
    lost[lost < _LOST_SHARE * before] = 0
    if not lost.any():
        return Timing(frequency)
    if not lost.sum() < MOST_TIMES_LONGER * sizes.sum():
        raise RecordFormatError("the times of the packages have gaps far longer than what was recorded")
    late = np.concatenate(([0], np.cumsum(lost))).astype(np.int64)
    positions = np.arange(sizes.sum()) + np.repeat(late, sizes)
    return Timing(frequency, positions, gap_notes(positions, frequency))


def _once(signal: NDArray[Any], sizes: NDArray[np.int64], times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which packages are not the same as the one before them."""
    kept = np.ones(len(sizes), dtype=np.bool_)
    ends = np.cumsum(sizes)
    same = np.flatnonzero((np.diff(times) == 0) & (np.diff(sizes) == 0)) + 1
    for package in same if len(same) < _MOST_REPEATED * len(sizes) else ():
        end, size = ends[package], sizes[package]
        before = signal[end - 2 * size : end - size]
        kept[package] = not np.array_equal(signal[end - size : end], before, equal_nan=True)
    return kept


def _frequency(lengths: NDArray[np.int64], steps: NDArray[np.float64], known: Sequence[float]) -> float:
    """Return the known frequency that is nearest to the usual one of the packages."""
    each = steps / lengths
    usual = each < _GAP * np.median(each)
    measured = float(lengths[usual].sum() / steps[usual].sum())
    nearest = min(known, key=lambda frequency: abs(frequency - measured))
    if abs(nearest - measured) > _LARGEST_DIFFERENCE * nearest:
        listed = ", ".join(f"{frequency:g}" for frequency in known)
        raise RecordFormatError(f"the times of the packages mean {measured:g} Hz; the device has {listed} Hz")
    return nearest
