"""What a labelled collection of recordings has to offer so that it can be prepared.

To add one: a module with a frozen dataclass that derives from :class:`Source` (its fields become the options
of ``mvkt corpus prepare NAME``), a line in :data:`mvkt.corpora.registry.SOURCES`, and a test module.
"""

from __future__ import annotations

import codecs
import csv
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import ClassVar, TextIO

from mvkt.corpora.corpus_manifest import TEN_FOLDS, SkippedRecord, Split
from mvkt.corpora.label_sets import UNKNOWN as UNKNOWN
from mvkt.corpora.label_sets import Task
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import CorpusError, LeadError, RecordError

_SEPARATORS = ",;\t"
_EXCEL = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
"""Excel's own first line."""

_HEAD_BYTES = 2**20

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


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV file with a header row.

    Raises:
        CorpusError: It is absent, no CSV, or lacks one of ``columns``, or has rows longer than its header.
    """
    return list(iterate_table(path, columns))


def iterate_table(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Read a CSV file with a header row, one row at a time: for tables of hundreds of thousands of rows.

    Spreadsheet programs write ``;`` or a tab between the cells in some countries, and UTF-16 or Windows-1252.

    Raises:
        CorpusError: As in :func:`read_table`; rows longer than the header when all others have been read.
    """
    longer = []
    with _opened(path) as (file, separator):
        reader = csv.DictReader(file, restval="", delimiter=separator)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise CorpusError(
                f"{path.name} has no column {', '.join(missing)}; it has {', '.join(reader.fieldnames or ())}"
            )
        for number, row in enumerate(reader, start=2):
            surplus: object = row.pop(None, None)
            if isinstance(surplus, list) and any(cell.strip() for cell in surplus):
                longer.append(number)
            elif any(cell.strip() for cell in row.values()):
                yield row
    if longer:
        raise CorpusError(
            f"{path.name} has {len(longer)} rows with more cells than its header (the first is row {longer[0]}); "
            "put cells that hold a comma in quotes"
        )


def table_rows(path: Path) -> list[list[str]]:
    """Read the cells of a CSV file, the header among them, without blank rows; separators as :func:`iterate_table`.

    Raises:
        CorpusError: It is absent, or no CSV.
    """
    with _opened(path) as (file, separator):
        return [row for row in csv.reader(file, delimiter=separator) if any(cell.strip() for cell in row)]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TextIO, str]]:
    """Open a CSV file with what separates its cells; what goes wrong with it is a :class:`CorpusError`."""
    try:
        with path.open(newline="", encoding=_encoding(path)) as file:
            header = file.readline()
            excel = _EXCEL.fullmatch(header.strip())
            if excel is None:
                file.seek(0)
            yield file, excel[1] if excel else max(_SEPARATORS, key=header.count)
    except FileNotFoundError:
        raise CorpusError(
            f"there is no {path.name} in {path.parent}; expected a folder that holds one, and the recordings"
        ) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name} is no CSV file ({error}); save it as CSV in UTF-8") from error


def _encoding(path: Path) -> str:
    """Return the encoding of a table: by its mark, else UTF-8, else what Windows writes in western Europe."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise CorpusError(f"{path.name} is a file of a spreadsheet program, not CSV; save its table as CSV")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def safe_path(path: str) -> str:
    """Return a path of a table as one relative to the source's root, with ``/``.

    Raises:
        RecordError: It leaves the root.
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    if not path or pure.is_absolute() or ".." in pure.parts or re.search(r"^[A-Za-z]:|\0", path):
        raise RecordError(f"unsafe path: {path[:200]!r} is no file inside the collection's folder")
    return str(pure)
