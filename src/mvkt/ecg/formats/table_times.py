"""The column of times of a table: its unit, its direction, and the sampling frequency that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.sample_times import Timing, measured, measured_or_given, timing_of
from mvkt.ecg.formats.time_cells import seconds_of
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError

_SECONDS_OF_1990, _SECONDS_OF_2100 = 631_152_000, 4_102_444_800
_USUAL_FREQUENCIES = (50.0, 5000.0)
_DAY = 86_400.0
_FACTORS = (1.0, 1e3, 1e6, 1e9, 1 / _DAY)
"""Of times without a unit: s, ms, µs, ns, or days as in spreadsheet programs."""

_DAYS_BEFORE_1970 = (25_569, 719_529)
"""Where spreadsheet programs, and MATLAB, begin to count."""

_MINUTE, _HOUR = 60, 60 * 60
_DIGITS_OF_MINUTE, _DIGITS_OF_HOUR, _DIGITS_OF_DAY = 100, 100 * 100, 24 * 100 * 100
_GAP = 1.6


def fall(times: NDArray[Any]) -> bool:
    """Whether times fall throughout, as databases list them: the newest first."""
    return len(times) > 1 and bool(times[-1] < times[0] and (np.diff(times) <= 0).all())


def timing_of_cells(
    cells: Callable[[], Iterator[str]], rows: slice | NDArray[Any], stated: float | None, given: UserFacts
) -> tuple[Timing, bool]:
    """Return when samples were taken by times of day, and whether these fall.

    Args:
        cells: Yields those of the column.
        rows: Those of the samples.
        stated: Hz as the table states it, or None.
        given: The user's facts.
    """
    falling = False

    def measure() -> Timing:
        nonlocal falling
        seconds = seconds_of(cells())[rows]
        falling = fall(seconds)
        return measured(seconds[::-1] if falling else seconds, stated)

    return measured_or_given(measure, given), falling


def timing_of_numbers(times: NDArray[Any], scale: float, stated: float | None, given: UserFacts) -> Timing:
    """Settle the sampling frequency by a column of numbers, what the table states, and what the user gives.

    Args:
        times: ``(samples,)``, rising.
        scale: Their unit in seconds; 0 where it is not known.
        stated: Hz as the table states it, or None.
        given: The user's facts.

    Raises:
        RecordFormatError: Neither settles it.
    """
    if not scale and (np.diff(times) == 1).all():
        return Timing(given.frequency_of(stated))
    if scale:
        return timing_of(in_seconds(times.astype(np.float64), scale), given, stated)
    if given.sampling_frequency is None and stated is None:
        raise RecordFormatError(
            "the unit of the column of times is unknown: call it 'time [s]' or 'time [ms]', or give the sampling "
            "frequency with sampling_frequency= (--sampling-frequency)"
        )
    frequency = given.frequency_of(stated)
    return Timing(frequency, None, (f"the times of the samples are of no use: they are joined at {frequency:g} Hz",))


def in_seconds(times: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Return times in seconds; ``100059.996``, which is followed by ``100100.000``, is a time of day in digits."""
    steps = np.diff(times)
    jumps = np.flatnonzero(steps > _GAP * np.median(steps)) if len(steps) else steps
    if scale == 1 and len(jumps) and times[0] >= 0 and times[-1] < _DIGITS_OF_DAY:
        hours, rest = np.divmod(times, _DIGITS_OF_HOUR)
        minutes, seconds = np.divmod(rest, _DIGITS_OF_MINUTE)
        wraps = (np.floor(seconds[jumps]) == _MINUTE - 1) & (np.floor(seconds[jumps + 1]) == 0)
        if wraps.all() and max(minutes.max(), seconds.max()) < _MINUTE:
            return np.asarray(hours * _HOUR + minutes * _MINUTE + seconds)
    return times * scale


def scale_of(times: NDArray[Any]) -> float:
    """Return the unit of times in seconds by their steps; 0 where several are possible, or none."""
    steps = np.diff(times)
    if (steps == 1).all():  # whole numbers may be samples as well as milliseconds, but not so large ones
        since_1970 = len(times) > 0 and _SECONDS_OF_1990 <= times[0] / 1000 < _SECONDS_OF_2100
        return 1e-3 if since_1970 else 0.0
    step = float(np.median(steps)) if len(steps) else 0.0
    lowest, highest = _USUAL_FREQUENCIES
    return next((1 / factor for factor in _FACTORS if step > 0 and lowest <= factor / step <= highest), 0.0)


def since_1970(times: NDArray[Any], scale: float) -> datetime | None:
    """Return when the first sample was taken, where times are counted from 1970 on: they mean a year from 1990 on.

    Days are counted as spreadsheet programs do, or MATLAB; they have no time zone.
    """
    first = float(times[0]) * scale if len(times) and np.isfinite(times[0]) else 0.0
    is_days = scale == _DAY
    starts = [first - days * _DAY for days in _DAYS_BEFORE_1970] if is_days else [first]
    seconds = next((start for start in starts if _SECONDS_OF_1990 <= start < _SECONDS_OF_2100), None)
    if seconds is None:
        return None
    return datetime.fromtimestamp(round(seconds, 3), UTC).replace(tzinfo=None if is_days else UTC)
