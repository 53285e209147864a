"""The columns of a table of labels, as people and pandas write them."""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mvkt.corpora.label_sets import UNKNOWN
from mvkt.ecg.formats.person_facts import AGE_KEYS, SEX_KEYS, parse_age, parse_sex
from mvkt.ecg.record import Sex
from mvkt.errors import CorpusError, RecordError

AGE = "age"
FACTS = ("record", "labels", "patient", "fold", AGE, "sex")
"""Columns with a meaning of their own; every other column is a label."""

_SPELLINGS = {
    "record": ("record_id", "recording", "recording_id", "file", "file_name", "filename", "path"),
    "labels": ("label", "diagnosis", "diagnoses", "diagnose", "diagnostic", "diagnosi", "class", "rhythm"),
    "patient": ("patient_id", "patientid", "subject", "subject_id"),
    "fold": ("strat_fold", "split", "subset", "partition", "data_split", "set"),
    AGE: tuple(AGE_KEYS.split("|")),
    "sex": tuple(SEX_KEYS.split("|")),
}
"""What else tables call the columns, in small letters with ``_`` between words."""

_ABSENT = {"", "nan", "na", "n/a", "none", "null", "<na>", "nat"}
_CROSSES = {"x", "✓", "✔"}
_YES = {"ja", "oui", "sí", "si", "sì", "sim", "tak", "да", "是", "はい"}
_PRESENT = {"1", "1.0", "true", "t", "yes", "y"} | _YES | _CROSSES
_NOT_PRESENT = {"0", "0.0", "false", "f", "no", "n", "nein", "nee", "nej", "non", "não", "nie", "нет", "否", "いいえ"}
_UNKNOWN_AGES = {"-1", "-9", "-99", "-999", "300", "999", "9999"}
_ISO_FEMALE, _ISO_UNKNOWN = 2.0, (0.0, 9.0)
_LIKELIHOOD = 100.0
_TRAINING, _VALIDATION, _TEST = 8, 9, 10
_PARTS = {
    **dict.fromkeys(("val", "valid", "validation", "dev"), _VALIDATION),
    **dict.fromkeys(("test", "testing"), _TEST),
    **dict.fromkeys(("train", "training"), 0),
}
"""Words for folds; 0 for any of the training folds."""

_ADDED = re.compile(r"\s*|unnamed.*|index|level_0|__index_level_\d+__", re.IGNORECASE)
_POWER_OF_TEN = re.compile(r"\d\.(\d+)[eE]\+?(\d{1,2})")
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d{1,2}")
_LIST = re.compile(r"\[(.*)\]|\((.*)\)|\{(.*)\}", re.DOTALL)
_ITEM = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,'\"]+)")
_FURTHER_MARKS = (",", "+", "/", "&")


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
    columns = [column for column in (rows[0] if rows else ()) if _sex_in_name(column)]
    return next((column for column in columns if all(is_truth(row[column]) for row in rows)), "")


def sex_of_truth(column: str, cell: str) -> str:
    """Return the sex by a cell of such a column; empty where the cell is."""
    truth, named = _truth(cell), _sex_in_name(column)
    return "" if truth is None or named is None else named if truth else "male" if named == "female" else "female"


def _sex_in_name(column: str) -> Sex | None:
    word = re.sub(r"(?i)^(is|sex|gender)[\s_-]+", "", column.strip())
    return parse_sex(word) if len(word) > 1 else None


def same_patient(name: str) -> str:
    """Return what two spellings of a patient have in common: either case, ``17.0`` for 17, and ``017`` for 17."""
    plain = without_decimals(name.strip()).casefold()
    return str(int(plain)) if plain.isascii() and plain.isdigit() else plain


def without_decimals(text: str) -> str:
    """Return a whole number as it was before pandas or a spreadsheet rewrote it, ``17`` of ``17.0``; else the text.

    ``4.26783006E8`` is 426783006.
    """
    exact = _POWER_OF_TEN.fullmatch(text)
    if exact and len(exact[1]) >= int(exact[2]):  # 4.26783006E8 has all of its digits, 4.27E+08 has not
        return f"{float(text):.0f}"
    return re.sub(r"(?<=\d)\.0+$", "", text)


def is_truth(text: str) -> bool:
    """Whether a cell states that something is there or not, or is empty."""
    return _truth(text) is not None or is_absent(text)


def is_absent(text: str) -> bool:
    """Whether a cell is empty, or holds what pandas and R write for a missing value."""
    return text.strip().lower() in _ABSENT


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
                (row[column] for row in rows if _truth(row[column]) is None and not is_absent(row[column])), None
            )
            if strange is not None:
                raise CorpusError(
                    f"{table} has the column {column!r} with {strange[:40]!r}: a column of a label holds 0 and 1, true "
                    f"and false, or yes and no; the other columns are {', '.join(FACTS)}; rename it to one of these, "
                    "or take it out of the table"
                )
        cells = {row[column].strip().lower() for row in rows for column in single}
        found = cls("labels" in columns, single, crossed=bool(cells & _CROSSES) and cells <= {*_CROSSES, ""})
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
            column: _truth(row[column]) if row[column].strip() or not self.crossed else False for column in self.single
        }
        unknown = {column: UNKNOWN for column, truth in truths.items() if truth is None and column not in found}
        looked = self.joined and not _is_missing(row["labels"])
        labelled = looked or any(truth is not None for truth in truths.values())
        return (found | unknown, labelled) if labelled else ({}, False)

    def positives(self, row: Mapping[str, str]) -> list[str]:
        """Return the labels that a row has."""
        joined = row["labels"] if self.joined and not _is_missing(row["labels"]) else ""
        labels = list(_items(joined, self.marks))
        labels += [column for column in self.single if _truth(row[column])]
        return list(dict.fromkeys(label for label in labels if not is_absent(label)))


def _items(joined: str, marks: str) -> Iterable[str]:
    """Return the labels of a cell: separated by marks, or as Python and JSON write a list."""
    listed = _LIST.fullmatch(joined.strip())
    if joined.strip() in ("set()", "frozenset()"):
        labels = []
    elif listed and ":" not in joined:
        labels = [next(filter(None, item), "") for item in _ITEM.findall(next(filter(None, listed.groups()), ""))]
    else:
        labels = [joined] if listed else re.split(f"[;|\n\r{re.escape(marks)}]", joined)
    return (without_decimals(label.strip()) for label in labels)


def _marks(labels: Collection[str], classes: Collection[str]) -> str:
    """Return the marks between labels: those whose parts, in every label that has it, are labels of their own."""
    found = ""
    for mark in _FURTHER_MARKS:
        several = [label for label in labels if mark in label]
        alone = {*labels, *classes} - {*several}
        if several and all(part.strip() in alone for label in several for part in label.split(mark)):
            found += mark
    return found


def _is_missing(text: str) -> bool:
    """An empty cell means that there is no label; the marks of a missing value mean that nobody looked."""
    return bool(text.strip()) and is_absent(text)


def _truth(text: str) -> bool | None:
    value = text.strip().lower()
    return True if value in _PRESENT else False if value in _NOT_PRESENT else None


def fold(text: str, patient: str = "") -> int | None:
    """Return a fold, 1 to 10; None for an empty cell.

    Args:
        text: A number, or a word for a part: ``train``, ``validation``, ``test``.
        patient: Whose recording it is; the training folds of a word are filled by patients.

    Raises:
        RecordError: It is no fold.
    """
    if is_absent(text):
        return None
    part = _PARTS.get(text.strip().lower())
    if part is not None:
        return part or 1 + zlib.crc32(patient.encode()) % _TRAINING
    if not re.fullmatch(r"([1-9]|10)(\.0*)?", text.strip()):
        raise RecordError(f"unusable row: fold {text!r} is not one of 1 to 10, nor train, validation or test")
    return int(float(text))


def age(text: str) -> float | None:
    """Return an age in years, of ``57``, ``57,5``, ``>89`` or ``18 months``; None where it is empty or unknown.

    Raises:
        RecordError: It is no age.
    """
    if is_absent(text) or without_decimals(text.strip().lower()) in {"?", "-", "unknown", *_UNKNOWN_AGES}:
        return None
    years = parse_age(text)
    if years is None:
        raise RecordError(f"unusable row: age {text!r} is not a human's")
    return years


def sex_codes(cells: Sequence[str], female: str = "") -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what each cell of the column ``sex`` means, and warnings about cells that mean nothing.

    Words are understood in many languages. Numbers mean different things in different tables (PTB-XL: 1 female;
    ISO 5218: 1 male, 2 female, 0 and 9 unknown), so that they are understood only with the code of women.

    Args:
        cells: Of the column.
        female: The code of women, where the column holds numbers.
    """
    counts = Counter(cell.strip().lower() for cell in cells if not is_absent(cell))
    meaning: dict[str, str] = {cell: sex for cell in counts if (sex := parse_sex(cell))}
    numbers = [cell for cell in counts if re.fullmatch(r"\d+(\.0*)?", cell)]
    if female:
        wanted = float(female) if re.fullmatch(r"\d+(\.0*)?", female.strip()) else None
        unknown = _ISO_UNKNOWN if wanted == _ISO_FEMALE else ()
        meaning |= {
            cell: "female" if float(cell) == wanted else "male" for cell in numbers if float(cell) not in unknown
        }
        meaning[female.strip().lower()] = "female"
    strange = [cell for cell in counts if cell not in meaning]
    if not strange:
        return meaning, ()
    codes = ", ".join(repr(cell) for cell in sorted(strange)[:4])
    advice = "give the code of women by --female" if numbers else "write female or male"
    number = sum(counts[cell] for cell in strange)
    return meaning, (f"the sex of {number:,} records is unknown: the column 'sex' has {codes}; {advice}",)
