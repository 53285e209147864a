"""The columns of a table of labels, as people and pandas name them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mvkt.corpora.label_sets import UNKNOWN
from mvkt.corpora.table_cells import CROSSES, is_absent, is_truth, plain_python, sex_in_name, truth, without_decimals
from mvkt.corpora.table_headings import FACTS, is_near_a_fact
from mvkt.ecg.formats.text import is_number, plain
from mvkt.errors import CorpusError

_ADDED = re.compile(r"\s*|unnamed.*|index|level_0|__index_level_\d+__", re.IGNORECASE)
_LIKELIHOOD = 100.0
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d{1,2}")
_LIST = re.compile(r"\[(.*)\]|\((.*)\)|\{(.*)\}", re.DOTALL)
_ITEM = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,'\"]+)")
_NOBODY_LOOKED = frozenset("?-–—")
_CROSSED = "columns of labels have a cross or nothing: where nothing is, the label counts as absent"
_MOST_FOLDS = 10
_FURTHER_MARKS = (",", "+", "/", "&", " ")


def is_added(name: str, cells: Sequence[str]) -> bool:
    """Whether a column is one that pandas or a spreadsheet program added: without a name, and empty or counting.

    After rows were left out or put in another order its whole numbers still differ.
    """
    return _ADDED.fullmatch(name) is not None and (_count(cells) or all(map(is_absent, cells)))


def _count(cells: Sequence[str]) -> bool:
    numbers = {float(cell) for cell in cells if re.fullmatch(r"\d+(\.0*)?", cell.strip())}
    return len(numbers) == len(cells)


def sex_of_truths(rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column ``female`` or ``male`` of 0 and 1, which is no label; empty where there is none."""
    columns = [column for column in (rows[0] if rows else ()) if sex_in_name(column)]
    return next((column for column in columns if all(is_truth(row[column]) for row in rows)), "")


@dataclass(frozen=True)
class LabelColumns:
    """Where the labels of a table stand.

    Attributes:
        joined: Whether there is a column ``labels`` with all labels of a record.
        single: Columns of a label each.
        crossed: Whether the columns of a label have a cross or nothing, which is absent then.
        marks: What separates labels besides ``;`` and ``|``: a mark in labels whose parts all stand alone as well.
        left_out: Columns that are neither labels nor known, as remarks and dates, beside labels and patients.
        likely: A label that may be several, as ``AF / PVC`` where some recordings have AF alone; empty where none is.
    """

    joined: bool
    single: tuple[str, ...]
    marks: str = ""
    crossed: bool = False
    left_out: tuple[str, ...] = ()
    likely: str = ""

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]], table: str, classes: Collection[str] = ()) -> LabelColumns:
        """Find the columns of labels.

        Args:
            rows: Of the table.
            table: Its name, for messages.
            classes: Labels that are known besides those of the table.

        Raises:
            CorpusError: A column is neither known nor a label.
        """
        columns = tuple(rows[0]) if rows else ()
        known = {"labels", "patient"} <= {*columns}  # so that no other column need be one of these
        single = tuple(column for column in columns if column not in FACTS)
        left_out = tuple(each for each in single if known and _is_of_nothing(each, rows))
        single = tuple(column for column in single if column not in left_out)
        for column in single:
            strange = next(
                (row[column] for row in rows if truth(row[column]) is None and not is_absent(row[column])), None
            )
            if strange is not None:
                raise CorpusError(
                    f"{table} has the column {column!r} with {strange[:40]!r}: a column of a label holds 0 and 1, true "
                    f"and false, or yes and no; the other columns are {', '.join(FACTS)}; rename it to one of these, "
                    "or take it out of the table"
                )
        cells = {row[column].strip().lower() for row in rows for column in single}
        found = cls(
            "labels" in columns, single, left_out=left_out, crossed=bool(cells & CROSSES) and cells <= {*CROSSES, ""}
        )
        rounded = next(
            (row["patient"] for row in rows if _ROUNDED.fullmatch(without_decimals(row.get("patient", "")))), ""
        )
        if rounded:
            raise CorpusError(
                f"{table} has the patient {rounded!r}: a spreadsheet program rounded a number; export it as text"
            )
        labels = {label for row in rows for label in found.positives(row)}
        for label in sorted(labels):
            if label.startswith("{") and ":" in label:
                raise CorpusError(
                    f"{table} has the labels {label[:60]!r}: a dictionary is not read; write labels separated by ';'"
                )
            if _ROUNDED.fullmatch(label):
                raise CorpusError(
                    f"{table} has the label {label!r}: a spreadsheet program rounded a code; export the codes as text"
                )
        marks = _marks(labels, classes)
        return replace(found, marks=marks, likely=_likely(labels, {*labels, *classes}, marks))

    def __bool__(self) -> bool:
        """Whether there are any: a table may hold patients, folds, age and sex alone."""
        return self.joined or bool(self.single)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was concluded about them."""
        names = ", ".join(repr(column) for column in self.left_out[:8])
        return (
            *[f"the label {self.likely[:60]!r} is one class; separate several by ';' or '|'"] * bool(self.likely),
            *[f"labels are separated at {' and '.join(self.marks)} as well: all of their parts stand alone too"]
            * bool(self.marks),
            *[_CROSSED] * self.crossed,
            *[f"left out columns that are no labels: {names}"] * bool(self.left_out),
        )

    def read(self, row: Mapping[str, str]) -> tuple[dict[str, float], bool]:
        """Return the labels of a row, and whether what is not among them was looked for.

        A label whose own cell is empty is :data:`~mvkt.corpora.label_sets.UNKNOWN`.
        """
        found = dict.fromkeys(self.positives(row), _LIKELIHOOD)
        truths = {
            column: truth(row[column]) if row[column].strip() or not self.crossed else False for column in self.single
        }
        unknown = {column: UNKNOWN for column, is_so in truths.items() if is_so is None and column not in found}
        looked = self.joined and not _is_missing(row["labels"])
        labelled = looked or any(is_so is not None for is_so in truths.values())
        return (found | unknown, labelled) if labelled else ({}, False)

    def positives(self, row: Mapping[str, str]) -> list[str]:
        """Return the labels that a row has."""
        joined = row["labels"] if self.joined and not _is_missing(row["labels"]) else ""
        labels = list(_items(joined, self.marks))
        labels += [column for column in self.single if truth(row[column])]
        return list(dict.fromkeys(label for label in labels if not is_absent(label)))


def _items(joined: str, marks: str) -> Iterable[str]:
    """Return the labels of a cell: separated by marks, or as Python and JSON write a list."""
    joined = plain_python(plain(joined))
    listed = _LIST.fullmatch(joined)
    if joined in ("set()", "frozenset()"):
        labels = []
    elif listed and ":" not in joined:
        labels = [next(filter(None, item), "") for item in _ITEM.findall(next(filter(None, listed.groups()), ""))]
    else:
        labels = [joined] if listed else re.split(f"[;|\n\r{re.escape(marks)}]", joined)
    return (without_decimals(unicodedata.normalize("NFC", label.strip(" \t'\""))) for label in labels)


def _marks(labels: Collection[str], classes: Collection[str]) -> str:
    """Return the marks between labels: those whose parts, in every label that has it, are labels of their own."""
    found = ""
    for mark in _FURTHER_MARKS:
        several = [label for label in labels if mark in label]
        alone = {*labels, *classes} - {*several}
        if several and all(part.strip() in {*alone, ""} for label in several for part in label.split(mark)):
            found += mark
    return found


def _likely(labels: Collection[str], alone: Collection[str], marks: str) -> str:
    """Return a label that has a comma, or a mark and a part that is another label; empty where none does."""
    if "," not in marks and (commas := sorted(label for label in labels if "," in label)):
        return commas[0]
    for mark in (mark for mark in _FURTHER_MARKS if mark not in marks):
        for label in sorted(labels):
            parts = [part.strip() for part in label.split(mark.replace(" ", " and "))]
            if len(parts) > 1 and any(part in alone for part in parts):
                return label
    return ""


def _is_of_nothing(column: str, rows: Sequence[Mapping[str, str]]) -> bool:
    """Whether a column is none of a label, nor of a fact whose name was written otherwise, nor of folds."""
    cells = [row[column].strip() for row in rows if not is_absent(row[column])]
    if is_near_a_fact(column) or 2 * sum(truth(cell) is not None for cell in cells) >= len(cells):
        return False
    return not all(is_number(cell) and float(cell.replace(",", ".")) in range(_MOST_FOLDS + 1) for cell in cells)


def _is_missing(text: str) -> bool:
    """An empty cell means that there is no label; the marks of a missing value mean that nobody looked."""
    return bool(text.strip()) and (is_absent(text) or text.strip() in _NOBODY_LOOKED)
