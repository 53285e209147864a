"""What the numbers of a table's columns are like: rising evenly, with thousands separators, or those of columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from mvkt.ecg.formats.text import is_number

_ALIKE = 0.8
_EVEN_ROWS = 8
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+")


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


def has_thousands(cells: Sequence[str]) -> bool:
    """Whether commas separate thousands: they are in large whole numbers alone, and others have none."""
    with_comma = [cell for cell in cells if "," in cell]
    whole = [cell for cell in cells if re.fullmatch(r"-?\d{1,3}", cell)]
    return bool(with_comma and whole) and all(map(_THOUSANDS.fullmatch, with_comma))


def even_step(cells: Sequence[str]) -> float:
    """Return the mean step of a column that rises evenly, as times and counts do and no ECG does; else 0.

    Counts may begin anew: a column that rises by 1 but where it falls to its least number has a step of 1.
    """
    if len(cells) < _EVEN_ROWS or not all(map(is_number, cells)):
        return 0.0
    values = np.array([float(cell.replace(",", ".").replace("\u2212", "-")) for cell in cells])
    steps = np.diff(values)
    if ((steps == 1) | ((steps < 0) & (values[1:] == values.min()))).all() and (steps == 1).mean() > _ALIKE:
        return 1.0
    step = float(values[-1] - values[0]) / (len(values) - 1)
    line = values[0] + step * np.arange(len(values))
    return step if (steps > 0).all() and np.abs(values - line).max() <= step else 0.0
