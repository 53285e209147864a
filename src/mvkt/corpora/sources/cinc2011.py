"""PhysioNet Challenge 2011: twelve-lead recordings of 10 s from the field, without a diagnosis.

Source: Silva, Moody, Celi: Improving the quality of ECGs collected using mobile phones: the PhysioNet/Computing in
Cardiology Challenge 2011, Computing in Cardiology 38 (2011).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, read_table
from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.errors import CorpusError

QUALITY_FILE = "quality.csv"

CLASSES: Mapping[str, tuple[str, str]] = {
    "acceptable": ("ACCEPTABLE", "acceptable quality"),
    "unacceptable": ("UNACCEPTABLE", "unacceptable quality"),
}
"""Verdict of people on the whole recording to class and plain words; those who are undecided count for nothing."""


@dataclass(frozen=True)
class Cinc2011(Source):
    """PhysioNet Challenge 2011: WFDB records of twelve leads, an archive without labels.

    A table ``quality.csv`` with the columns ``record`` and ``quality`` gives the task ``quality``; without it nothing
    is labelled.

    Attributes:
        root: With the records, and perhaps ``quality.csv``.
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
        headers = sorted(self.root.rglob("*.hea"))
        if not headers:
            raise CorpusError(f"there is no .hea file in {self.root}; expected the WFDB records of the challenge")
        quality = self._quality()
        entries = [
            Entry(
                record_id=path.stem,
                patient_id=path.stem,
                labels={quality[path.stem]: 100.0} if path.stem in quality else {},
                path=path.relative_to(self.root).as_posix(),
            )
            for path in headers
        ]
        absent = sorted(quality.keys() - {path.stem for path in headers})
        detail = f"{QUALITY_FILE} lists it; there is no header of this name"
        return entries, [SkippedRecord(record_id=name, reason="missing file", detail=detail) for name in absent]

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return read(self.root / entry.path)

    def _quality(self) -> dict[str, str]:
        path = self.root / QUALITY_FILE
        if not path.is_file():
            return {}
        rows = read_table(path, ("record", "quality"))
        return {row["record"].strip(): row["quality"].strip().lower() for row in rows if row["quality"].strip()}
