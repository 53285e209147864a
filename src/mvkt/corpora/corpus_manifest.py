"""``manifest.json``: what a prepared corpus is, where it came from and what was left out of it."""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from mvkt.corpora.label_sets import Task
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import CorpusError
from mvkt.evaluation.result import CorpusSummary
from mvkt.stored import Part, Storage, StoredFile

FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"
SIGNALS_FILE = "signals.npy"
INDEX_FILE = "index.parquet"
_MOST_SHARDS = 100_000


def shard_file(number: int) -> str:
    """Return the file name of a shard, by its number from 0."""
    return f"signals-{number:05d}.npy"


class Split(Part):
    """Which folds are for what.

    Raises:
        ValueError: A fold is in two parts.
    """

    training: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]

    @model_validator(mode="after")
    def _parts_are_disjoint(self) -> Split:
        folds = self.training + self.validation + self.test
        if len(set(folds)) != len(folds):
            raise ValueError(f"a fold is in one part only; here are {folds}")
        return self


TEN_FOLDS = Split(training=tuple(range(1, 9)), validation=(9,), test=(10,))
"""The split of PTB-XL, which every source with ten folds follows."""


class SkippedRecord(Part):
    """A record of the source that is not in the corpus.

    Attributes:
        record_id: Its name in the source (for a row without a usable one: which row).
        reason: One of a few, to be counted (:data:`mvkt.corpora.source.REASONS`).
        detail: What exactly was found.
    """

    record_id: str
    reason: str
    detail: str = ""


class Manifest(StoredFile):
    """The manifest of a prepared corpus.

    Attributes:
        format_version: Of this folder's layout.
        source: Name of the source it was prepared from.
        part: Of the collection, such as ``site=1``; empty is the whole.
        signal: How the recordings were conditioned and are to be standardised.
        leads: Leads of the signals, in order.
        millivolts_per_unit: What a unit of the signals is.
        rows: Windows.
        shard_rows: Rows of each shard ``signals-00000.npy`` … but the last; 0 where ``signals.npy`` has all rows.
        records: Recordings.
        patients: Different patients.
        folds: Fold to number of records.
        recommended_split: Which folds are for what.
        tasks: Label sets, by name.
        licence: Of the recordings.
        citation: Who is to be cited.
        warnings: What whoever uses the corpus must know.
        skipped: Records that were left out (``--skip-bad``).
        checksums: File name to SHA-256.
        tool_version: Version of mvkt that wrote it.
        created: UTC, ISO 8601.
    """

    storage: ClassVar[Storage] = Storage(
        CorpusError, "this is no prepared corpus; make one with 'mvkt corpus prepare'", "prepare the corpus again"
    )

    format_version: int = FORMAT_VERSION
    source: str
    part: str = ""
    signal: SignalSpec
    leads: Annotated[tuple[str, ...], Field(min_length=1)]
    millivolts_per_unit: float
    rows: Annotated[int, Field(ge=1)]
    shard_rows: Annotated[int, Field(ge=0)] = 0
    records: int
    patients: int
    folds: dict[int, int]
    recommended_split: Split
    tasks: dict[str, Task]
    licence: str
    citation: str
    warnings: tuple[str, ...]
    skipped: tuple[SkippedRecord, ...]
    checksums: dict[str, str]
    tool_version: str
    created: str

    @model_validator(mode="after")
    def _shards_are_few(self) -> Manifest:
        if self.shard_rows and self.rows > self.shard_rows * _MOST_SHARDS:
            raise ValueError(f"{self.rows} rows in shards of {self.shard_rows} are more than {_MOST_SHARDS} files")
        return self

    @property
    def signal_files(self) -> tuple[str, ...]:
        """Names of the files with the signals, in order."""
        if not self.shard_rows:
            return (SIGNALS_FILE,)
        return tuple(shard_file(number) for number in range(-(-self.rows // self.shard_rows)))

    @property
    def signal_bytes(self) -> int:
        """Bytes of the signals, without the headers of their files."""
        return 2 * self.rows * len(self.leads) * self.signal.window_samples

    @property
    def signals_checksum(self) -> str:
        """SHA-256 of the signals: of their file, or of the checksums of their shards."""
        checksums = [self.checksums.get(name, "") for name in self.signal_files]
        return checksums[0] if not self.shard_rows else hashlib.sha256(" ".join(checksums).encode()).hexdigest()

    @property
    def summary(self) -> CorpusSummary:
        """What the results of networks that learn from the corpus keep of it."""
        return CorpusSummary(
            source=self.source,
            part=self.part,
            rows=self.rows,
            records=self.records,
            licence=self.licence,
            checksum=self.signals_checksum,
            citation=self.citation,
            warnings=self.warnings,
        )
