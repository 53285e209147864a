"""The column of times of a table: its unit, its direction, and the sampling frequency that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.row_order import DAY, HALF_DAY, HOUR, OrderedRows, in_order, without_hour
from mvkt.ecg.formats.sample_times import (
    Timing,
    begins_anew,
    gap_notes,
    measured,
    measured_or_given,
    positions_of,
    timing_of,
)
from mvkt.ecg.formats.time_cells import check_dates, seconds_of
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError

_SECONDS_OF_2005, _SECONDS_OF_2050 = 1_104_537_600, 2_524_608_000
"""Since 1970; what counts from 1904 on is more, and what counts from 2001 on is less."""

_USUAL_FREQUENCIES = (50.0, 5000.0)
_FACTORS = (1.0, 1e3, 1e6, 1e9, 1 / DAY)
"""Of times without a unit: s, ms, µs, ns, or days as in spreadsheet programs."""

_DAYS_BEFORE_1970 = (25_569, 719_529)
"""Where spreadsheet programs, and MATLAB, begin to count."""

_TICKS = 1e7
_TICKS_OF_1970 = (11_644_473_600, 62_135_596_800)
"""Seconds from where Windows and .NET begin to count their ticks of 100 ns, in 1601 and in the year 1."""

_MINUTE, _HOUR = 60, 60 * 60
_DIGITS_OF_MINUTE, _DIGITS_OF_HOUR, _DIGITS_OF_DAY = 100, 100 * 100, 24 * 100 * 100
_GAP = 1.6
_COUNTING = 0.9


def timing_of_cells(
    cells: Callable[[], Iterator[str]],
    ends: tuple[str, str],
    taken: slice | NDArray[Any],
    signals: Sequence[NDArray[Any]],
    stated: float | None,
    given: UserFacts,
) -> tuple[Timing, OrderedRows]:
    """Return when samples were taken by times of day, and the rows in their order.

    Args:
        cells: Yields those of the column.
        ends: The first and the last of them.
        taken: Those of the samples.
        signals: The other columns that are wanted, ``(samples,)`` each.
        stated: Hz as the table states it, or None.
        given: The user's facts.
    """
    rows = OrderedRows(slice(None), np.empty(0))

    def measure() -> Timing:
        nonlocal rows
        seconds = seconds_of(cells())
        check_dates(*ends, seconds)
        rows = in_order(seconds[taken], signals, (HOUR, HALF_DAY), given)
        times, notes = without_hour(rows.times)
        rows = replace(rows, notes=(*rows.notes, *notes))
        return measured(times, stated)

    return measured_or_given(measure, given), rows


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
    if not scale and are_counts(times):
        frequency = given.frequency_of(stated)
        positions = positions_of(times)
        anew = "the counts of the samples begin anew: several recordings may follow one another, which are joined"
        twice = int((np.diff(times) == 0).sum())
        again = f"counts that come twice with other samples: {twice:,}; all samples are kept"
        notes = (*gap_notes(positions, frequency), *[anew] * begins_anew(times), *[again] * bool(twice))
        return Timing(frequency, positions, notes)
    if scale:
        return timing_of(in_seconds(times.astype(np.float64), scale), given, stated)
    if given.sampling_frequency is None and stated is None:
        raise RecordFormatError(
            "the unit of the column of times is unknown: call it 'time [s]' or 'time [ms]', or give the sampling "
            "frequency with sampling_frequency= (--sampling-frequency)"
        )
    frequency = given.frequency_of(stated)
    return Timing(frequency, None, (f"the times of the samples are of no use: they are joined at {frequency:g} Hz",))


def are_counts(times: NDArray[Any]) -> bool:
    """Whether whole numbers mostly rise by 1, as counts of samples do, and milliseconds of 1,000 Hz."""
    steps = np.diff(times)
    return bool((steps == 1).mean() > _COUNTING) if len(steps) else False


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
    """Return the unit of times in seconds by their steps; 0 where several are possible, or none.

    Whole numbers that rise by 1 may be samples as well as milliseconds, but not where they mean a year.
    """
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    lowest, highest = _USUAL_FREQUENCIES
    possible = [1 / factor for factor in (*_FACTORS, _TICKS) if step > 0 and lowest <= factor / step <= highest]
    of_dates = [scale for scale in possible if since_1970(times, scale) is not None]
    if of_dates or are_counts(times):
        return of_dates[0] if of_dates else 0.0
    return next((scale for scale in possible if scale != 1 / _TICKS), 0.0)


def since_1970(times: NDArray[Any], scale: float) -> datetime | None:
    """Return when the first sample was taken, where times are counted from 1970 on, or as Windows or .NET count ticks.

    Days are counted as spreadsheet programs do, or MATLAB; they have no time zone.
    """
    is_days = scale == 1 / _FACTORS[-1]
    starts = [days * DAY for days in _DAYS_BEFORE_1970] if is_days else [0, *_TICKS_OF_1970 * (scale == 1 / _TICKS)]
    found = (_since_1970(times, scale, start) for start in starts)
    seconds = next((second for second in found if second is not None), None)
    if seconds is None:
        return None
    return datetime.fromtimestamp(round(seconds, 3), UTC).replace(tzinfo=None if is_days else UTC)


def _since_1970(times: NDArray[Any], scale: float, start: float = 0.0) -> float | None:
    """Return the seconds of the first time since 1970, if they mean a year from 2005 to 2050."""
    seconds = float(times[0]) * scale - start if len(times) and np.isfinite(times[0]) else 0.0
    return seconds if _SECONDS_OF_2005 <= seconds < _SECONDS_OF_2050 else None
