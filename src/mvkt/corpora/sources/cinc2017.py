"""PhysioNet Challenge 2017: strips of 9 to 61 s of a hand-held device, one lead at 300 Hz, with a label of the rhythm.

Source: Clifford et al., AF classification from a short single lead ECG recording: the PhysioNet/Computing in Cardiology
Challenge 2017, Computing in Cardiology 44 (2017).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.collection_files import absent, files_below, name_in_cell, read_recording, whole
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.corpora.table_file import table_rows
from mvkt.ecg.record import Record
from mvkt.ecg.statements.typical import CINC2017
from mvkt.errors import CorpusError, RecordError

REFERENCE_FILES = (
    *(f"REFERENCE-v{version}.csv" for version in (3, 2, 1)),
    "REFERENCE.csv",
    *(f"REFERENCE-{version}.csv" for version in ("v0", "original")),
)
"""The newest labels first."""

CLASSES: Mapping[str, tuple[str, str]] = {
    "N": ("NSR", "normal rhythm"),
    "A": ("AF", "atrial fibrillation"),
    "O": ("ORHY", "another rhythm"),
    "~": ("NOISE", "too noisy to be read"),
}
"""Label of the table to class and plain words."""


@dataclass(frozen=True)
class Cinc2017(Source):
    """PhysioNet Challenge 2017: the folder ``training2017``, or one that holds it.

    Attributes:
        root: With ``REFERENCE-v3.csv`` and the recordings.
    """

    root: Path

    name: ClassVar[str] = "cinc2017"
    licence: ClassVar[str] = "ODC-By 1.0"
    citation: ClassVar[str] = (
        "Clifford, Liu, Moody et al.: AF classification from a short single lead ECG recording: the "
        "PhysioNet/Computing in Cardiology Challenge 2017, Comput. Cardiol. 44, 2017, doi:10.22489/CinC.2017.065-469"
    )
    default_view: ClassVar[str] = "I"

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (
            "there are no patient identifiers: folds are made by record, and strips of one person may be on both "
            "sides of a split, so figures may be too good",
            "the labels are of the rhythm alone: a normal rhythm is no normal ECG, and nothing is known of the shape "
            "of the waves",
            "the device does not know how it is held: some strips are upside down as a whole",
        )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """The four labels of the challenge."""
        task = Task(
            name="rhythm-strip",
            title="rhythm of a strip, as in the PhysioNet Challenge 2017",
            statements={label: (code,) for label, (code, _) in CLASSES.items()},
            titles=dict(CLASSES.values()),
            normal=("NSR",),
            typical=dict(CINC2017),
        )
        return {task.name: task}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        files = {path.stem: path.relative_to(self.root).as_posix() for path in files_below(self.root, ".mat")}
        entries, skipped, listed = [], [], set()
        for record_id, label in self._labels(files):
            listed.add(record_id)
            try:
                entries.append(_entry(record_id, label, files))
            except RecordError as error:
                skipped.append(skipped_because(record_id, error))
        for record_id in sorted(files.keys() - listed):
            detail = "the table of labels does not list it"
            skipped.append(SkippedRecord(record_id=record_id, reason="not in the label table", detail=detail))
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`; the lead is that between the hands."""
        return whole(read_recording(self.root, entry.path)).relabel("I")

    def _labels(self, files: Collection[str]) -> list[tuple[str, str]]:
        """Return the name and the label of each recording; the published tables have no header row."""
        tables = next(filter(None, (files_below(self.root, name.lower()) for name in REFERENCE_FILES)), None)
        if tables is None:
            raise absent(self.root, f"{REFERENCE_FILES[0]} in {self.root} or a folder in it")
        labels = [label for table in tables for label in _labels_of(table, files)]
        return list(dict.fromkeys(labels))


def _labels_of(table: Path, files: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the last two cells of each row; a first row that is neither a recording nor a label names the columns."""
    rows = table_rows(table)
    if not rows:
        raise CorpusError(f"{table.name} has no row; expected a record and a label in each")
    for number, row in enumerate(rows, start=1):
        cells = ",".join(row).rstrip(", ").split(",")
        if len(cells) < 2:
            raise CorpusError(f"row {number} of {table.name} has {len(cells)} cells; expected a record and a label")
        record, label = name_in_cell(cells[-2]), cells[-1].strip().upper()
        if number > 1 or record in files or label in CLASSES:
            yield record, label


def _entry(record_id: str, label: str, files: Mapping[str, str]) -> Entry:
    if label not in CLASSES:
        raise RecordError(f"unknown label: {label[:40]!r}; expected {', '.join(CLASSES)}")
    if record_id not in files:
        raise RecordError(f"missing file: there is no {record_id[:40]}.mat")
    return Entry(record_id=record_id, patient_id=record_id, labels={label: 100.0}, path=files[record_id])
