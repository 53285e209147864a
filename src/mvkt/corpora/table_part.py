"""A part of a collection by a column of its table: the recordings of a hospital, of a device, of a ward."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mvkt.errors import CorpusError, hint

_FORM = re.compile(r"([^=!]+?)\s*(!?=)\s*(.+)")
_VALUES_SHOWN = 12


@dataclass(frozen=True)
class TablePart:
    """The rows with a value in a column, or the rows of all patients who have no such row.

    The two parts of a column and a value have no patient in common.

    Attributes:
        column: Name of the column.
        value: Numbers are compared as numbers: ``1`` is ``1.0``.
        equal: Whether the rows are those with the value.
    """

    column: str
    value: str
    equal: bool

    @classmethod
    def parse(cls, text: str) -> TablePart:
        """Read ``COLUMN=VALUE`` or ``COLUMN!=VALUE``.

        Raises:
            CorpusError: It is neither.
        """
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise CorpusError(f"a part of a table is COLUMN=VALUE or COLUMN!=VALUE, such as site=1; got {text!r}")
        column, sign, value = found.groups()
        return cls(column, _plain(value), sign == "=")

    def __str__(self) -> str:
        return f"{self.column}{'=' if self.equal else '!='}{self.value}"

    def of(self, rows: Sequence[Mapping[str, str]], patient: str) -> list[Mapping[str, str]]:
        """Return the rows of the part.

        Args:
            rows: Of the table.
            patient: Column with the patient.

        Raises:
            CorpusError: The table has no such column, or the column no such value.
        """
        if rows and self.column not in rows[0]:
            raise CorpusError(f"the table has no column {self.column!r}; {hint(self.column, rows[0], 'it has')}")
        values = [_plain(row[self.column]) for row in rows]
        if self.value not in values:
            counts = Counter(values).most_common(_VALUES_SHOWN)
            there = ", ".join(f"{value or 'nothing'} ({count:,})" for value, count in counts)
            raise CorpusError(f"no row of the table has {self.column} {self.value!r}; the most frequent are {there}")
        with_value = [row for row, value in zip(rows, values, strict=True) if value == self.value]
        if self.equal:
            return with_value
        patients = {_plain(row[patient]) for row in with_value}
        return [row for row in rows if _plain(row[patient]) not in patients]


def disjoint(first: str, second: str) -> bool:
    """Whether two parts of the same table have no patient in common, from their text; empty text is the whole."""
    if not first or not second:
        return False
    part, other = TablePart.parse(first), TablePart.parse(second)
    return (part.column, part.value) == (other.column, other.value) and part.equal != other.equal


def _plain(value: str) -> str:
    try:
        return f"{float(value):.15g}"
    except ValueError:
        return value.strip()
