"""What a labelled collection of recordings has to offer so that it can be prepared.

To add one: a module with a frozen dataclass that derives from :class:`Source` (its fields become the options
of ``mvkt corpus prepare NAME``), a line in :data:`mvkt.corpora.registry.SOURCES`, and a test module.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import ClassVar

from mvkt.corpora.corpus_manifest import TEN_FOLDS, SkippedRecord, Split
from mvkt.corpora.label_sets import UNKNOWN as UNKNOWN
from mvkt.corpora.label_sets import Task
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import LeadError, RecordError

REASONS = (
    "missing file",
    "truncated file",
    "damaged file",
    "unreadable header",
    "unsafe header",
    "header disagrees with its data",
    "unreadable recording",
    "missing lead",
    "no recorded samples",
    "unusable row",
    "unsafe path",
    "unknown label",
    "not in the label table",
    "duplicate id",
    "patient in two folds",
)
"""Why a record can be left out: an error whose message begins with one of them is counted under it."""


@dataclass(frozen=True)
class Entry:
    """A record as the tables of its source describe it.

    Attributes:
        record_id: Unique in the source.
        patient_id: The record's own id where the source does not state it.
        fold: None where the source has no folds; patient-disjoint stratified ones are made then.
        age: Years; None where only the recording knows.
        sex: ``"female"`` or ``"male"``; None where only the recording knows.
        labels: Statement to likelihood, 0 to 100; :data:`UNKNOWN` for a statement that nobody looked for.
        labelled: Whether every statement that is not among the labels was looked for and not found: the record is a
            negative of those. None where that is not known: then a record without labels of a task is not labelled
            for it.
        path: Relative to the source's root, with ``/``; empty where there is no file.
    """

    record_id: str
    patient_id: str
    fold: int | None = None
    age: float | None = None
    sex: str | None = None
    labels: Mapping[str, float] = field(default_factory=dict)
    labelled: bool | None = None
    path: str = ""


class Source(ABC):
    """A labelled collection of recordings. Instances go to worker processes: small and picklable."""

    name: ClassVar[str]
    licence: ClassVar[str]
    citation: ClassVar[str]
    split: ClassVar[Split] = TEN_FOLDS
    default_signal: ClassVar[SignalSpec] = SignalSpec()
    default_view: ClassVar[str] = "12-lead"
    chunk: ClassVar[int] = 64
    """How many records are read together: by one worker, in one call of :meth:`read_many`."""

    @property
    def part(self) -> str:
        """Which part of the collection it is (:class:`mvkt.corpora.table_part.TablePart`); empty text is the whole."""
        return ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever uses the corpus must know."""
        return ()

    @property
    @abstractmethod
    def tasks(self) -> Mapping[str, Task]:
        """Label sets by name."""

    @abstractmethod
    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """Return the records, and what is listed but cannot be used.

        Raises:
            CorpusError: The collection is not there, or its tables are not what they should be.
        """

    @abstractmethod
    def read(self, entry: Entry) -> Record:
        """Read one record.

        Raises:
            RecordError: It cannot be used.
        """

    def read_many(self, entries: Sequence[Entry]) -> Iterator[Record | RecordError]:
        """Yield a record or its error for each entry. Sources that make records in bulk do it here."""
        for entry in entries:
            try:
                yield self.read(entry)
            except RecordError as error:
                yield error
            except OSError as error:
                yield RecordError(f"unreadable recording: {error.strerror or type(error).__name__}")


def skipped_because(record_id: str, error: RecordError) -> SkippedRecord:
    """Sort the error of a record under one of :data:`REASONS`."""
    head, colon, detail = str(error).partition(": ")
    if colon and head in REASONS:
        return SkippedRecord(record_id=record_id, reason=head, detail=detail)
    reason = "missing lead" if isinstance(error, LeadError) else "unreadable recording"
    return SkippedRecord(record_id=record_id, reason=reason, detail=str(error))


def safe_path(path: str) -> str:
    """Return a path of a table as one relative to the source's root, with ``/``.

    Raises:
        RecordError: It leaves the root.
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    if not path or pure.is_absolute() or ".." in pure.parts or re.search(r"^[A-Za-z]:|\0", path):
        raise RecordError(f"unsafe path: {path[:200]!r} is no file inside the collection's folder")
    return str(pure)
