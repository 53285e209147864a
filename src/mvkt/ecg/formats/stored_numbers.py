"""Stored numbers of a channel become amplitudes; what marks a missing sample is looked for before they are scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.text import MISSING_CODE

NONE_INVALID = -(2**63)
"""For formats without a number that marks a missing sample."""

STAND_INS = (
    -32768.0, -32767.0, 32767.0, 32768.0, 65535.0, -8388608.0, 8388607.0,
    *(sign * nines for nines in (999.0, 9999.0, 99999.0, 999999.0) for sign in (-1, 1)),
)  # fmt: skip
"""Numbers that exports write for a sample that was not recorded."""

_LARGEST = 1e9
"""No voltage in any unit: what is as large (2147483647, 1e20) stands for a missing sample, too."""

_SAMPLES_AT_ONCE = 2**18
_APART = 0.25
_FAR, _FARTHER = 0.5, 5.0
NO_ECG_MILLIVOLTS = 20.0
"""No ECG reaches it, unless a constant voltage was recorded with it."""

LARGEST_MILLIVOLTS = 1000.0
"""No electrode sees a volt; what amplifiers add to it stays below a third of that."""

_LEAST = 2
_FEWEST_IN_A_ROW = 4


def physical(
    stored: NDArray[Any], baseline: NDArray[Any] | float, gain: NDArray[Any] | float, *invalid: int
) -> NDArray[np.float32]:
    """Turn stored numbers, samples first, into their units; those that mark a missing sample are NaN.

    Args:
        stored: ``(samples,)`` or ``(samples, channels)``.
        baseline: The number that stands for 0; for several channels ``(channels,)``, as the gain.
        gain: Numbers a unit.
        invalid: The numbers of missing samples.
    """
    values = np.empty(stored.shape, dtype=np.float32)
    lowest = stored.min(initial=0)
    zero = np.asarray(baseline, dtype=np.float64)  # differences of 16 bits are larger than 16 bits hold
    codes = [code for code in invalid if code >= lowest]
    # Some at a time: a day in double precision is more memory than all that follows.
    for start in range(0, len(stored), _SAMPLES_AT_ONCE):
        block = stored[start : start + _SAMPLES_AT_ONCE]
        part = (block - zero) / gain
        for code in codes:
            part[block == code] = np.nan
        values[start : start + _SAMPLES_AT_ONCE] = part
    return values


def placeholders(stored: NDArray[Any], digital_minimum: float, lowest: int) -> tuple[int, ...]:
    """Return the numbers that stand for missing samples in a channel without a code for these.

    Recorders write the lowest number there is, or the digital minimum, while a lead is off and to fill up a data
    record. An ECG that reaches so low comes near it first: a placeholder stands apart from all other samples. Programs
    that fit the range to the samples write the digital minimum for the lowest: where it is never there twice in a row,
    it must stand far apart. So must any other number below the digital minimum.

    Args:
        stored: ``(samples,)``.
        digital_minimum: The lowest number that the header states for a sample.
        lowest: The lowest number of the type.
    """
    found: list[int] = []
    rest = stored[np.isfinite(stored)]
    beyond = {float(rest.min(initial=digital_minimum))} if digital_minimum > lowest else set()
    for code in sorted({lowest, digital_minimum, *beyond}):
        if not len(rest) or rest.min() != code:
            continue
        others = rest[rest != code]
        if not len(others):
            is_apart = code == lowest
        else:
            second, highest = float(others.min()), float(others.max())
            is_code = stored == code
            share = _APART if (is_code[1:] & is_code[:-1]).any() else _FARTHER
            is_apart = code == lowest < digital_minimum or second - code > share * (highest - second)
        if is_apart:
            found.append(int(code))
            rest = others
    return tuple(found)


def stand_in(values: NDArray[np.floating[Any]], millivolts: float = 0.0) -> float | None:
    """Return the number that an export wrote for missing samples, or None.

    It is the lowest or the highest of all, and lies apart from the others: by more than half of their range where it is
    one of :data:`STAND_INS`, and by five times that where it is any other that no ECG reaches, as -163.84 mV is after
    -32768 was scaled. It is there more than once, unless no electrode sees it, or it is one of :data:`STAND_INS` and no
    ECG reaches it, and the others are possible.

    Args:
        values: ``(samples,)`` in the unit of the file; NaN where missing.
        millivolts: Of the unit; 0 where it is not known.
    """
    ends = [(float(np.fmin.reduce(values)), 1), (float(np.fmax.reduce(values)), -1)]
    far = [(code, sign, _far(code, millivolts)) for code, sign in ends]
    codes = [code for code, _, share in far if share]
    if not codes:
        return None
    others = values[np.isfinite(values) & ~np.isin(values, codes)]
    if not len(others):
        return None
    lowest, highest = float(others.min()), float(others.max())
    for code, sign, share in far:
        apart = lowest - code if sign > 0 else code - highest
        rest_is_possible = max(highest, -lowest) * millivolts < LARGEST_MILLIVOLTS
        least = 1 if _is_impossible(code, millivolts) and rest_is_possible else _LEAST
        if share and apart > share * (highest - lowest) and (values == code).sum() >= least:
            return code
    return None


def without_code(values: NDArray[np.floating[Any]], millivolts: float) -> NDArray[np.floating[Any]]:
    """Return samples with NaN for :data:`~mvkt.ecg.formats.text.MISSING_CODE`, in place.

    Where a step is so small that an ECG may reach the code (nV, steps of 24 bits), it counts only four times in a row.

    Args:
        values: ``(samples,)``.
        millivolts: Of 1; 0 where it is not known.
    """
    is_code = values == MISSING_CODE
    if 0 < -MISSING_CODE * millivolts <= NO_ECG_MILLIVOLTS and is_code.any():
        edges = np.flatnonzero(np.diff(is_code, prepend=False, append=False))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            is_code[start:end] = end - start >= _FEWEST_IN_A_ROW
    values[is_code] = np.nan
    return values


def _is_impossible(code: float, millivolts: float) -> bool:
    reached = abs(code) * millivolts
    return abs(code) >= _LARGEST or reached >= LARGEST_MILLIVOLTS or (code in STAND_INS and reached > NO_ECG_MILLIVOLTS)


def _far(code: float, millivolts: float) -> float:
    """Return by how many ranges of the others a number must lie apart to be no sample; 0 where it may be one."""
    if code in STAND_INS or abs(code) >= _LARGEST:
        return _FAR
    return _FARTHER if abs(code) * millivolts > NO_ECG_MILLIVOLTS else 0.0
