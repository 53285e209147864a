"""PTB-XL: 21,799 twelve-lead recordings of 10 s, with SCP-ECG statements and official folds.

Source: Wagner et al., PTB-XL, a large publicly available electrocardiography dataset, Scientific Data 7:154
(2020); label sets as in Strodthoff et al., Deep learning for ECG analysis, IEEE JBHI 25 (2021), whose code
takes every statement of a record whatever its likelihood.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar, Literal

from mvkt.corpora import table_cells
from mvkt.corpora.collection_files import whole, without_ending
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, safe_path, skipped_because
from mvkt.corpora.table_columns import is_added
from mvkt.corpora.table_file import published_rows
from mvkt.corpora.table_part import TablePart
from mvkt.ecg.formats.readers.wfdb import read_wfdb
from mvkt.ecg.record import Record
from mvkt.ecg.statements.typical import PTBXL, PTBXL_SUBCLASSES, PTBXL_SUPERCLASSES
from mvkt.errors import CorpusError, RecordError

DATABASE_FILE = "ptbxl_database.csv"
STATEMENTS_FILE = "scp_statements.csv"

RECORDS = 21_799
"""Recordings of the whole collection, version 1.0.3."""

OLDEST_AGE = 90.0
"""The age of patients over 89, which PTB-XL hides by calling it 300."""

_COLUMNS = ("ecg_id", "patient_id", "age", "sex", "scp_codes", "strat_fold", "filename_lr", "filename_hr")
_LONGEST_STATEMENTS = 10_000
_HIDDEN_AGE = "300"

_NORMAL = ("NORM", "SR")

_SUPERCLASSES = {
    "NORM": "normal ECG",
    "MI": "myocardial infarction",
    "STTC": "ST/T change",
    "CD": "conduction disturbance",
    "HYP": "hypertrophy",
}
_SUBCLASSES = {
    "NORM": "normal ECG",
    "AMI": "anterior myocardial infarction",
    "IMI": "inferior myocardial infarction",
    "LMI": "lateral myocardial infarction",
    "PMI": "posterior myocardial infarction",
    "STTC": "other ST/T change",
    "NST_": "non-specific ST change",
    "ISC_": "non-specific ischemic change",
    "ISCA": "ischemic change in anterior leads",
    "ISCI": "ischemic change in inferior leads",
    "LAFB/LPFB": "left anterior or posterior fascicular block",
    "IRBBB": "incomplete right bundle branch block",
    "CRBBB": "complete right bundle branch block",
    "ILBBB": "incomplete left bundle branch block",
    "CLBBB": "complete left bundle branch block",
    "_AVB": "AV block",
    "IVCD": "non-specific intraventricular conduction disturbance",
    "WPW": "Wolff-Parkinson-White syndrome",
    "LVH": "left ventricular hypertrophy",
    "RVH": "right ventricular hypertrophy",
    "SEHYP": "septal hypertrophy",
    "LAO/LAE": "left atrial overload or enlargement",
    "RAO/RAE": "right atrial overload or enlargement",
}


@dataclass(frozen=True)
class PtbXl(Source):
    """PTB-XL, whole or a part of it in the same layout.

    Attributes:
        root: With ``ptbxl_database.csv``, ``scp_statements.csv`` and the recordings.
        resolution: Read the recordings of 100 Hz (``records100``) or of 500 Hz (``records500``).
        where: Part of the collection, see :class:`mvkt.corpora.table_part.TablePart`; empty text is the whole.
    """

    root: Path
    resolution: Literal[100, 500] = field(
        default=100,
        metadata={"help": "Read the recordings of 100 Hz (records100) or of 500 Hz (records500)."},
    )
    where: str = field(
        default="",
        metadata={
            "help": "Part of the collection, as COLUMN=VALUE of ptbxl_database.csv (site=1); with != all patients who "
            "are not in that part."
        },
    )

    name: ClassVar[str] = "ptb-xl"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = (
        "Wagner, Strodthoff, Bousseljot, Samek, Schaeffter: PTB-XL, a large publicly available "
        "electrocardiography dataset (version 1.0.3), PhysioNet 2022, doi:10.13026/kfzx-aw45; "
        "Scientific Data 7:154, 2020"
    )

    @cached_property
    def part(self) -> str:
        """See :class:`Source`."""
        return str(TablePart.parse(self.where)) if self.where else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (f"patients over 89 are given the age {OLDEST_AGE:g}",)

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """The six label sets of the published benchmark, and ``findings``: superclasses and statements together."""
        return ptbxl_tasks(_statement_rows(self.root / STATEMENTS_FILE))

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        entries, skipped = [], []
        rows: Sequence[Mapping[str, str]] = list(published_rows(self.root / DATABASE_FILE, _COLUMNS))
        if self.where:
            rows = TablePart.parse(self.where).of(rows, "patient_id")
        for number, row in enumerate(rows, start=2):
            record_id = row["ecg_id"] or f"row {number}"
            try:
                entries.append(self._entry(record_id, row))
            except RecordError as error:
                skipped.append(skipped_because(record_id, error))
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return whole(read_wfdb(self.root / entry.path))

    def _entry(self, record_id: str, row: Mapping[str, str]) -> Entry:
        try:
            fold, patient = int(row["strat_fold"]), int(float(row["patient_id"]))
        except (ValueError, OverflowError) as error:
            raise RecordError(f"unusable row: {error}") from None
        if not 1 <= fold <= 10:
            raise RecordError(f"unusable row: fold {fold} is not one of 1 to 10")
        return Entry(
            record_id=record_id,
            patient_id=str(patient),
            fold=fold,
            age=OLDEST_AGE if row["age"] == _HIDDEN_AGE else table_cells.age(row["age"]),
            sex=table_cells.sex_in_cell(row["sex"], true="female"),
            labels=self._labels(row["scp_codes"]),
            path=without_ending(safe_path(row["filename_lr" if self.resolution == 100 else "filename_hr"])) + ".hea",
        )

    def _labels(self, text: str) -> dict[str, float]:
        labels = parse_statements(text)
        unknown = [code for code in labels if code not in self.tasks["all"].statements]
        if unknown:
            raise RecordError(f"unknown label: {', '.join(unknown)} is not in {STATEMENTS_FILE}")
        return labels


_STATEMENT_COLUMNS = (
    "description",
    "diagnostic",
    "form",
    "rhythm",
    "diagnostic_class",
    "diagnostic_subclass",
)


def _statement_rows(path: Path) -> dict[str, Mapping[str, str]]:
    """Return the rows of the table of statements by code.

    The column of codes has no name in the published table, and another once it was saved again: it is the first of the
    others whose cells all differ.
    """
    rows = list(published_rows(path, _STATEMENT_COLUMNS))
    others = [column for column in (rows[0] if rows else ()) if column not in _STATEMENT_COLUMNS]
    for column in others:
        codes = [row[column].strip() for row in rows]
        if all(codes) and len({*codes}) == len(codes) and not is_added(column, codes):
            return dict(zip(codes, rows, strict=True))
    raise CorpusError(f"{path.name} has no column with the code of each statement")


def ptbxl_tasks(rows: Mapping[str, Mapping[str, str]]) -> dict[str, Task]:
    """Return the six label sets, from the rows of ``scp_statements.csv`` by statement.

    Raises:
        CorpusError: A class of the table is none of PTB-XL.
    """

    def marked(column: str) -> dict[str, Mapping[str, str]]:
        return {code: row for code, row in rows.items() if table_cells.truth(row[column])}

    def task(
        name: str,
        title: str,
        statements: Mapping[str, tuple[str, ...]],
        titles: Mapping[str, str],
        typical: Mapping[str, str],
    ) -> Task:
        return Task(
            name=name,
            title=title,
            statements=dict(statements),
            titles=dict(titles),
            normal=tuple(code for code in _NORMAL if code in titles),
            typical={code: typical[code] for code in titles if code in typical},
        )

    def themselves(name: str, title: str, chosen: Mapping[str, Mapping[str, str]]) -> Task:
        titles = {code: row["description"].strip() for code, row in chosen.items()}
        return task(name, title, {code: (code,) for code in chosen}, titles, PTBXL)

    def grouped(name: str, title: str, column: str, titles: Mapping[str, str], typical: Mapping[str, str]) -> Task:
        classes = {code: row[column] for code, row in marked("diagnostic").items() if row[column]}
        unknown = sorted(set(classes.values()) - set(titles))
        if unknown:
            raise CorpusError(f"{STATEMENTS_FILE} has {column} {', '.join(unknown)}, which PTB-XL 1.0.3 does not have")
        return task(name, title, {code: (group,) for code, group in classes.items()}, titles, typical)

    everything = themselves("all", "all SCP-ECG statements", rows)
    superclasses = grouped(
        "superdiagnostic", "diagnostic superclasses", "diagnostic_class", _SUPERCLASSES, PTBXL_SUPERCLASSES
    )
    tasks = (
        everything,
        themselves("diagnostic", "diagnostic statements", marked("diagnostic")),
        grouped("subdiagnostic", "diagnostic subclasses", "diagnostic_subclass", _SUBCLASSES, PTBXL_SUBCLASSES),
        superclasses,
        themselves("form", "form statements", marked("form")),
        themselves("rhythm", "rhythm statements", marked("rhythm")),
        task(
            "findings",
            "diagnostic superclasses and all SCP-ECG statements",
            {code: tuple(dict.fromkeys((*superclasses.statements.get(code, ()), code))) for code in rows},
            everything.titles | superclasses.titles,
            {**everything.typical, **superclasses.typical},
        ),
    )
    return {task.name: task for task in tasks}


def parse_statements(text: str) -> dict[str, float]:
    """Parse the column ``scp_codes``: a Python dictionary of statement to likelihood, 0 to 100.

    Raises:
        RecordError: It is none.
    """
    return dict(_parsed(text))


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> Mapping[str, float]:
    """Most of the parsing of a table would be of texts that were there before: half of the records are normal."""
    try:
        statements = ast.literal_eval(table_cells.plain_python(text)) if len(text) <= _LONGEST_STATEMENTS else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        statements = None
    if not isinstance(statements, dict) or not all(
        isinstance(code, str) and isinstance(likelihood, int | float) and 0 <= likelihood <= 100
        for code, likelihood in statements.items()
    ):
        raise RecordError(f"unusable row: scp_codes {text[:80]!r} is no dictionary of statement to 0 to 100")
    return {code: float(likelihood) for code, likelihood in statements.items()}
