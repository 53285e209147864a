"""The columns of a table of labels, as people and pandas write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mvkt.corpora.label_sets import UNKNOWN
from mvkt.ecg.formats.person_facts import AGE_KEYS, SEX_KEYS, parse_sex
from mvkt.errors import CorpusError, RecordError

AGE = "age"
FACTS = ("record", "labels", "patient", "fold", AGE, "sex")
"""Columns with a meaning of their own; every other column is a label."""

_SPELLINGS = {
    "record": ("record_id", "recording", "recording_id", "file", "file_name", "filename", "path"),
    "labels": ("label", "diagnosis", "diagnoses"),
    "patient": ("patient_id", "patientid", "subject", "subject_id"),
    "fold": ("strat_fold",),
    AGE: tuple(AGE_KEYS.split("|")),
    "sex": tuple(SEX_KEYS.split("|")),
}
"""What else tables call the columns, in small letters with ``_`` between words."""

_ABSENT = {"", "nan", "na", "n/a", "none", "null", "<na>", "nat"}
_PRESENT = {"1", "1.0", "true", "t", "yes", "y"}
_NOT_PRESENT = {"0", "0.0", "false", "f", "no", "n"}
_ISO_FEMALE, _ISO_UNKNOWN = 2.0, (0.0, 9.0)
_LIKELIHOOD = 100.0
_OLDEST = 130


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


def same_patient(name: str) -> str:
    """Return what two spellings of a patient have in common: letters of either case, and ``17.0`` for 17."""
    return re.sub(r"(?<=\d)\.0+$", "", name.strip()).casefold()


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
    """

    joined: bool
    single: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]], table: str) -> LabelColumns:
        """Find the columns of labels.

        Args:
            rows: Of the table.
            table: Its name, for messages.

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
                    f"and false, or yes and no; the other columns are {', '.join(FACTS)}; take it out of the table"
                )
        return cls("labels" in columns, single)

    def __bool__(self) -> bool:
        """Whether there are any: a table may hold patients, folds, age and sex alone."""
        return self.joined or bool(self.single)

    def read(self, row: Mapping[str, str]) -> tuple[dict[str, float], bool]:
        """Return the labels of a row, and whether what is not among them was looked for.

        A label whose own cell is empty is :data:`~mvkt.corpora.label_sets.UNKNOWN`.
        """
        found = dict.fromkeys(self.positives(row), _LIKELIHOOD)
        truths = {column: _truth(row[column]) for column in self.single}
        unknown = {column: UNKNOWN for column, truth in truths.items() if truth is None and column not in found}
        looked = self.joined and not _is_missing(row["labels"])
        labelled = looked or any(truth is not None for truth in truths.values())
        return (found | unknown, labelled) if labelled else ({}, False)

    def positives(self, row: Mapping[str, str]) -> list[str]:
        """Return the labels that a row has."""
        joined = row["labels"] if self.joined and not _is_missing(row["labels"]) else ""
        labels = [label.strip() for label in re.split(r"[;|]", joined)]
        labels += [column for column in self.single if _truth(row[column])]
        return list(dict.fromkeys(label for label in labels if not is_absent(label)))


def _is_missing(text: str) -> bool:
    """An empty cell means that there is no label; the marks of a missing value mean that nobody looked."""
    return bool(text.strip()) and is_absent(text)


def _truth(text: str) -> bool | None:
    value = text.strip().lower()
    return True if value in _PRESENT else False if value in _NOT_PRESENT else None


def fold(text: str) -> int | None:
    """Return a fold, 1 to 10; None for an empty cell.

    Raises:
        RecordError: It is no fold.
    """
    if is_absent(text):
        return None
    if not re.fullmatch(r"([1-9]|10)(\.0*)?", text.strip()):
        raise RecordError(f"unusable row: fold {text!r} is not one of 1 to 10")
    return int(float(text))


def age(text: str) -> float | None:
    """Return an age in years; None for an empty cell.

    Raises:
        RecordError: It is no age.
    """
    if is_absent(text):
        return None
    try:
        years = float(text.replace(",", "."))
    except ValueError:
        years = -1.0
    if not 0 <= years <= _OLDEST:
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
