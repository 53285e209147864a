"""The rows of a table in the order of their times: clocks begin anew, rows come twice, in another order, or between."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.user_facts import UserFacts

HOUR, HALF_DAY, DAY = 3600.0, 43_200.0, 86_400.0
_GAP = 1.6
_OF_A_STEP = 0.6
"""By so much of the usual step one may be off where a clock begins anew."""

_COUNTS = tuple(2.0**bits for bits in (16, 24, 31, 32))
"""After so many steps the clocks of converters begin anew."""


@dataclass(frozen=True, eq=False)
class OrderedRows:
    """Rows of samples.

    Attributes:
        taken: Which rows of the table they are, in their order.
        times: ``(rows,)``, the time of each.
        notes: On what was changed.
    """

    taken: slice | NDArray[np.int64]
    times: NDArray[np.floating[Any]]
    notes: tuple[str, ...] = ()

    @property
    def as_they_were(self) -> bool:
        """Whether they are all rows, in the order of the table."""
        return isinstance(self.taken, slice) and self.taken.step is None


def in_order(
    times: NDArray[np.floating[Any]], signals: Sequence[NDArray[Any]], turns: Collection[float], given: UserFacts
) -> OrderedRows:
    """Return rows in the order of their times, where these leave no doubt about it; else as they are.

    Args:
        times: ``(rows,)``, in any unit.
        signals: The columns that are wanted, ``(rows,)`` each.
        turns: After how much a clock may begin anew, in the unit of the times.
        given: The user's facts. At the user's frequency all rows follow one another as they are.
    """
    if len(times) < 2:
        return OrderedRows(slice(None), times)
    if times[-1] < times[0] and (np.diff(times) <= 0).all():  # as databases list them: the newest first
        note = "the times of the samples fall: rows are read from the last one to the first"
        return OrderedRows(slice(None, None, -1), times[::-1], (note,))
    filled = _filled(times, signals)
    if filled is not None:
        note = f"left out rows of other signals, between those of the ECG: {len(times) - len(filled):,}"
        return OrderedRows(filled, times[filled], (note,))
    if (np.diff(times) > 0).all() or not np.isfinite(times).all():
        return OrderedRows(slice(None), times)
    turned = _turned(times, turns)
    if turned is not None or given.sampling_frequency is not None:
        return OrderedRows(slice(None), times if turned is None else turned)
    order = np.argsort(times, kind="stable")
    again = np.diff(times[order], prepend=-np.inf) == 0
    if any(not np.array_equal(values[order][1:][again[1:]], values[order][:-1][again[1:]], True) for values in signals):
        return OrderedRows(slice(None), times)
    kept = order[~again]
    steps = np.diff(times[kept])
    moved = bool((np.diff(kept) < 0).any())
    if len(kept) < len(times) // 3 or (moved and steps.max() > _GAP * np.median(steps)):
        return OrderedRows(slice(None), times)
    notes = [f"left out rows that came twice: {int(again.sum()):,}"] * bool(again.any())
    notes += ["rows are read in the order of their times"] * moved
    return OrderedRows(kept, times[kept], tuple(notes))


def without_hour(times: NDArray[np.floating[Any]]) -> tuple[NDArray[np.floating[Any]], tuple[str, ...]]:
    """Return the times of a clock as they were if it was set to summer time while it ran, and a note on that.

    A single step is longer than the others by an hour, and by nothing else: no pause of a recording is.
    """
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) else 0.0
    jumps = np.flatnonzero(np.abs(steps - HOUR - usual) < _OF_A_STEP * usual)
    if len(jumps) != 1:
        return times, ()
    note = "the times go on by exactly one hour in one step: the clock is taken for set to summer time there"
    return times - HOUR * (np.arange(len(times)) > jumps[0]), (note,)


def _filled(times: NDArray[Any], signals: Sequence[NDArray[Any]]) -> NDArray[np.int64] | None:
    """Return the rows with samples where others have none and stand between them, as of a sensor of another rate."""
    empty = np.isnan(signals[0]) if signals else np.zeros(len(times), dtype=bool)
    for values in signals[1:]:
        empty &= np.isnan(values)
    if not empty.any() or len(times) - empty.sum() < 3:
        return None
    filled = np.flatnonzero(~empty)
    step, jitter = _step(times)
    step_between, jitter_between = _step(times[filled])
    return filled if jitter_between < jitter / 2 or (step_between > _GAP * step and jitter_between <= jitter) else None


def _step(times: NDArray[Any]) -> tuple[float, float]:
    """Return the usual step, and by how much of it the steps differ, gaps aside."""
    steps = np.diff(times)
    usual = float(np.median(steps))
    inside = steps[(steps <= _GAP * usual)]
    return usual, float(np.abs(inside / usual - 1).mean()) if usual > 0 else np.inf


def _turned(times: NDArray[Any], turns: Collection[float]) -> NDArray[np.float64] | None:
    """Return times that rise on where a clock began anew; None where it did not, or began at 0 and may do so again."""
    steps = np.diff(times)
    step = float(np.median(steps))
    falls = np.flatnonzero(steps <= 0)
    is_whole = bool((times == np.floor(times)).all())
    for turn in (*turns, *(_COUNTS if is_whole else ())):
        if step > 0 and times[0] > step and (np.abs(steps[falls] + turn - step) < _OF_A_STEP * step).all():
            risen = np.zeros(len(times))
            risen[falls + 1] = turn
            return np.asarray(times + np.cumsum(risen))
    return None
