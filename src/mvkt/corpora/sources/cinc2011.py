"""PhysioNet Challenge 2011: twelve-lead recordings of 10 s from the field, without a diagnosis.

Source: Silva, Moody, Celi: Improving the quality of ECGs collected using mobile phones: the PhysioNet/Computing in
Cardiology Challenge 2011, Computing in Cardiology 38 (2011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.collection_files import absent, files_below, name_in_cell, read_recording, whole
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source
from mvkt.corpora.table_file import published_rows
from mvkt.ecg.record import Record

QUALITY_FILE = "quality.csv"

CLASSES: Mapping[str, tuple[str, str]] = {
    "acceptable": ("ACCEPTABLE", "acceptable quality"),
    "unacceptable": ("UNACCEPTABLE", "unacceptable quality"),
}
"""Verdict of people on the whole recording to class and plain words; those who are undecided count for nothing."""

_UNDECIDED = "undecided"


@dataclass(frozen=True)
class Cinc2011(Source):
    """PhysioNet Challenge 2011: WFDB records of twelve leads, an archive without labels.

    A table ``quality.csv`` with the columns ``record`` and ``quality``, or the published lists ``RECORDS-acceptable``
    and ``RECORDS-unacceptable``, give the task ``quality``; without them nothing is labelled.

    Attributes:
        root: With the records, and perhaps the table or the lists.
    """

    root: Path

    name: ClassVar[str] = "cinc2011"
    licence: ClassVar[str] = "ODC-By 1.0"
    citation: ClassVar[str] = (
        "Silva, Moody, Celi: Improving the quality of ECGs collected using mobile phones: the PhysioNet/Computing in "
        "Cardiology Challenge 2011, Comput. Cardiol. 38:273-276, 2011"
    )

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (
            "there are no patient identifiers: folds are made by record",
            "nothing is known of what the recordings show; a quality is that of the whole recording, not of a lead",
        )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """The quality of a recording."""
        task = Task(
            name="quality",
            title="whether people found a recording acceptable, as in the PhysioNet Challenge 2011",
            statements={verdict: (code,) for verdict, (code, _) in CLASSES.items()},
            titles=dict(CLASSES.values()),
        )
        return {task.name: task}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        headers = files_below(self.root, ".hea")
        if not headers:
            raise absent(self.root, f".hea file in {self.root}; expected the WFDB records of the challenge")
        quality = self._quality()
        known = {name: {verdict: 100.0} for name, verdict in quality if verdict in CLASSES}
        faults = _faults(quality, {path.stem for path in headers})
        faulty = {record.record_id for record in faults}
        entries = [
            Entry(path.stem, path.stem, labels=known.get(path.stem, {}), path=path.relative_to(self.root).as_posix())
            for path in headers
            if path.stem not in faulty
        ]
        return entries, faults

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return whole(read_recording(self.root, entry.path))

    def _quality(self) -> list[tuple[str, str]]:
        """Return the name and the verdict of each recording: of the table, else of the challenge's own lists."""
        path = self.root / QUALITY_FILE
        if path.is_file():
            rows = published_rows(path, ("record", "quality"))
            listed = [(name_in_cell(row["record"]), row["quality"].lower()) for row in rows if row["quality"]]
        else:
            lists = [(each, verdict) for verdict in CLASSES for each in files_below(self.root, f"records-{verdict}")]
            listed = [
                (name_in_cell(line), verdict)
                for each, verdict in lists
                for line in each.read_text(encoding="utf-8", errors="replace").split()
            ]
        return list(dict.fromkeys(listed))


def _faults(quality: Sequence[tuple[str, str]], there: Collection[str]) -> list[SkippedRecord]:
    """Return what is wrong with the verdicts: no recording of the name, no verdict of the challenge, or two."""
    faults = []
    twice = {name for name, count in Counter(name for name, _ in quality).items() if count > 1}
    for name, verdict in quality:
        if name not in there:
            reason, detail = "missing file", "there is no header of this name"
        elif name in twice:
            reason, detail = "duplicate id", "it has two qualities"
        elif verdict not in (*CLASSES, _UNDECIDED):
            reason, detail = "unknown label", f"{verdict[:40]!r}; expected {', '.join(CLASSES)} or {_UNDECIDED}"
        else:
            continue
        faults.append(SkippedRecord(record_id=name, reason=reason, detail=detail))
    return faults
