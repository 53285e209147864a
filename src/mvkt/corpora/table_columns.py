"""The columns of a table of labels, as people and pandas name them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mvkt.corpora.label_sets import UNKNOWN
from mvkt.corpora.table_cells import CROSSES, is_absent, is_truth, plain_python, sex_in_name, truth, without_decimals
from mvkt.ecg.formats.person_facts import AGE_KEYS, SEX_KEYS
from mvkt.ecg.formats.text import plain
from mvkt.errors import CorpusError

AGE = "age"
FACTS = ("record", "labels", "patient", "fold", AGE, "sex")
"""Columns with a meaning of their own; every other column is a label."""

_SPELLINGS = {
    "record": (
        *("record_id", "recording", "recording_id", "file", "file_name", "filename", "path", "datei", "dateiname"),
        *(
            "archivo",
            "fichier",
            "arquivo",
            "plik",
            "bestand",
            "файл",
            "文件",
            "文件名",
            "ファイル",
            "ファイル名",
            "파일",
        ),
    ),
    "labels": (
        *("label", "diagnosis", "diagnoses", "diagnose", "diagnostic", "diagnosi", "class", "rhythm", "diagnóstico"),
        *("rozpoznanie", "diagnóza", "диагноз", "діагноз", "诊断", "診断", "診斷", "진단"),
    ),
    "patient": (
        *("patient_id", "patientid", "subject", "subject_id", "paciente", "paziente", "pacjent", "pacient", "patiënt"),
        *("пациент", "пацієнт", "患者", "患者id", "病人", "환자"),
    ),
    "fold": ("strat_fold", "split", "subset", "partition", "data_split", "set"),
    AGE: tuple(AGE_KEYS.replace(" ", "_").split("|")),
    "sex": tuple(SEX_KEYS.replace(" ", "_").split("|")),
}
"""What else tables call the columns, in small letters with ``_`` between words."""

_ADDED = re.compile(r"\s*|unnamed.*|index|level_0|__index_level_\d+__", re.IGNORECASE)
_LIKELIHOOD = 100.0
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d{1,2}")
_LIST = re.compile(r"\[(.*)\]|\((.*)\)|\{(.*)\}", re.DOTALL)
_ITEM = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,'\"]+)")
_NOBODY_LOOKED = frozenset("?-–—")
_FURTHER_MARKS = (",", "+", "/", "&", " ")


def facts_of(columns: Sequence[str]) -> dict[str, str]:
    """Return which column of a table is which of :data:`FACTS`, by its name in any letters or another usual name.

    Args:
        columns: As the table has them.
    """
    plain = {column: re.sub(r"[\s_-]+", "_", column.strip().lower()) for column in reversed(columns)}
    by_name = {name: column for column, name in plain.items()}
    found: dict[str, str] = {}
    for fact in FACTS:
        column = next((by_name[name] for name in (fact, *_SPELLINGS.get(fact, ())) if name in by_name), None)
        found |= {} if column is None else {column: fact}
    return found


def is_added(name: str, cells: Sequence[str]) -> bool:
    """Whether a column is one that pandas or a spreadsheet program added: without a name, and empty or counting."""
    return _ADDED.fullmatch(name) is not None and (_count(cells) or all(map(is_absent, cells)))


def _count(cells: Sequence[str]) -> bool:
    numbers = [float(cell) for cell in cells if re.fullmatch(r"\d+(\.0*)?", cell.strip())]
    return len(numbers) == len(cells) and all(after - before == 1 for before, after in itertools.pairwise(numbers))


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
    """

    joined: bool
    single: tuple[str, ...]
    marks: str = ""
    crossed: bool = False

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
        single = tuple(column for column in columns if column not in FACTS)
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
        found = cls("labels" in columns, single, crossed=bool(cells & CROSSES) and cells <= {*CROSSES, ""})
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
        return replace(found, marks=_marks(labels, classes))

    def __bool__(self) -> bool:
        """Whether there are any: a table may hold patients, folds, age and sex alone."""
        return self.joined or bool(self.single)

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


def _is_missing(text: str) -> bool:
    """An empty cell means that there is no label; the marks of a missing value mean that nobody looked."""
    return bool(text.strip()) and (is_absent(text) or text.strip() in _NOBODY_LOOKED)
