"""Lists of numbers in a JSON document as scripts write them: as text too, with missing ones, as pandas does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mvkt.ecg.formats.text import is_missing, is_number

FEWEST = 8
"""Numbers of a list of samples; a shorter one is of something else."""

_BETWEEN_NUMBERS = re.compile(r"[,;\s]+")
_BETWEEN_DECIMAL_COMMAS = re.compile(r",?[;\s]+|,$")


def lists_in(item: Mapping[str, Any]) -> list[Sequence[Any]]:
    """Return the lists of numbers among the values of an object."""
    return [found for cell in item.values() if (found := numbers_of(cell))]


def numbers_of(value: Any) -> Sequence[Any]:
    """Return a list of numbers, also one written as text; nothing where a value is none."""
    if isinstance(value, str) and len(value) > 2 * FEWEST:
        plain = value.strip(" \n[];,")
        cells = _BETWEEN_DECIMAL_COMMAS.split(plain)  # "0,12; 0,13", but not rows of "1,2,3"
        cells = cells if len(cells) >= FEWEST and max(cell.count(",") for cell in cells) == 1 else []
        cells = cells or _BETWEEN_NUMBERS.split(plain)
        return cells if len(cells) >= FEWEST and all_numbers(cells) else ()
    return value if isinstance(value, list) and len(value) >= FEWEST and all_numbers(value) else ()


def all_numbers(cells: Sequence[Any]) -> bool:
    """Whether cells are numbers, or stand for missing ones beside numbers."""
    return has_numbers(cells) and all(map(_may_be_sample, cells))


def _may_be_sample(cell: Any) -> bool:
    """Whether a cell is a number or stands for a missing one."""
    return cell is None or _is_number(cell) or (isinstance(cell, str) and is_missing(cell.strip()))


def has_numbers(cells: Sequence[Any]) -> bool:
    """Whether one of some cells is a number."""
    return any(map(_is_number, cells))


def _is_number(cell: Any) -> bool:
    return (isinstance(cell, int | float) and not isinstance(cell, bool)) or (isinstance(cell, str) and is_number(cell))


def in_order(value: Any) -> Any:
    """Return ``{"0": 0.1, "1": 0.2}``, as pandas writes a column, as a list."""
    is_column = isinstance(value, Mapping) and len(value) >= FEWEST and "0" in value and f"{len(value) - 1}" in value
    return list(value.values()) if is_column and list(value) == [str(n) for n in range(len(value))] else value
