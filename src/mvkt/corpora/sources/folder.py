"""A folder of recordings in any format that is read, with or without a CSV table of their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.collection_files import read_recording
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import OWN_LABELS, UNKNOWN, Task
from mvkt.corpora.recording_names import RecordingNames
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.corpora.table_cells import (
    age,
    begin_at_zero,
    fold,
    is_absent,
    is_truth,
    same_patient,
    sex_codes,
    sex_of_truth,
    warnings_on_folds,
    without_decimals,
)
from mvkt.corpora.table_columns import LabelColumns, is_added, sex_of_truths
from mvkt.corpora.table_file import read_table
from mvkt.corpora.table_headings import AGE, facts_of, female_in, unit_of
from mvkt.ecg.record import Record
from mvkt.errors import CorpusError, RecordError

_TABLE = "labels.csv"
_NO_LABELS = (
    "the table has no column 'labels', nor a column for each label: what it states of patients is taken, and its "
    "recordings are without labels"
)
_NO_PATIENTS = (
    "the table has no column 'patient': every recording counts as a patient of its own, and recordings of one patient "
    "may be on both sides of a split"
)


@dataclass(frozen=True)
class Folder(Source):
    """Your own recordings: a folder, and a table that names them.

    The table is CSV with commas, semicolons or tabs; columns are found in any letters, and by other usual names
    (``Patient ID``, ``filename``, ``gender``). The column ``record`` names a recording by its path, its header, its
    data file, or its name without an ending. Labels stand in the column ``labels``, separated by ``;`` or ``|`` or as
    a list (empty: none of them; ``nan``: nobody looked), also in several rows of a recording, or in a column for each
    label with 1 and 0, true and false, or yes and no (empty: nobody looked). Optional columns are ``patient``,
    ``fold`` (1 to 8 training, 9 validation, 10 test), ``age`` and ``sex``; a table of these alone gives recordings
    without labels. Without a table all recordings of the folder are taken, without labels.

    Attributes:
        root: The folder.
        labels: The table; by default ``labels.csv`` in the folder, where there is one.
        classes: The labels there are, each as ``CODE=plain words`` or just ``CODE``; a record with another
            one counts as bad. By default every label of the table is a class.
        unlabelled: Also take the recordings of the folder that the table does not name, without labels.
        female: The code of women in the column ``sex``, where it is a number; other numbers are men.
    """

    root: Path
    labels: Path | None = field(
        default=None, metadata={"help": "Table of labels; by default labels.csv in the folder, where there is one."}
    )
    classes: tuple[str, ...] = field(
        default=(),
        metadata={
            "option": "--class",
            "help": "Class to learn, as CODE or CODE='plain words'; repeatable. By default every label of the table.",
        },
    )
    unlabelled: bool = field(
        default=False, metadata={"help": "Take recordings that the table does not name as well, without labels."}
    )
    female: str = field(default="", metadata={"help": "Code of women in the column sex, where it holds numbers."})

    name: ClassVar[str] = "folder"
    licence: ClassVar[str] = "as set by the owner of the recordings"
    citation: ClassVar[str] = "none"

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        patients = () if self._has("patient") else (_NO_PATIENTS,)
        labels = (_NO_LABELS,) if self._rows and not self._label_columns else ()
        folds = warnings_on_folds([row.get("fold", "") for row in self._rows])
        several = (*self._label_columns.warnings, *self._joined_rows, *self._letters)
        return (*self._renamed, *patients, *self._spellings, *labels, *several, *self._sexes[1], *folds)

    @property
    def _renamed(self) -> tuple[str, ...]:
        names = self._columns.items()
        return tuple(f"the column {column!r} is taken for {fact!r}" for column, fact in names if column != fact)

    @property
    def _spellings(self) -> tuple[str, ...]:
        names = {row["patient"].strip() for row in self._rows} if self._has("patient") else set()
        more = len(names) - len(set(map(same_patient, names)))
        how = "by the case of letters, by zeros or by .0 alone"
        note = f"{more} names of patients differ from others {how}: they count as one"
        return (note,) if more else ()

    @property
    def _letters(self) -> tuple[str, ...]:
        labels = sorted({label for row in self._rows for label in self._label_columns.positives(row)})
        alike = [[other for other in labels if other.casefold() == label.casefold()] for label in labels]
        first = next((same for same in alike if len(same) > 1), None)
        text = (
            f"the labels {' and '.join(first)} are classes of their own: write them alike if they mean the same"
            if first
            else ""
        )
        return (text,) if text else ()

    @property
    def _joined_rows(self) -> tuple[str, ...]:
        more = len(self._rows) - len({row["record"].strip() for row in self._rows})
        return (f"{more:,} rows are of recordings that have one already: their labels are joined",) * bool(more)

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """One task, :data:`OWN_LABELS`, in which every class stands for itself; none where no record has a label."""
        titles = dict(_class_and_title(text) for text in self.classes)
        if not titles:
            titles = {label: label for row in self._rows for label in self._label_columns.positives(row)}
        if not titles:
            if self._label_columns:
                raise CorpusError(
                    f"no record of {self._table.name} has a label; separate several by ';' or '|', or leave the table "
                    "out for a corpus without labels"
                )
            return {}
        statements = {code: (code,) for code in sorted(titles)}
        title = f"labels of {self._table.name}"
        return {OWN_LABELS: Task(name=OWN_LABELS, title=title, statements=statements, titles=titles)}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        if not self.root.is_dir():
            raise CorpusError(f"there is no folder {self.root}")
        columns = self._label_columns  # a table that cannot be understood is refused before its rows are
        entries, skipped = [], []
        for number, row in enumerate(self._rows, start=2):
            given = row["record"].strip() or f"row {number}"
            try:
                entries.append(self._entry(row, columns))
            except RecordError as error:
                skipped.append(skipped_because(given, error))
        entries = _joined(entries, columns)
        if self.unlabelled or not self._rows:
            named = {entry.path for entry in entries} | {record.record_id for record in skipped}
            entries += [Entry(path, path, labelled=False, path=path) for path in self._names.paths if path not in named]
        if not entries and not skipped:
            raise CorpusError(f"there is no recording in {self.root}, and no {_TABLE}")
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return read_recording(self.root, entry.path)

    @cached_property
    def _table(self) -> Path:
        """The table, or where it would be; capitals of its name do not matter."""
        if self.labels is not None:
            return self.labels
        names = sorted(path.name for path in self.root.iterdir()) if self.root.is_dir() else []
        return self.root / next((name for name in names if name.lower() in (_TABLE, "labels.tsv")), _TABLE)

    @cached_property
    def _stored_rows(self) -> list[dict[str, str]]:
        if self.labels is None and not self._table.is_file():
            return []
        rows = read_table(self._table, ())
        if not rows:
            raise CorpusError(
                f"{self._table.name} has no row below its header; leave it out for a corpus without labels"
            )
        return rows

    @cached_property
    def _columns(self) -> Mapping[str, str]:
        """Which column of the table is which of those with a meaning; a column of 0 and 1 is that of a label."""
        rows = self._stored_rows
        names = facts_of(tuple(rows[0])) if rows else {}
        found = {
            column: fact
            for column, fact in names.items()
            if column == fact or fact != "labels" or not all(is_truth(row[column]) for row in rows)
        }
        if rows and "record" not in found.values():
            named = [column for column in rows[0] if column not in found and self._names_recordings(column)]
            found |= dict.fromkeys(named, "record") if len(named) == 1 else {}
        return found

    def _names_recordings(self, column: str) -> bool:
        """Whether all cells of a column differ and are names of recordings in the folder."""
        cells = [row[column].strip() for row in self._stored_rows]
        return len(set(cells)) == len(cells) and all(map(self._names.has, cells))

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        rows = self._stored_rows
        if rows and "record" not in self._columns.values():
            raise CorpusError(
                f"{self._table.name} has no column 'record' with the names of the recordings; it has "
                f"{', '.join(map(repr, rows[0]))}"
            )
        others = [name for name in (rows[0] if rows else ()) if name not in self._columns]
        added = {name for name in others if is_added(name, [row[name] for row in rows])}
        truths = sex_of_truths(rows) if "sex" not in self._columns.values() else ""
        return [
            {
                **{self._columns.get(name, name): cell for name, cell in row.items() if name not in {*added, truths}},
                **({"sex": sex_of_truth(truths, row[truths])} if truths else {}),
            }
            for row in rows
        ]

    @cached_property
    def _patients(self) -> Mapping[str, str]:
        """The first spelling of each patient."""
        names = (row["patient"].strip() for row in reversed(self._rows)) if self._has("patient") else ()
        return {same_patient(name): name for name in names}

    @cached_property
    def _label_columns(self) -> LabelColumns:
        return LabelColumns.of(self._rows, self._table.name, [_class_and_title(text)[0] for text in self.classes])

    @cached_property
    def _names(self) -> RecordingNames:
        return RecordingNames.of(self.root, besides={self._table.resolve()})

    @cached_property
    def _sexes(self) -> tuple[Mapping[str, str], tuple[str, ...]]:
        stated = [female_in(column) for column, fact in self._columns.items() if fact == "sex"]
        return sex_codes([row.get("sex", "") for row in self._rows], self.female or "".join(stated))

    @cached_property
    def _from_zero(self) -> bool:
        return begin_at_zero(row.get("fold", "") for row in self._rows)

    @cached_property
    def _unit_of_age(self) -> str:
        return "".join(unit_of(column) for column, fact in self._columns.items() if fact == AGE)

    def _has(self, column: str) -> bool:
        return bool(self._rows) and column in self._rows[0]

    def _entry(self, row: Mapping[str, str], columns: LabelColumns) -> Entry:
        if is_absent(row["record"]):
            raise RecordError("unusable row: the column 'record' is empty")
        path = self._names.find(row["record"].strip())
        labels, labelled = columns.read(row)
        known = self.tasks[OWN_LABELS].statements if labels else {}
        labels = {label: value for label, value in labels.items() if value != UNKNOWN or label in known}  # of no record
        unknown = [label for label in labels if label not in known]
        if unknown:
            raise RecordError(f"unknown label: {', '.join(unknown)}")
        patient = row.get("patient", path).strip()
        if is_absent(patient):
            raise RecordError("unusable row: the column 'patient' is empty")
        patient = self._patients.get(same_patient(patient), patient)
        return Entry(
            record_id=path,
            patient_id=patient,
            fold=fold(row["fold"], patient, from_zero=self._from_zero) if self._has("fold") else None,
            age=age(row.get(AGE, ""), self._unit_of_age),
            sex=self._sexes[0].get(row.get("sex", "").strip().lower()),
            labels=labels,
            labelled=labelled,
            path=path,
        )


def _class_and_title(text: str) -> tuple[str, str]:
    code, _, title = text.partition("=")
    code = without_decimals(code.strip())
    return code, title.strip() or code


def _joined(entries: Sequence[Entry], columns: LabelColumns) -> list[Entry]:
    """Make one entry of those that state the same of a recording; their labels are joined where a row has but some.

    Entries that contradict each other stay, so that they are refused.
    """
    found: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        facts = (entry.record_id, entry.patient_id, entry.fold, entry.age, entry.sex)
        key = facts if not columns.single else (*facts, entry.labelled, *sorted(entry.labels.items()))
        before = found.get(key)
        labelled = entry.labelled or (before is not None and before.labelled)
        labels = {**(before.labels if before else {}), **entry.labels}
        found[key] = replace(entry, labels=labels, labelled=labelled)
    return list(found.values())
