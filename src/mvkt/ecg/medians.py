"""Medians and quantiles of few numbers: what those of numpy give, in a fraction of their time."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_ONCE = 4096

Number = TypeVar("Number", bound=np.number[Any])
Float = NDArray[np.float64]


def median(values: NDArray[Number]) -> NDArray[Number]:
    """``(...)`` of ``(n, ...)``, numbers alone: the median over the first axis.

    Sorting whole columns at once takes a third of the time of ``numpy.median``.
    """
    ordered = np.array(values.T, order="C")
    ordered.sort(axis=-1)
    return _middle(ordered).T


def quantile(values: NDArray[Number], share: float) -> float:
    """Of ``(n,)`` numbers, on a straight line between two of them: what ``numpy.quantile`` gives."""
    ordered, place = np.sort(values), share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def sliding_medians(values: NDArray[Number], around: int) -> NDArray[Number]:
    """``(n - around + 1,)`` medians of every ``around`` values that follow each other; in little memory.

    Args:
        values: ``(n,)`` at least ``around`` of them.
        around: How many; an odd number of whole numbers.
    """
    if len(values) == around:
        return _middle(np.sort(values)[np.newaxis])
    made = np.empty(len(values) - around + 1, dtype=values.dtype)
    for start in range(0, len(made), _ROWS_AT_ONCE):
        part = np.lib.stride_tricks.sliding_window_view(values[start : start + _ROWS_AT_ONCE + around - 1], around)
        made[start : start + _ROWS_AT_ONCE] = _middle(np.sort(part, axis=1))
    return made


def medians_between(values: Float, first: NDArray[np.int64], last: NDArray[np.int64]) -> Float:
    """``(n,)`` medians of ``values[first:last]``; NaN where that is empty.

    Args:
        values: Numbers.
        first: ``(n,)`` from where.
        last: ``(n,)`` to before where.
    """
    made = np.full(len(first), np.nan)
    there = np.flatnonzero(last > first)
    for start in range(0, len(there), _ROWS_AT_ONCE):
        rows = there[start : start + _ROWS_AT_ONCE]
        counts = (last - first)[rows]
        place = np.arange(counts.max())
        inside = place < counts[:, np.newaxis]
        table = np.where(inside, values[np.where(inside, first[rows, np.newaxis] + place, 0)], np.inf)
        table.sort(axis=1)
        lines = np.arange(len(rows))
        made[rows] = 0.5 * (table[lines, (counts - 1) // 2] + table[lines, counts // 2])
    return made


def _middle(ordered: NDArray[Any]) -> NDArray[Any]:
    """Of rows in order."""
    middle, odd = divmod(ordered.shape[-1], 2)
    upper = ordered[..., middle]
    return upper if odd else (ordered[..., middle - 1] + upper) / 2
