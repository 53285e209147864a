"""From entries to conditioned windows, in worker processes where that pays.

Workers import neither pyarrow nor torch, get the source once, and answer in the order of the entries, so the
result does not depend on how many there are.
"""

from __future__ import annotations

import os
import signal as signals
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition, cut
from mvkt.errors import CorpusError, RecordError

_CHUNKS_WORTH_A_WORKER = 4
_CHUNKS_IN_FLIGHT_PER_WORKER = 3


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

    def all(self, entries: Sequence[Entry], workers: int | None = None) -> Iterator[Conditioned | SkippedRecord]:
        """Yield one answer for each entry, in order, holding no more than a few chunks at a time.

        Args:
            entries: What to read.
            workers: Processes; by default one for each processor, 1 reads in this process. Few entries are
                read in this process in any case, because a process takes longer to start.

        Raises:
            CorpusError: A worker process died.
        """
        size = self.source.chunk
        chunks = [entries[start : start + size] for start in range(0, len(entries), size)]
        workers = min(available_processors() if workers is None else workers, len(chunks) // _CHUNKS_WORTH_A_WORKER)
        if workers <= 1:
            for chunk in chunks:
                yield from self.chunk(chunk)
        else:
            yield from self._in_processes(chunks, workers)

    def _in_processes(self, chunks: Sequence[Sequence[Entry]], workers: int) -> Iterator[Conditioned | SkippedRecord]:
        pool = ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(self,)
        )
        waiting: deque[Future[list[Conditioned | SkippedRecord]]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_work, chunk))
                if len(waiting) >= workers * _CHUNKS_IN_FLIGHT_PER_WORKER:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise CorpusError(
                "a worker process died: too little memory for so many (use fewer workers), or a script that "
                "prepares a corpus outside of `if __name__ == '__main__':`"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def available_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_conditioner: Conditioner | None = None


def _start_worker(conditioner: Conditioner) -> None:
    """Remember what to do, leave Ctrl-C to the parent, and end with the parent even if it is killed."""
    global _conditioner
    _conditioner = conditioner
    signals.signal(signals.SIGINT, signals.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(entries: Sequence[Entry]) -> list[Conditioned | SkippedRecord]:
    if _conditioner is None:
        raise RuntimeError("a worker process was not started by _start_worker")
    return _conditioner.chunk(entries)
