"""Cells of a table that hold more than a number: ``="0.004"``, a text in Excel's formula, and ``0.12 mV``."""

from __future__ import annotations

import re
from typing import AnyStr

from mvkt.ecg.formats.text import is_number
from mvkt.ecg.formats.units import millivolts_per

_FORMULA = r'(^|[,;\t|]) ?"?="{1,2}([^"\r\n]*)"{1,3}'
_FORMULA_IN_TEXT = re.compile(_FORMULA, re.MULTILINE)
_FORMULA_IN_BYTES = re.compile(_FORMULA.encode(), re.MULTILINE)
_ROW = r'^[ \t]*"((?:[^"\r\n]|"")*)"[ \t]*$'
_ROW_IN_TEXT = re.compile(_ROW, re.MULTILINE)
_ROW_IN_BYTES = re.compile(_ROW.replace("$", r"(?=\r?$)").encode(), re.MULTILINE)
_ROWS, _START = 4, 64 * 1024
_TWO_LINES = r'(^|[,;\t])"([^"\r\n]{1,60})\r?\n([^"\r\n]{1,60})"(?=[,;\t\r\n])'
_TWO_LINES_IN_TEXT = re.compile(_TWO_LINES, re.MULTILINE)
_TWO_LINES_IN_BYTES = re.compile(_TWO_LINES.encode(), re.MULTILINE)
_MARKS_OF_THOUSANDS = {".": ",", ",": ".", " ": ".,", "\u2019": ".,", "'": ".,"}
"""And the decimal mark beside each."""


def _cells_with_thousands(mark: str, decimals: str) -> re.Pattern[str]:
    """Return a pattern of cells beside semicolons, tabs, bars or quotes: ``1.016,25`` in a line may be two cells."""
    number = rf"-?[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+{decimals}"
    within = rf"(?:(?<=[;\t|])|(?<=[,;\t|]\")) ?{number}(?=[;\t|\"\r\n]|$)"
    return re.compile(rf"{within}|^{number}(?=[;\t|])", re.MULTILINE)


_WITH_UNIT = re.compile(r"([-+\u2212\d.,eE]{1,24}?)\s*([^\W\d_]{1,12})")


def as_plain_table(content: AnyStr) -> AnyStr:
    """Return a table without what spreadsheet programs wrote around its numbers, names and rows."""
    return without_thousands(without_quotes_of_rows(with_names_in_a_line(without_formulas(content))))


def without_formulas(content: AnyStr) -> AnyStr:
    """Return a table whose cells ``="0.004"`` are ``0.004``: programs write them so that Excel leaves them alone."""
    if isinstance(content, str):
        return _FORMULA_IN_TEXT.sub(r"\1\2", content) if '="' in content else content
    return _FORMULA_IN_BYTES.sub(rb"\1\2", content) if b'="' in content else content


def with_names_in_a_line(content: AnyStr) -> AnyStr:
    """Return a table whose names, as spreadsheet programs wrap them, ``"ECG`` and ``(mV)"`` below, are in one line."""
    if isinstance(content, str):
        return _TWO_LINES_IN_TEXT.sub(r'\1"\2 \3"', content[:_START]) + content[_START:]
    start = content[:_START]
    found = _TWO_LINES_IN_BYTES.sub(rb'\1"\2 \3"', start)
    return content if found == start else found + content[_START:]


def without_thousands(content: AnyStr) -> AnyStr:
    """Return a table without marks of thousands, ``1.016,25`` or ``1,016.25``, where a cell near its start has both."""
    start = content[:_START] if isinstance(content, str) else content[:_START].decode("utf-8", "replace")
    found = [
        mark
        for mark, decimal in _MARKS_OF_THOUSANDS.items()
        if mark in start and _cells_with_thousands(mark, f"[{decimal}][0-9]+").search(start)
    ]
    if len(found) != 1:
        return content
    pattern = _cells_with_thousands(found[0], f"(?:[{_MARKS_OF_THOUSANDS[found[0]]}][0-9]+)?")
    if isinstance(content, str):
        return pattern.sub(lambda cell: cell[0].replace(found[0], ""), content)
    encoded = re.compile(pattern.pattern.encode(), re.MULTILINE)
    return encoded.sub(lambda cell: cell[0].replace(found[0].encode(), b""), content)


def without_quotes_of_rows(content: AnyStr) -> AnyStr:
    """Return a table whose rows are in quotes as a whole, ``"0.004,0.12"``, without these.

    Spreadsheet programs write them so when all cells of a row are in the first one.
    """
    start = content[:_START] if isinstance(content, str) else content[:_START].decode("utf-8", "replace")
    lines = [line for line in start.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()][:_ROWS]
    found = [_ROW_IN_TEXT.fullmatch(line) for line in lines]
    marks = [{mark: row[1].count(mark) for mark in ",;\t"} for row in found if row]
    if len(marks) < _ROWS or not any(len({row[mark] for row in marks}) == 1 <= marks[0][mark] for mark in marks[0]):
        return content
    if isinstance(content, str):
        return _ROW_IN_TEXT.sub(
            lambda row: row[1].replace('""', '"'), content.replace("\r\n", "\n").replace("\r", "\n")
        )
    return _ROW_IN_BYTES.sub(lambda row: row[1].replace(b'""', b'"'), content)


def millivolts_of(cell: str) -> float | None:
    """Return the mV of a number with a unit of voltage, ``0.12 mV`` or ``120µV``; None of any other cell."""
    found = _WITH_UNIT.fullmatch(cell)
    factor = millivolts_per(found[2]) if found else None
    if found is None or factor is None or not is_number(found[1]):
        return None
    return float(found[1].replace(",", ".").replace("\u2212", "-")) * factor
