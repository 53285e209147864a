"""The layout of a table: what separates its cells, where its rows begin, what its columns are called and hold.

It is found by the rows: the first line from which on all have the same number of cells, with numbers in the same
columns. Before it may stand one row of names, one of units, and any lines of ``key: value``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mvkt.ecg.formats.columns import quoted_cells
from mvkt.ecg.formats.text import MISSING_CELLS, bare, is_number, lines_of
from mvkt.ecg.formats.time_cells import is_date, is_time
from mvkt.ecg.formats.units import millivolts_per

Kind = Literal["number", "time", "date", "text"]

_SEPARATORS = ("\t", ";", ",", "|", " ", "")
_MOST_COLUMNS = 64
_MOST_LINES_BEFORE = 200
_ROWS = 256
_FEW = 3
"""Rows that must be alike where nothing else shows a table."""

_ALIKE = 0.8
_EVEN_ROWS = 8
SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "sekunden", "с", "сек", "秒"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds", "мс", "毫秒"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nanoseconds"), 1e-9),
}
"""Units of time, as tables write them."""

_OTHER_UNIT = re.compile(r"|[hmsf:.]+|mmhg|nu|ohm|bpm|%|a\.?u\.?|adu|count(s)?|°?c|g|hz|raw|-", re.IGNORECASE)
_BEFORE_A_NAME = re.compile(r"\s+(?![\[(\s])")
_MISSING = MISSING_CELLS | {"inf", "-inf"}


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    Attributes:
        facts: What lines of ``key: value`` before the rows state; keys in lower case with single spaces.
        comments: Those lines as they are, and others that begin with ``#``.
        separator: Between cells: a tab, ``;``, ``,``, ``|``, a space for any white space, or empty for one column.
        names: Of the columns; empty where there are none.
        kinds: What the columns hold.
        steps: Of columns of numbers that rise evenly, the mean step; 0 for all others.
        header_lines: How many lines come before the first row.
        comma: Whether the decimal mark is a comma.
        plain: Whether all columns are numbers, so that rows can be parsed at once.
    """

    facts: Mapping[str, str]
    comments: tuple[str, ...]
    separator: str
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    steps: tuple[float, ...]
    header_lines: int
    comma: bool
    plain: bool


def layout_of(text: str, *, whole: bool) -> Layout | None:
    """Find the layout of a table by its beginning; None where it is no table.

    Args:
        text: The beginning, or all of it.
        whole: Whether it is all of it; otherwise its last line may be cut off.
    """
    lines = lines_of(text.lstrip("\ufeff"))
    lines = lines if whole or len(lines) < _FEW else lines[:-1]
    filled = [index for index, line in enumerate(lines) if bare(line) and not line.lstrip().startswith("#")]
    for with_text in (False, True):
        for position, index in enumerate(filled[:_MOST_LINES_BEFORE]):
            for separator in _SEPARATORS:
                if separator not in ("", " ") and separator not in lines[index]:
                    continue
                first = cells_of(lines[index], separator)  # by itself: most lines of other files end here
                if "number" not in map(_kind_of_value, first) or len(first) > _MOST_COLUMNS:
                    continue
                rows = [cells_of(lines[at], separator) for at in filled[position : position + _ROWS]]
                kinds = _kinds(rows, separator, with_text=with_text)
                if kinds:
                    above = [lines[at] for at in filled[:position]]
                    comments = [line for line in lines[:index] if line.lstrip().startswith("#")]
                    names, used = _names(above, comments, separator, len(kinds), ends_empty=_end_empty(rows))
                    if names or not above or len(rows) >= _FEW:
                        return _layout(index, separator, rows, kinds, names, [*comments, *above[: len(above) - used]])
    return None


def cells_of(line: str, separator: str) -> list[str]:
    """Cut a line into its cells, without spaces and quotes around them."""
    if not separator:
        return [bare(line).strip("'")]
    if separator == " ":
        return line.split()
    cells = quoted_cells(line, separator) if '"' in line else line.split(separator)
    return [bare(cell).strip("'") for cell in cells]


def _kinds(rows: Sequence[Sequence[str]], separator: str, *, with_text: bool) -> tuple[Kind, ...]:
    """Return what the columns hold, by the first rows; nothing where these are no rows of a table."""
    kinds = tuple(
        "text" if kind == "number" and _is_sparse_text(rows, column) else kind
        for column, kind in enumerate(map(_kind, rows[0]))
    )
    if with_text and (separator in ("", " ") or len(rows) < _FEW):
        return ()
    if "text" in kinds and not with_text:
        return ()
    alike = [
        len(row) == len(kinds)
        and all(kind == "text" or _kind(cell) == kind for cell, kind in zip(row, kinds, strict=True))
        for row in rows
    ]
    return kinds if len(rows) < _FEW or sum(alike) >= _ALIKE * len(rows) or all(alike[:_FEW]) else ()


def _is_sparse_text(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column has words here and there, as marks of beats, and no number."""
    found = {_kind_of_value(row[column]) for row in rows if len(row) > column}
    return "text" in found and "number" not in found


def _kind(cell: str) -> Kind:
    found = _kind_of_value(cell)
    return "number" if found == "missing" else found


def _kind_of_value(cell: str) -> Literal["number", "missing", "time", "date", "text"]:
    if is_number(cell):
        return "number"
    if cell.lower() in _MISSING:
        return "missing"
    return "time" if is_time(cell) else "date" if is_date(cell) else "text"


def _names(
    above: Sequence[str], comments: Sequence[str], separator: str, width: int, *, ends_empty: bool
) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, and how many lines above the rows are names and units."""

    def cut(line: str) -> list[str]:
        cells = cells_of(line, separator)
        cells = _rejoined(line, cells, width) if separator == " " else cells
        return [*cells, ""] if ends_empty and len(cells) == width - 1 else cells

    rows = [cut(line) for line in reversed(above[-2:])]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]) == width and all(map(_is_unit, rows[0])) and _are_names(rows[1]):
        units = [unit.strip("[]() ") for unit in rows[0]]
        return tuple(f"{name} [{unit}]" if unit else name for name, unit in zip(rows[1], units, strict=True)), 2
    if rows and len(rows[0]) == width and _are_names(rows[0]):
        return tuple(rows[0]), 1
    row = cut(comments[-1].lstrip("# ")) if comments and not above and width > 1 else []
    return (tuple(row), 0) if len(row) == width and _are_names(row) else ((), 0)  # as numpy.savetxt writes a header


def _end_empty(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows end with a separator, which the names need not do."""
    return len(rows[0]) > 1 and not any(row[-1] for row in rows)


def _rejoined(line: str, cells: list[str], width: int) -> list[str]:
    """Cut a line of names at white space, but not before a unit in brackets."""
    return cells if len(cells) == width else _BEFORE_A_NAME.split(line.strip())


def _are_names(cells: Sequence[str]) -> bool:
    named = [cell for cell in cells if cell]
    return bool(named) and not any(cell[0] in "+-." or cell[0].isdigit() for cell in named)


def _is_unit(cell: str) -> bool:
    bare_unit = cell.strip("[]() ")
    return (
        bare_unit.lower() in SECONDS
        or millivolts_per(bare_unit) is not None
        or _OTHER_UNIT.fullmatch(bare_unit) is not None
    )


def _layout(
    index: int,
    separator: str,
    rows: list[list[str]],
    kinds: tuple[Kind, ...],
    names: tuple[str, ...],
    before: list[str],
) -> Layout:
    whole_rows = [row for row in rows if len(row) == len(kinds)]
    numbers = [column for column, kind in enumerate(kinds) if kind == "number"]
    comma = any("," in row[column] for row in whole_rows for column in numbers)
    return Layout(
        facts=_facts(before, separator),
        comments=tuple(line.lstrip("# ") for line in before),
        separator=separator,
        names=names,
        kinds=kinds,
        steps=tuple(
            _even_step([row[column] for row in whole_rows]) if column in numbers else 0.0
            for column in range(len(kinds))
        ),
        header_lines=index,
        comma=comma,
        plain=len(numbers) == len(kinds) and separator != " " and not (comma and separator == ","),
    )


def _even_step(cells: Sequence[str]) -> float:
    """Return the mean step of a column that rises evenly, as times and counts do and no ECG does; else 0."""
    if len(cells) < _EVEN_ROWS or not all(map(is_number, cells)):
        return 0.0
    values = np.array([float(cell.replace(",", ".").replace("\u2212", "-")) for cell in cells])
    step = float(values[-1] - values[0]) / (len(values) - 1)
    line = values[0] + step * np.arange(len(values))
    return step if (np.diff(values) > 0).all() and np.abs(values - line).max() <= step else 0.0


def _facts(lines: Iterable[str], separator: str) -> dict[str, str]:
    facts: dict[str, str] = {}
    for line in lines:
        marks = [mark for mark in (":", "=", separator.strip()) if mark and mark in line]
        if marks:
            key, _, value = line.lstrip("# ").partition(min(marks, key=line.index))
            facts.setdefault(" ".join(bare(key).lower().replace("_", " ").split()), bare(value))
    return facts
