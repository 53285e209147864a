"""The times of samples: how often they were taken, and where some are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.user_facts import SAME_FREQUENCY, UserFacts
from mvkt.errors import RecordFormatError

MOST_TIMES_LONGER = 20
"""A recording with gaps may be so many times as long as what was recorded."""

_GAP = 1.6
_MOST_GAPS = 0.05
_MOST_JITTER = 0.5
_WHOLE = 1e-4
_COARSE = 0.02


@dataclass(frozen=True, eq=False)
class Timing:
    """When the samples of a recording were taken.

    Attributes:
        frequency: Samples a second.
        positions: At which sample of a regular recording each one stands; None where there is no gap.
        notes: On gaps, and on times that are not used.
    """

    frequency: float
    positions: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()


def timing_of(seconds: NDArray[np.floating[Any]], given: UserFacts, stated: float | None = None) -> Timing:
    """Return when samples were taken, by their times and by what the file and the user state.

    Where the user gives another sampling frequency than the times mean, or the times are of no use, the samples follow
    one another at the user's.

    Args:
        seconds: ``(samples,)``, the time of each.
        given: The user's facts.
        stated: Hz as the file states it beside the times, or None.

    Raises:
        RecordFormatError: The times are of no use or contradict what is stated, and the user gives no frequency.
    """
    return measured_or_given(lambda: measured(seconds, stated), given)


def measured(seconds: NDArray[np.floating[Any]], stated: float | None = None) -> Timing:
    """Return when samples were taken, by their times alone.

    Args:
        seconds: ``(samples,)``, the time of each.
        stated: Hz as the file states it beside the times, or None.

    Raises:
        RecordFormatError: The times are of no use or contradict what is stated.
    """
    try:
        frequency, positions = timeline(seconds.astype(np.float64))
    except RecordFormatError as error:
        if stated is None or not _fits(seconds, stated):
            raise
        return Timing(stated, None, (f"{error}: they are joined in the order of the file, at {stated:g} Hz",))
    if stated is not None and abs(stated - frequency) > SAME_FREQUENCY * stated:
        raise RecordFormatError(f"the file states {stated:g} Hz, and the times of its samples mean {frequency:g} Hz")
    frequency = frequency if stated is None else stated
    return Timing(frequency, positions, gap_notes(positions, frequency))


def _fits(seconds: NDArray[np.floating[Any]], stated: float) -> bool:
    """Whether times that are too coarse for single samples mean about the stated frequency as a whole."""
    lasted = float(seconds[-1] - seconds[0]) if len(seconds) > 1 else 0.0
    return abs(lasted * stated - len(seconds)) <= max(_COARSE * len(seconds), stated)


def measured_or_given(measure: Callable[[], Timing], given: UserFacts) -> Timing:
    """Return what is measured, or the user's sampling frequency where it differs or nothing can be measured.

    Raises:
        RecordFormatError: Nothing can be measured, and the user gives no frequency.
    """
    wanted = given.sampling_frequency
    try:
        timing = measure()
    except RecordFormatError as error:
        if wanted is None:
            raise RecordFormatError(
                f"{error}; with sampling_frequency= (--sampling-frequency) they are joined in the order of the file"
            ) from None
        return Timing(wanted, None, (f"{error}: they are joined in the order of the file, at {wanted:g} Hz",))
    if wanted is None or abs(wanted - timing.frequency) <= SAME_FREQUENCY * timing.frequency:
        return timing
    note = f"{wanted:g} Hz was given and is taken; the times of the samples mean {timing.frequency:g} Hz"
    return Timing(wanted, None, (note,))


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
        raise RecordFormatError(f"the recording has {len(seconds)} samples: too few to find the sampling frequency")
    steps = np.diff(seconds)
    if not (steps > 0).all():
        raise RecordFormatError("the times of the samples do not rise throughout")
    gaps = steps > _GAP * np.median(steps)
    if gaps.mean() > _MOST_GAPS and _jitter_only(seconds):
        gaps[:] = False
    inside = steps[~gaps]
    frequency = len(inside) / float(inside.sum())
    jitter = float(np.abs(inside * frequency - 1).mean())
    if gaps.mean() > _MOST_GAPS or jitter > _MOST_JITTER or not np.isfinite(frequency):
        raise RecordFormatError("the samples were not taken at regular times")
    whole = round(frequency)
    frequency = float(whole) if whole and abs(frequency / whole - 1) < _WHOLE else float(f"{frequency:.7g}")
    if not gaps.any():
        return frequency, None
    lost = np.zeros(len(steps))
    lost[gaps] = np.maximum(np.rint(steps[gaps] * frequency) - 1, 0)
    if not lost.sum() < MOST_TIMES_LONGER * len(seconds):
        raise RecordFormatError("the times of the samples have gaps far longer than what was recorded")
    return frequency, np.arange(len(seconds)) + np.concatenate(([0], np.cumsum(lost))).astype(np.int64)


def _jitter_only(seconds: NDArray[np.float64]) -> bool:
    """Whether all times lie within a step of those of regular samples: then none was lost, however they jitter."""
    step = float(seconds[-1] - seconds[0]) / (len(seconds) - 1)
    return np.isfinite(step) and bool(np.abs(seconds - seconds[0] - step * np.arange(len(seconds))).max() < step)


def positions_of(counts: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return where each sample belongs by the count that goes with it; None where none was lost.

    Counts may begin anew after their largest (15, 255): of a longer loss only the rest is known. A column that does not
    count is passed over, and so is one that begins anew once, at no power of two: a second recording may begin there.
    """
    if len(counts) < 2 or not np.isfinite(counts).all():
        return None
    steps, turn = np.diff(counts), float(np.ptp(counts)) + 1
    if begins_anew(counts):
        return None
    lost = np.where(steps == 0, 0, np.mod(steps - 1, turn))  # a count that is there again is none of a full turn
    if not lost.any() or (lost > 0).mean() > _MOST_GAPS or lost.sum() >= MOST_TIMES_LONGER * len(counts):
        return None
    return np.arange(len(counts)) + np.concatenate(([0], np.cumsum(lost))).astype(np.int64)


def begins_anew(counts: NDArray[Any]) -> bool:
    """Whether counts begin anew once or twice where no counter of bits does: a second recording may begin there."""
    falls = int((np.diff(counts) < 0).sum()) if len(counts) > 1 and np.isfinite(counts).all() else 0
    return falls in (1, 2) and not np.log2(float(np.ptp(counts)) + 1).is_integer()


def spread(signal: NDArray[np.floating], positions: NDArray[np.int64] | None) -> NDArray[np.floating]:
    """Put samples where they stand, NaN between them."""
    if positions is None:
        return signal
    spaced = np.full(int(positions[-1]) + 1, np.nan, dtype=np.float32)
    spaced[positions] = signal
    return spaced


def gap_notes(positions: NDArray[np.int64] | None, frequency: float) -> tuple[str, ...]:
    """Return a note on how much is missing; none where nothing is."""
    if positions is None:
        return ()
    lost = (int(positions[-1]) + 1 - len(positions)) / frequency
    return (f"{int((np.diff(positions) > 1).sum())} gaps ({lost:.2f} s in all) are marked as missing",)
