"""CPSC2018 (ICBEB2018): twelve-lead recordings of 6 to 144 s at 500 Hz with up to three of nine labels.

Source: Liu et al., An open access database for evaluating the algorithms of electrocardiogram rhythm and
morphology abnormality detection, Journal of Medical Imaging and Health Informatics 8(7), 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.collection_files import absent, files_below, name_in_cell, read_recording, whole
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.corpora.table_file import published_rows
from mvkt.ecg.record import Record
from mvkt.ecg.statements.typical import CPSC2018
from mvkt.errors import RecordError

REFERENCE_FILE = "REFERENCE.csv"

CLASSES: Mapping[str, tuple[str, str]] = {
    "1": ("NORM", "normal ECG"),
    "2": ("AF", "atrial fibrillation"),
    "3": ("IAVB", "first-degree AV block"),
    "4": ("LBBB", "left bundle branch block"),
    "5": ("RBBB", "right bundle branch block"),
    "6": ("PAC", "premature atrial contraction"),
    "7": ("PVC", "premature ventricular contraction"),
    "8": ("STD", "ST-segment depression"),
    "9": ("STE", "ST-segment elevation"),
}
"""Number in the reference table to class and plain words."""

_COLUMNS = ("Recording", "First_label", "Second_label", "Third_label")


@dataclass(frozen=True)
class Cpsc2018(Source):
    """CPSC2018: the native ``.mat`` files, in one folder or in ``TrainingSet1`` to ``3``.

    Attributes:
        root: With ``REFERENCE.csv`` and the recordings.
    """

    root: Path

    name: ClassVar[str] = "cpsc2018"
    licence: ClassVar[str] = "open data of the China Physiological Signal Challenge 2018"
    citation: ClassVar[str] = (
        "Liu, Liu, Zhao et al.: An open access database for evaluating the algorithms of electrocardiogram "
        "rhythm and morphology abnormality detection, J. Med. Imaging Health Inform. 8(7):1368-1373, 2018"
    )

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (
            "there are no patient identifiers: folds are made by record, and recordings of one patient "
            "may be on both sides of a split",
            "the same recordings are part of the PhysioNet challenges 2020 and 2021: never train on one and "
            "test on the other",
        )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """The nine classes of the challenge."""
        titles = dict(CLASSES.values())
        statements = {code: (code,) for code in titles}
        title = "the nine classes of CPSC2018"
        task = Task(
            name="cpsc2018",
            title=title,
            statements=statements,
            titles=titles,
            normal=("NORM",),
            typical=dict(CPSC2018),
        )
        return {task.name: task}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        files = {path.stem: path.relative_to(self.root).as_posix() for path in files_below(self.root, ".mat")}
        entries, skipped, listed = [], [], set()
        for number, row in enumerate(self._rows(), start=2):
            record_id = name_in_cell(row["Recording"]) or f"row {number}"
            listed.add(record_id)
            try:
                entries.append(self._entry(record_id, row, files))
            except RecordError as error:
                skipped.append(skipped_because(record_id, error))
        for record_id in sorted(files.keys() - listed):
            reason, detail = "not in the label table", f"{REFERENCE_FILE} does not list it"
            skipped.append(SkippedRecord(record_id=record_id, reason=reason, detail=detail))
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return whole(read_recording(self.root, entry.path))

    def _rows(self) -> list[dict[str, str]]:
        """Return the rows of all tables below the folder; equal ones, of copies of a table, once."""
        tables = files_below(self.root, REFERENCE_FILE.lower())
        if not tables:
            raise absent(self.root, f"{REFERENCE_FILE} in {self.root} or a folder in it")
        rows = [row for table in tables for row in published_rows(table, _COLUMNS[:2], _COLUMNS[2:])]
        return list({tuple(row[column] for column in _COLUMNS): row for row in rows}.values())

    def _entry(self, record_id: str, row: Mapping[str, str], files: Mapping[str, str]) -> Entry:
        numbers = [row[column] for column in _COLUMNS[1:] if row[column]]
        unknown = [number for number in numbers if number not in CLASSES]
        if unknown or not numbers:
            raise RecordError(f"unknown label: {', '.join(unknown) or 'none at all'}; expected 1 to 9")
        if record_id not in files:
            raise RecordError(f"missing file: there is no {record_id}.mat")
        labels = {CLASSES[number][0]: 100.0 for number in numbers}
        return Entry(record_id=record_id, patient_id=record_id, labels=labels, path=files[record_id])
