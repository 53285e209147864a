"""What training may see of a corpus: the rows of some folds, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import Targets
from mvkt.ecg.person import person_features
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING, SignalSpec
from mvkt.errors import TrainingError
from mvkt.evaluation.predictions import Predictions

_STATISTICS_CHUNK = 64


class FoldRows:
    """The labelled rows of some folds of a corpus.

    Training is given one of these for its training folds and one for its validation folds; neither leads to another
    row of the corpus.

    Args:
        corpus: Where the rows are.
        folds: Which folds.
        targets: Labels of the task for the whole corpus.
        complete: Take only rows whose classes are all known: what is measured needs them.

    Raises:
        TrainingError: The folds hold no labelled record.
    """

    def __init__(self, corpus: Corpus, folds: Collection[int], targets: Targets, *, complete: bool = False) -> None:
        rows = corpus.rows(folds)
        usable = np.asarray(targets.known.all(axis=1)) if complete else targets.labelled
        self._rows = rows[usable[rows]]
        if not len(self._rows):
            raise TrainingError(
                f"folds {sorted(folds)} hold no record with a label of this task; "
                f"the corpus has folds {sorted(corpus.manifest.folds)}"
            )
        self._corpus = corpus
        self.targets: NDArray[np.bool_] = targets.matrix[self._rows]
        self.known: NDArray[np.bool_] = targets.known[self._rows]
        self.classes = targets.classes
        self.record_id = corpus.record_id[self._rows]
        self.patient_id = corpus.patient_id[self._rows]
        self.age = corpus.age[self._rows]
        self.sex = corpus.sex[self._rows]
        self.persons = person_features(self.age, self.sex)

    def subset(self, positions: NDArray[np.int64]) -> FoldRows:
        """Return some of these rows."""
        part = copy.copy(self)
        for name in ("_rows", "targets", "known", "record_id", "patient_id", "age", "sex", "persons"):
            setattr(part, name, getattr(self, name)[positions])
        return part

    def parts(self, number: int) -> NDArray[np.int64]:
        """Share the rows out into parts of about the same number of patients; no patient is in two.

        Returns:
            ``(rows,)`` the part of each row, 0 to ``number - 1``; the same for the same rows, always.
        """
        known = np.where(self.patient_id == "", self.record_id, self.patient_id)
        patients, patient = np.unique(known, return_inverse=True)
        shares = np.random.default_rng(len(patients)).permutation(len(patients)) % number
        return shares[patient].astype(np.int64)

    @property
    def leads(self) -> tuple[str, ...]:
        """All leads that the corpus has of these rows."""
        return self._corpus.leads

    def __len__(self) -> int:
        return len(self._rows)

    def select(self, positions: NDArray[np.int64], view: str) -> NDArray[np.int16]:
        """Return conditioned microvolts ``(positions, leads of the view, samples)``."""
        return self._corpus.select(self._rows[positions], view)

    def predictions(self, logits: NDArray[np.float32]) -> Predictions:
        """Return the logits ``(rows, classes)`` of a network together with labels and names of these rows."""
        return Predictions(self.record_id, self.patient_id, self.targets, logits, self.classes)

    def chunks(self, size: int) -> Iterator[NDArray[np.int64]]:
        """Yield all positions in order, ``size`` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)), dtype=np.int64)


def measured_spec(spec: SignalSpec, rows: FoldRows, view: str) -> SignalSpec:
    """Return the spec with the mean and standard deviation (mV) that the view has over these rows.

    The sums are exact, so the result does not depend on how the rows are read.
    """
    count, total, squares = 0, 0, 0
    for positions in rows.chunks(_STATISTICS_CHUNK):
        microvolts = rows.select(positions, view)
        recorded = microvolts[microvolts != MISSING].astype(np.int64)
        count += recorded.size
        total += int(recorded.sum())
        squares += int(np.square(recorded).sum())
    if count == 0:
        raise TrainingError(f"the training folds hold no recorded sample of view {view!r}")
    mean = total / count
    std = float(np.sqrt(max(squares / count - mean**2, 0.0)))
    if std == 0:
        raise TrainingError(f"view {view!r} is flat in all training records")
    return spec.model_copy(
        update={"standardise": "global", "mean": mean * MILLIVOLTS_PER_UNIT, "std": std * MILLIVOLTS_PER_UNIT}
    )
