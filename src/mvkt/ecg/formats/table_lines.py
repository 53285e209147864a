"""Lines of a table that are none of its rows: comments, rules, and the names of sections."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mvkt.ecg.formats.cell_kinds import kind_of_value
from mvkt.ecg.formats.text import begins_with_error, is_error
from mvkt.ecg.formats.units import millivolts_per

_CELL = re.compile(r"#+\s*[,;\t|]")
"""The name of a column of counts, or what Excel writes for a number in a narrow column; neither begins a comment."""

_RULE = re.compile(r"\s*[|+:=-][|+:=\s-]*(?:--|==)[|+:=\s-]*")
"""A line that separates names from rows: ``|---|---|``."""

_KIND_OF_DATA = re.compile(r"cal|raw|uncal|calibrated|filtered", re.IGNORECASE)
_FEWEST_COLUMNS = 2

_SECTION = re.compile(r"\s*\[\s*([^\[\],;|\t]{3,40}?)\s*\]\s*")
"""The name of a section, as in .ini files: ``[Data]``."""


def is_rule(line: str) -> bool:
    """Whether a line stands between others only: a rule, or the name of a section."""
    if ("--" in line or "==" in line) and _RULE.fullmatch(line) is not None:
        return True
    section = _SECTION.fullmatch(line)
    return section is not None and kind_of_value(section[1]) == "text" and millivolts_per(section[1]) is None


def is_comment(line: str) -> bool:
    """Whether a line begins with ``#``, and not with a cell of an error, ``#N/A``, or the name of counts."""
    start = line.lstrip()
    return start.startswith("#") and not begins_with_error(start) and not _CELL.match(start)


def without_remark(cells: list[str]) -> list[str]:
    """Return the cells of a row without a remark behind them, as LabChart writes it."""
    is_remark = len(cells) > 1 and cells[-1].startswith("#") and not is_error(cells[-1])
    return cells[:-1] if is_remark else cells


def repeats_a_word(cells: Sequence[str]) -> bool:
    """Whether a line has the same word for all columns, and more than a unit, as Shimmer's ``CAL``: it names none."""
    words = {cell for cell in cells if cell}
    return len(cells) >= _FEWEST_COLUMNS and len(words) == 1 and all(map(_KIND_OF_DATA.fullmatch, words))
