"""The layout of a table: what separates its cells, where its rows begin, what its columns are called and hold.

It is found by the rows: the first line from which on all have the same number of cells, with numbers in the same
columns. Before it may stand one row of names, one of units, and any lines of ``key: value``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mvkt.ecg.formats.cell_kinds import (
    Kind,
    has_number,
    have_units,
    is_mostly_numbers,
    is_numbers_and_words,
    is_sparse_text,
    kind_of,
    kind_of_value,
)
from mvkt.ecg.formats.cell_values import as_plain_table, millivolts_of
from mvkt.ecg.formats.column_facts import facts_of_columns
from mvkt.ecg.formats.column_values import (
    THOUSANDS,
    are_decimals,
    begins_with_rate,
    even_step,
    has_thousands,
    numbers_columns,
)
from mvkt.ecg.formats.columns import quoted_cells
from mvkt.ecg.formats.table_facts import facts_of, states_facts
from mvkt.ecg.formats.table_header import COMMENT_MARKS, counts_samples, names_of
from mvkt.ecg.formats.table_lines import is_comment, is_rule, repeats_a_word, without_remark
from mvkt.ecg.formats.text import bare, lines_of
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead
from mvkt.errors import RecordFormatError

_SEPARATORS = ("\t", ";", "|", ",", "->", " ", "")
_MOST_COLUMNS = 64
_MOST_LINES_BEFORE = 200
_ROWS = 256
_FEW = 3
"""Rows that must be alike where nothing else shows a table."""

_ALIKE = 0.8
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+|,?[a-z]*,?", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    Attributes:
        facts: What lines of ``key: value`` before the rows state; keys in lower case with single spaces.
        comments: Those lines as they are, and others that begin with ``#``.
        separator: Between cells: a tab, ``;``, ``,``, ``|``, a space for any white space, or empty for one column.
        names: Of the columns; empty where there are none.
        kinds: What the columns hold.
        steps: Of columns of numbers that rise or fall evenly, the mean step; 0 for all others.
        constant: Which columns hold the same in all of the first rows.
        lead_names: The column of words whose cells name leads, or None.
        in_millivolts: Which columns have a unit of voltage in each cell.
        header_lines: How many lines come before the first row.
        comma: Whether the decimal mark is a comma.
        plain: Whether all columns are numbers, so that rows can be parsed at once.
        notes: On what was concluded.
    """

    facts: Mapping[str, str]
    comments: tuple[str, ...]
    separator: str
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    steps: tuple[float, ...]
    constant: tuple[bool, ...]
    lead_names: int | None
    in_millivolts: tuple[bool, ...]
    header_lines: int
    comma: bool
    plain: bool
    notes: tuple[str, ...] = ()


def layout_of(text: str, *, whole: bool) -> Layout | None:
    """Find the layout of a table by its beginning; None where it is no table.

    Args:
        text: The beginning, or all of it.
        whole: Whether it is all of it; otherwise its last line may be cut off.
    """
    lines = lines_of(as_plain_table(text.lstrip("\ufeff")))
    lines = lines if whole or len(lines) < _FEW else lines[:-1]
    filled = [index for index, line in enumerate(lines) if bare(line) and not is_comment(line) and not is_rule(line)]
    plain, position = _first_layout(lines, filled, filled[:_MOST_LINES_BEFORE], with_text=False)
    marks = (
        {"": ",;|\t", " ": "\t"}.get(plain.separator, "") if plain else ""
    )  # may part cells of words, and empty ones
    parted = position < len(filled) and any(mark in lines[filled[position]] for mark in marks)
    if plain is not None and (plain.names or not plain.separator) and not parted:
        return plain
    starts = (
        filled[:_MOST_LINES_BEFORE] if plain is None else filled[: position + 1]
    )  # with words they may begin earlier
    with_words, begins = _first_layout(lines, filled, starts, with_text=True)
    return with_words if with_words and (plain is None or with_words.names or begins < position) else plain


def _first_layout(
    lines: Sequence[str], filled: Sequence[int], starts: Sequence[int], *, with_text: bool
) -> tuple[Layout | None, int]:
    """Return the layout of the first of some lines from which on there are rows, and which of them it is.

    Args:
        lines: Of the file.
        filled: Those that may be rows.
        starts: The first of these.
        with_text: Whether columns may hold words.
    """
    for position, index in enumerate(starts):
        found: list[Layout] = []
        for separator in _SEPARATORS if millivolts_of(lines[index].strip(' "')) is None else ("",):
            layout = _layout_at(lines, filled, position, separator, with_text=with_text)
            found += [layout] if layout else []
            if layout and not with_text:
                break
        if found:
            return min(found, key=_least_text), position
    return None, 0


def _least_text(layout: Layout) -> tuple[int, bool, int]:
    """Order layouts of the same rows: few columns of words, names, and many columns of numbers come first."""
    return layout.kinds.count("text"), not layout.names, -layout.kinds.count("number")


def _layout_at(
    lines: Sequence[str], filled: Sequence[int], position: int, separator: str, *, with_text: bool
) -> Layout | None:
    """Return the layout of the rows from a line on, cut at a separator; None where there are none."""
    index = filled[position]
    if separator not in ("", " ") and separator not in lines[index]:
        return None
    first = without_remark(cells_of(lines[index], separator))  # by itself: most lines of other files end here
    kinds_of_first = {kind_of_value(cell) for cell in first if cell}
    if not kinds_of_first & {"number", "missing"} or not (separator == " ") < len(first) <= _MOST_COLUMNS:
        return None
    following = [lines[at] for at in filled[position + 1 : position + 1 + _FEW]]
    if numbers_columns(first, [cells_of(line, separator) for line in following]):
        return None
    if position and counts_samples(first, cells_of(lines[filled[position - 1]], separator)):
        return None
    rows = [without_remark(cells_of(lines[at], separator)) for at in filled[position : position + _ROWS]]
    if separator == "," and _has_decimal_commas(rows, lines[filled[position - 1]] if position else ""):
        return None
    if not separator and begins_with_rate([row[0] for row in rows]):
        return _below_rate(rows[0][0], _layout_at(lines, filled, position + 1, separator, with_text=with_text))
    kinds = _kinds(rows, separator, with_text=with_text)
    if not kinds or not any(map(has_number, rows)):
        return None
    above = [_separated(lines[at], separator, lines[index], len(kinds)) for at in filled[:position]]
    above = [line for line in above if not repeats_a_word(cells_of(line, separator))]
    comments = [line for line in lines[:index] if is_comment(line)]
    unnamed = {"first": _begins_with_names(rows, kinds), "last": _end_empty(rows)}
    names, used = names_of(above, comments, partial(cells_of, separator=separator), len(kinds), unnamed)
    if used and len(kinds) == 1 and states_facts(above[-1]):
        names, used = (), 0
    if not names and above and len(rows) < _FEW:
        return None
    return _layout(index, separator, rows, kinds, names, [*comments, *above[: len(above) - used]])


def _separated(names: str, separator: str, row: str, width: int) -> str:
    """Return a line of names as the rows are separated, where it has a separator that these have not."""
    if not separator.strip() or separator in names or any(mark in names for mark in ":="):
        return names
    marks = (mark for mark in ";\t,|" if names.count(mark) == width - 1 != row.count(mark))
    return names.replace(next(marks, separator), separator)


def _has_decimal_commas(rows: Sequence[Sequence[str]], above: str) -> bool:
    """Whether cells between commas are numbers of one column with decimal commas; ``above`` may be its name.

    Raises:
        RecordFormatError: They are those of several columns, with commas between these, too.
    """
    of_column = [_DECIMAL_COMMA.fullmatch(",".join(row)) is not None for row in rows]
    if len(rows[0]) == 2 and above and "," not in above and sum(of_column) >= _ALIKE * len(rows):
        return True
    found = are_decimals(rows)
    if found and len(rows[0]) > 2:
        raise RecordFormatError("the table has decimal commas, and commas between its cells: write semicolons there")
    return found


def _below_rate(rate: str, layout: Layout | None) -> Layout | None:
    """Return the layout of rows below a line that is the sampling frequency alone, with it."""
    note = f"{rate}, the first line, is taken for the sampling frequency in Hz"
    return layout and replace(layout, facts={**layout.facts, "sampling rate": rate}, notes=(note,))


def cells_of(line: str, separator: str) -> list[str]:
    """Cut a line into its cells, without spaces and quotes around them."""
    if not separator:
        return [bare(line).strip("'")]
    if separator == " ":
        return [bare(cell) for cell in quoted_cells(line.strip(), " ") if cell] if '"' in line else line.split()
    cells = quoted_cells(line, separator) if '"' in line and len(separator) == 1 else line.split(separator)
    return [bare(cell).strip("'") for cell in cells]


def _kinds(rows: Sequence[Sequence[str]], separator: str, *, with_text: bool) -> tuple[Kind, ...]:
    """Return what the columns hold, by the first rows; nothing where these are no rows of a table."""
    wordy = {column for column in range(len(rows[0])) if is_numbers_and_words(rows, column)}
    kinds = tuple(
        "number" if column in wordy else "text" if kind == "number" and is_sparse_text(rows, column) else kind
        for column, kind in enumerate(map(kind_of, rows[0]))
    )
    if with_text and (separator in ("", " ") or len(rows) < _FEW):
        return ()
    texts = [column for column, kind in enumerate(kinds) if kind == "text"]
    if (texts and not with_text) or any(is_mostly_numbers(rows, column) for column in texts):
        return ()
    alike = [
        len(row) == len(kinds)
        and all(
            kind == "text" or kind_of(cell) == kind or (column in wordy and kind_of(cell) == "text")
            for column, (cell, kind) in enumerate(zip(row, kinds, strict=True))
        )
        for row in rows
    ]
    return kinds if len(rows) < _FEW or sum(alike) >= _ALIKE * len(rows) or all(alike[:_FEW]) else ()


def _begins_with_names(rows: Sequence[Sequence[str]], kinds: Sequence[Kind]) -> bool:
    """Whether rows begin with a count or a word, to which R and pandas write no name above."""
    first = [row[0] for row in rows]
    return len(kinds) > 1 and (kinds[0] == "text" or (kinds[0] == "number" and even_step(first) == 1))


def _end_empty(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows end with a separator, which the names need not do."""
    return len(rows[0]) > 1 and not any(row[-1] for row in rows)


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

    def names_leads(column: int) -> bool:
        return all(normalise_lead(row[column]) in STANDARD_LEADS for row in whole_rows)

    in_millivolts = tuple(have_units([row[column] for row in whole_rows]) for column in range(len(kinds)))
    comma = any("," in row[column] for row in whole_rows for column in numbers)
    if comma and any(has_thousands([row[column] for row in whole_rows]) for column in numbers):
        raise RecordFormatError(THOUSANDS)
    return Layout(
        facts=facts_of_columns(names, whole_rows) | facts_of(before, separator),
        comments=tuple(line.lstrip(COMMENT_MARKS) for line in before),
        separator=separator,
        names=names,
        kinds=kinds,
        steps=tuple(
            _step_of([row[column] for row in whole_rows]) if column in numbers else 0.0 for column in range(len(kinds))
        ),
        constant=tuple(len({row[column] for row in whole_rows}) == 1 for column in range(len(kinds))),
        lead_names=next((column for column, kind in enumerate(kinds) if kind == "text" and names_leads(column)), None),
        in_millivolts=in_millivolts,
        header_lines=index,
        comma=comma,
        plain=len(numbers) == len(kinds)
        and separator not in (" ", "->")
        and not (comma and separator == ",")
        and not any(in_millivolts),
    )


def _step_of(cells: list[str]) -> float:
    return even_step(cells) or -even_step(cells[::-1])
