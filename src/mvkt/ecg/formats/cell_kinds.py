"""What a cell of a table holds: a number, a time, a date, nothing, or words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from mvkt.ecg.formats.cell_values import millivolts_of
from mvkt.ecg.formats.text import is_missing, is_number
from mvkt.ecg.formats.time_cells import is_date, is_stamp, is_time
from mvkt.errors import RecordFormatError

Kind = Literal["number", "time", "date", "text"]

MOST_WORDS, FEWEST_OF_A_WORD = 2, 4
"""Words among the numbers of a table that stand for missing samples: no damage has the same one again and again."""

_INFINITE = ("inf", "-inf")


def is_sparse_text(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column has words here and there, as marks of beats, and no number."""
    found = {kind_of_value(row[column]) for row in rows if len(row) > column}
    return "text" in found and "number" not in found


def is_mostly_numbers(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether most cells of a column are numbers, whatever the first one is."""
    cells = [row[column] for row in rows if len(row) > column]
    return 2 * sum(kind_of_value(cell) == "number" for cell in cells) > len(cells)


def is_numbers_and_words(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column of numbers has one or two words again and again, as for leads that are off."""
    cells = [row[column] for row in rows if len(row) > column]
    words = Counter(cell.lower() for cell in cells if kind_of_value(cell) == "text")
    return (
        is_mostly_numbers(rows, column)
        and 0 < len(words) <= MOST_WORDS
        and min(words.values()) >= FEWEST_OF_A_WORD
        and not any(character.isdigit() for word in words for character in word)
    )


def has_number(row: Sequence[str]) -> bool:
    """Whether one of some cells is a number."""
    return "number" in map(kind_of_value, row)


def have_units(cells: Sequence[str]) -> bool:
    """Whether the numbers of a column have a unit of voltage each.

    Raises:
        RecordFormatError: Some have, and others have not.
    """
    filled = [cell for cell in cells if kind_of_value(cell) != "missing"]
    with_unit = sum(millivolts_of(cell) is not None for cell in filled)
    if 0 < with_unit < len(filled):
        raise RecordFormatError("some cells of a column have a unit of voltage and others have none")
    return with_unit > 0


def kind_of(cell: str) -> Kind:
    """Return what the column of a cell holds: where there is nothing, a number."""
    found = kind_of_value(cell)
    return "number" if found == "missing" else found


def kind_of_value(cell: str) -> Literal["number", "missing", "time", "date", "text"]:
    """Return what a cell holds."""
    if is_number(cell):
        return "time" if is_stamp(cell) else "number"
    if is_missing(cell) or cell.lower() in _INFINITE:
        return "missing"
    if millivolts_of(cell) is not None:
        return "number"
    return "time" if is_time(cell) else "date" if is_date(cell) else "text"
