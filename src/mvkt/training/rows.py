"""What training may see of a corpus: the rows of some folds, labelled or not, and nothing else."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import Targets
from mvkt.ecg.leads import view_leads
from mvkt.ecg.person import person_features
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING, SignalSpec
from mvkt.errors import RecipeError, TrainingError
from mvkt.evaluation.predictions import Predictions

_STATISTICS_CHUNK = 64
_COLUMNS = ("_part", "_row", "targets", "known", "record_id", "patient_id", "age", "sex")


class FoldRows:
    """The rows of some folds of a corpus, or of several corpora, with labels where they are known.

    Training has such rows for its training folds and for its validation folds; neither leads to another row of a
    corpus.

    Args:
        corpus: Where the rows are.
        folds: Which folds.
        targets: Labels of the task for the whole corpus.
        complete: Take only rows whose classes are all known: what is measured needs them.

    Attributes:
        targets: ``(rows, classes)``.
        known: ``(rows, classes)`` whether the label is known; ``targets`` is False where it is not.
        classes: Of the columns.
        record_id, patient_id, age, sex: ``(rows,)``.

    Raises:
        TrainingError: The folds hold no labelled record.
    """

    targets: NDArray[np.bool_]
    known: NDArray[np.bool_]
    record_id: NDArray[np.str_]
    patient_id: NDArray[np.str_]

    def __init__(self, corpus: Corpus, folds: Collection[int], targets: Targets, *, complete: bool = False) -> None:
        rows = corpus.rows(folds)
        usable = np.asarray(targets.known.all(axis=1)) if complete else targets.labelled
        self._take(corpus, rows[usable[rows]], targets)
        if not len(self):
            raise TrainingError(
                f"folds {sorted(folds)} hold no record with a label of this task; "
                f"the corpus has folds {sorted(corpus.manifest.folds)}"
            )

    @classmethod
    def unlabelled(cls, corpus: Corpus, rows: NDArray[np.int64], classes: tuple[str, ...]) -> FoldRows:
        """Return rows of a corpus without their labels.

        Args:
            corpus: Where the rows are.
            rows: Which.
            classes: Columns of ``targets``, in which nothing is known.
        """
        nothing = np.zeros((len(corpus), len(classes)), dtype=np.bool_)
        unknown = Targets(classes, {}, nothing, np.zeros(len(corpus), dtype=np.bool_), nothing)
        return cls.of_rows(corpus, rows, unknown)

    @classmethod
    def of_rows(cls, corpus: Corpus, rows: NDArray[np.int64], targets: Targets) -> FoldRows:
        """Return rows of a corpus, with those labels that are known.

        Args:
            corpus: Where the rows are.
            rows: Which.
            targets: Of the whole corpus.
        """
        made = cls.__new__(cls)
        made._take(corpus, rows, targets)
        return made

    def _take(self, corpus: Corpus, rows: NDArray[np.int64], targets: Targets) -> None:
        self._corpora: tuple[Corpus, ...] = (corpus,)
        self._part = np.zeros(len(rows), dtype=np.int64)
        self._row = rows
        self.targets, self.known = targets.matrix[rows], targets.known[rows]
        self.classes = targets.classes
        self.record_id, self.patient_id = corpus.record_id[rows], corpus.patient_id[rows]
        self.age, self.sex = corpus.age[rows], corpus.sex[rows]

    def joined(self, others: Sequence[FoldRows]) -> FoldRows:
        """Return these rows with others of the same classes after them."""
        everyone = [self, *others]
        made = copy.copy(self)
        made._corpora = tuple(corpus for rows in everyone for corpus in rows._corpora)
        starts = np.cumsum([0, *(len(rows._corpora) for rows in everyone)])
        for name in _COLUMNS:
            columns = [getattr(rows, name) for rows in everyone]
            if name == "_part":
                columns = [column + start for column, start in zip(columns, starts, strict=False)]
            setattr(made, name, np.concatenate(columns))
        return made

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of which rows of which corpora these are."""
        digest = hashlib.sha256(self._part.tobytes() + self._row.tobytes())
        for corpus in self._corpora:
            digest.update("".join(sorted(corpus.manifest.checksums.values())).encode())
        return digest.hexdigest()

    def subset(self, positions: NDArray[np.int64]) -> FoldRows:
        """Return some of these rows."""
        part = copy.copy(self)
        for name in _COLUMNS:
            setattr(part, name, getattr(self, name)[positions])
        return part

    def drawn(self, records: int | None, seed: int) -> FoldRows:
        """Return the rows of so many records, drawn by the seed; of all without a number.

        Raises:
            RecipeError: There are not so many.
        """
        if records is None:
            return self
        names = np.unique(self.record_id)
        if records > len(names):
            raise RecipeError(f"training_records: {records} of {len(names)} labelled records of the training folds")
        drawn = np.random.default_rng(seed).permutation(names)[:records]
        return self.subset(np.flatnonzero(np.isin(self.record_id, drawn)))

    def with_classes(self, classes: tuple[str, ...]) -> FoldRows:
        """Return these rows with other classes, in which nothing is known."""
        made = copy.copy(self)
        made.classes = classes
        made.targets = made.known = np.zeros((len(self), len(classes)), dtype=np.bool_)
        return made

    @property
    def persons(self) -> NDArray[np.float32]:
        """``(rows, features)`` age and sex as a network takes them."""
        return person_features(self.age, self.sex)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """``(rows,)`` whether any label of a row is known."""
        return np.asarray(self.known.any(axis=1))

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
        """The leads that all corpora of these rows have, in the order of the first."""
        first, *others = self._corpora
        return tuple(lead for lead in first.leads if all(lead in other.leads for other in others))

    @property
    def sampling_frequency(self) -> float:
        """Of their windows, in Hz."""
        return self._corpora[0].signal.sampling_frequency

    def __len__(self) -> int:
        return len(self._row)

    def select(self, positions: NDArray[np.int64], view: str) -> NDArray[np.int16]:
        """Return conditioned microvolts ``(positions, leads of the view, samples)``."""
        if len(self._corpora) == 1:
            return self._corpora[0].select(self._row[positions], view)
        part, row = self._part[positions], self._row[positions]
        shape = (len(positions), len(view_leads(view)), self._corpora[0].signal.window_samples)
        made = np.empty(shape, dtype=np.int16)
        for number in np.unique(part):
            mask = part == number
            made[mask] = self._corpora[number].select(row[mask], view)
        return made

    def values_of(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the values that these rows have in a table with a row for each row of their only corpus."""
        return np.asarray(table[self._row])

    def predictions(self, logits: NDArray[np.float32]) -> Predictions:
        """Return the logits ``(rows, classes)`` of a network together with labels and names of these rows."""
        return Predictions(self.record_id, self.patient_id, self.targets, logits, self.classes)

    def chunks(self, size: int) -> Iterator[NDArray[np.int64]]:
        """Yield all positions in order, ``size`` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)), dtype=np.int64)


@dataclass(frozen=True)
class HeldOutRows:
    """Rows that no network learns from.

    Attributes:
        validation: To choose by.
        read_test: Reads the rows to measure on.
    """

    validation: FoldRows
    read_test: Callable[[], FoldRows]

    @cached_property
    def test(self) -> FoldRows:
        """Rows to measure on; to be read when nothing is left to choose."""
        return self.read_test()


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
