"""What the numbers of a table's columns are like: rising evenly, with thousands separators, or those of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.text import is_number
from mvkt.errors import RecordFormatError

_ALIKE = 0.8
_FAR = 10
_LOW_RATES = (100, 120, 125, 128, 130, 150, 180, 200, 240, 250, 256, 300, 320, 360, 400, 480, 500, 512, 600, 720, 800)
USUAL_RATES = frozenset([*_LOW_RATES, 960, 1000, 1024, 1200, 2000, 2048])
"""Hz of many recorders."""

_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d*)")
_EVEN_ROWS, _MANY_ROWS = 8, 64
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+|-?[1-9]\d{0,2}(?:\.\d{3})+")
_LARGE = 100
THOUSANDS = "the table has thousands separators (1,016 or 1.016 beside 512): write its numbers without them"


def numbers_columns(row: Sequence[str], following: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds the numbers of the columns, which pandas and R write where these have no names.

    Below the number of the only column, all cells have a decimal mark.
    """
    named = row[1:] if not row[0] else row
    if not following or list(named) not in ([str(first + n) for n in range(len(named))] for first in (0, 1)):
        return False
    if len(row) > 1:
        return (len(named) > 1 or not row[0]) and all(
            len(cells) == len(row) and list(cells) != list(row) for cells in following
        )
    return all("." in cells[0] and is_number(cells[0]) for cells in following)


def are_decimals(rows: Sequence[Sequence[str]]) -> bool:
    """Whether cells between commas are the two parts of numbers with decimal commas: 0,0512 or 0,004,-0,0512."""
    width = len(rows[0])
    pairs = [[row[column : column + 2] for row in rows if len(row) == width] for column in range(0, width - 1, 2)]
    return width % 2 == 0 and all(map(_are_halves, pairs))


def _are_halves(pairs: Sequence[Sequence[str]]) -> bool:
    is_whole = all(_WHOLE.fullmatch(whole) and part.isdigit() for whole, part in pairs)
    return (
        is_whole
        and any(len(part) > 1 and part.startswith("0") for _, part in pairs)
        and (len({whole for whole, _ in pairs}) == 1 or not even_step([whole for whole, _ in pairs]))
    )


def begins_with_rate(cells: Sequence[str]) -> bool:
    """Whether the first of some numbers is a usual sampling frequency, and far from those that follow.

    Or else it is the only one without decimals.
    """
    if len(cells) < _EVEN_ROWS or cells[0] not in map(str, USUAL_RATES) or not all(map(is_number, cells)):
        return False
    steps = np.abs(np.diff(values_of(cells[: _EVEN_ROWS + 1])))
    return bool(steps[0] > _FAR * steps[1:].max()) or not any(cell.lstrip("-").isdecimal() for cell in cells[1:])


def has_thousands(cells: Sequence[str]) -> bool:
    """Whether commas separate thousands: they are in large whole numbers alone, and others have none."""
    with_comma = [cell for cell in cells if "," in cell]
    whole = [cell for cell in cells if re.fullmatch(r"-?\d{1,3}", cell)]
    return bool(with_comma and whole) and all(map(_THOUSANDS.fullmatch, with_comma))


def check_thousands(values: NDArray[np.floating[Any]], cells: Callable[[], Iterable[str]]) -> None:
    """Refuse a column in which 1.016 stands beside 998: its points separate thousands.

    Args:
        values: As they were read.
        cells: Gives the cells; only called where the values may have come of such.

    Raises:
        RecordFormatError: It is such a column.
    """
    whole = values == np.floor(values)
    parts = np.abs(values[~whole & np.isfinite(values)])
    largest = np.abs(values[whole]).max(initial=0)
    if not len(parts) or not _LARGE <= largest < 10 * _LARGE or parts.min() < 1 or 2 * whole.sum() < len(values):
        return
    if all(_THOUSANDS.fullmatch(cell) for cell in cells() if "." in cell or "," in cell):
        raise RecordFormatError(THOUSANDS)


def even_step(cells: Sequence[str]) -> float:
    """Return the mean step of a column that rises evenly, as times and counts do and no ECG does; else 0.

    Counts may begin anew, and some may be missing: a column that mostly rises by 1 has a step of 1.
    """
    if len(cells) < _EVEN_ROWS or not all(map(is_number, cells)):
        return 0.0
    return even_step_of(values_of(cells))


def even_step_of(values: NDArray[np.float64]) -> float:
    """Return the mean step of numbers that rise evenly, as :func:`even_step` does."""
    steps = np.diff(values)
    if (steps == 1).mean() > _ALIKE:
        return 1.0
    step = float(values[-1] - values[0]) / (len(values) - 1)
    if len(values) >= _MANY_ROWS and (steps > 0).all():  # also with gaps
        return float(np.median(steps))
    line = values[0] + step * np.arange(len(values))
    return step if (steps > 0).all() and np.abs(values - line).max() <= step else 0.0


def values_of(cells: Sequence[str]) -> NDArray[np.float64]:
    """Return numbers with a decimal point or comma."""
    return np.array([float(cell.replace(",", ".").replace("\u2212", "-")) for cell in cells])
