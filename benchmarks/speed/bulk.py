"""Many recordings in memory to probabilities: the work of a diagnosis in batches, without its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.verdicts import calibrated
from mvkt.ecg.quality.quality import assess
from mvkt.ecg.record import Record
from mvkt.ecg.signal import condition, cut, standardise

AT_ONCE = 64
NETWORK_BATCH = 8
"""Windows whose features still fit into a core's cache."""


def probabilities(bundle: Bundle, records: Sequence[Record]) -> NDArray[np.float64]:
    """``(records, classes)``: the mean over the windows that are good enough, NaN where none is.

    Equals the probabilities of the findings of :meth:`mvkt.diagnosis.diagnoser.Diagnoser.diagnose` for recordings of
    up to a minute that are the right way up.
    """
    spec, view = bundle.manifest.signal, bundle.manifest.view
    cuts = [cut(condition(record, spec, view), spec)[0] for record in records]
    windows, owner = np.concatenate(cuts), np.repeat(np.arange(len(cuts)), list(map(len, cuts)))
    judged = np.array([quality.judgeable for quality in assess(windows, spec)])
    signal, owner = standardise(windows[judged], spec), owner[judged]
    logits = np.zeros((len(records), len(bundle.manifest.classes)))
    for start in range(0, len(signal), NETWORK_BATCH):
        batch = slice(start, start + NETWORK_BATCH)
        np.add.at(logits, owner[batch], bundle.logits(signal[batch]))
    counts = np.bincount(owner, minlength=len(records))[:, np.newaxis]
    ages = [np.nan if record.age is None else record.age for record in records]
    shift = bundle.manifest.person_shift(ages, [record.sex or "" for record in records])
    with np.errstate(invalid="ignore"):
        return calibrated(logits / counts + shift, bundle.manifest)


class Pool:
    """Processes that diagnose, each with the student open."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def probabilities(self, records: Sequence[Record]) -> NDArray[np.float64]:
        """As :func:`probabilities`."""
        chunks = [records[start : start + AT_ONCE] for start in range(0, len(records), AT_ONCE)]
        return np.concatenate(list(self._pool.map(_work, chunks)))


@contextmanager
def processes(student: str, workers: int) -> Iterator[Pool]:
    """Start processes; they are ready when this returns."""
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (student,)) as pool:
        list(pool.map(_ready, range(4 * workers)))
        yield Pool(pool)


_bundle: Bundle | None = None


def _start(student: str) -> None:
    global _bundle
    from mvkt.bundle.packaged import find

    _bundle = Bundle.open(find(student))


def _ready(number: int) -> int:
    return number


def _work(records: Sequence[Record]) -> NDArray[np.float64]:
    if _bundle is None:
        raise RuntimeError("a worker process was not started by _start")
    return probabilities(_bundle, records)
