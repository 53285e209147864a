"""From entries to conditioned windows, in worker processes where that pays.

Workers import neither pyarrow nor torch, get the source once, and answer in the order of the entries, so the
result does not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition, cut
from mvkt.errors import RecordError
from mvkt.processes import in_processes, processors
from mvkt.ray_cluster import Engine, on_ray

_CHUNKS_WORTH_A_WORKER = 4


@dataclass(frozen=True)
class Conditioned:
    """What of one recording goes into a corpus.

    Attributes:
        microvolts: ``(windows, leads, samples)`` int16.
        age: Years, if the recording knows.
        sex: If the recording knows.
    """

    microvolts: NDArray[np.int16]
    age: float | None
    sex: str | None


@dataclass(frozen=True)
class Conditioner:
    """Turns entries of a source into windows of a view."""

    source: Source
    signal: SignalSpec
    view: str

    def chunk(self, entries: Sequence[Entry]) -> list[Conditioned | SkippedRecord]:
        """Read and condition some entries; one answer for each, in order."""
        records = self.source.read_many(entries)
        return [self._one(entry, record) for entry, record in zip(entries, records, strict=True)]

    def _one(self, entry: Entry, record: Record | RecordError) -> Conditioned | SkippedRecord:
        try:
            if isinstance(record, RecordError):
                raise record
            microvolts, _ = cut(condition(record, self.signal, self.view), self.signal)
            if (microvolts == MISSING).all():
                raise RecordError("no recorded samples: every sample is marked as missing")
        except RecordError as error:
            return skipped_because(entry.record_id, error)
        return Conditioned(microvolts, record.age, record.sex)

    def all(
        self, entries: Sequence[Entry], workers: int | None = None, engine: Engine = "processes"
    ) -> Iterator[Conditioned | SkippedRecord]:
        """Return one answer for each entry, in order, holding no more than a few chunks at a time.

        Args:
            entries: What to read.
            workers: Processes; by default one for each processor, 1 reads in this process. Few entries are
                read in this process in any case, because a process takes longer to start.
            engine: ``processes``, or ``ray``: then ``workers`` are processors of the cluster, and every machine needs
                the recordings at the same path.

        Raises:
            WorkerError: A worker process died; with Ray, again and again.
            MissingExtraError: Ray is to be used and is not installed.
        """
        size = self.source.chunk
        chunks = [entries[start : start + size] for start in range(0, len(entries), size)]
        if engine == "ray":
            return chain.from_iterable(on_ray(self.chunk, chunks, workers or processors()))
        workers = min(processors() if workers is None else workers, len(chunks) // _CHUNKS_WORTH_A_WORKER)
        answered = map(self.chunk, chunks) if workers <= 1 else in_processes(self.chunk, chunks, workers)
        return chain.from_iterable(answered)
