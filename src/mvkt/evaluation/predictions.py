"""The logits of a model on labelled windows or records: everything that the figures are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import PredictionsError
from mvkt.evaluation.npz_arrays import load_arrays
from mvkt.files import atomic_write

_ARRAYS = ("record_id", "patient_id", "targets", "logits", "classes")


@dataclass(frozen=True, eq=False)
class Predictions:
    """Logits and labels of windows (or, after :meth:`by_record`, of records).

    Attributes:
        record_id: ``(n,)`` the record of each window.
        patient_id: ``(n,)`` the patient of each window; empty where nobody knows.
        targets: ``(n, classes)`` bool, the labels.
        logits: ``(n, classes)`` float32, before any calibration.
        classes: Codes of the classes, in the order of the columns.

    Raises:
        PredictionsError: The arrays do not fit together, or a logit is not finite.
    """

    record_id: NDArray[np.str_]
    patient_id: NDArray[np.str_]
    targets: NDArray[np.bool_]
    logits: NDArray[np.float32]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "record_id", np.asarray(self.record_id, dtype=np.str_))
        object.__setattr__(self, "patient_id", np.asarray(self.patient_id, dtype=np.str_))
        object.__setattr__(self, "targets", np.asarray(self.targets, dtype=np.bool_))
        object.__setattr__(self, "logits", np.asarray(self.logits, dtype=np.float32))
        object.__setattr__(self, "classes", tuple(map(str, self.classes)))
        self._check_shapes()
        if not np.isfinite(self.logits).all():
            row = int(np.flatnonzero(~np.isfinite(self.logits).all(axis=1))[0])
            raise PredictionsError(
                f"the logits of record {str(self.record_id[row])!r} are not finite; "
                "the model that made them diverged or was given NaN"
            )

    def _check_shapes(self) -> None:
        if self.record_id.ndim != 1 or not len(self.record_id) or not self.classes:
            raise PredictionsError(
                f"predictions need at least one window and one class; these have record ids of shape "
                f"{self.record_id.shape} and {len(self.classes)} classes"
            )
        if len(set(self.classes)) != len(self.classes):
            raise PredictionsError(f"class codes must differ; these do not: {', '.join(self.classes)}")
        windows, classes = len(self.record_id), len(self.classes)
        for name, shape, wanted in (
            ("patient_id", self.patient_id.shape, (windows,)),
            ("targets", self.targets.shape, (windows, classes)),
            ("logits", self.logits.shape, (windows, classes)),
        ):
            if shape != wanted:
                raise PredictionsError(
                    f"{name} has shape {shape}; {windows} windows and {classes} classes need {wanted}"
                )

    def __len__(self) -> int:
        return len(self.record_id)

    def patient_numbers(self) -> tuple[NDArray[np.int64], int]:
        """Number the patients.

        A window without a patient id belongs to a patient of its own record, so that unknown patients are not
        taken for one and the same.

        Returns:
            ``(n,)`` the number of the patient of each row, and how many patients there are.
        """
        unknown = self.patient_id == ""
        kind = np.where(unknown, "record ", "patient ")
        name = np.where(unknown, self.record_id, self.patient_id)
        patients, numbers = np.unique(np.char.add(kind, name), return_inverse=True)
        return numbers.astype(np.int64), len(patients)

    def by_record(self) -> Predictions:
        """Average the logits over the windows of each record; records keep the order of their first window.

        Raises:
            PredictionsError: Windows of one record have different labels or patients.
        """
        _, first, numbers = np.unique(self.record_id, return_index=True, return_inverse=True)
        if len(first) == len(self):
            return self
        place = np.empty(len(first), dtype=np.int64)
        place[np.argsort(first)] = np.arange(len(first))
        rows, first = place[numbers], self.first_windows()
        differ = (self.targets != self.targets[first[rows]]).any(axis=1)
        differ |= self.patient_id != self.patient_id[first[rows]]
        if differ.any():
            record = str(self.record_id[np.argmax(differ)])
            raise PredictionsError(
                f"windows of record {record!r} have different labels or patients; record ids must be unique in a corpus"
            )
        sums = np.zeros((len(first), len(self.classes)), dtype=np.float64)
        np.add.at(sums, rows, self.logits)
        means = sums / np.bincount(rows)[:, np.newaxis]
        return Predictions(
            record_id=self.record_id[first],
            patient_id=self.patient_id[first],
            targets=self.targets[first],
            logits=means.astype(np.float32),
            classes=self.classes,
        )

    def first_windows(self) -> NDArray[np.int64]:
        """Return the row of the first window of each record, in the order of :meth:`by_record`."""
        return np.sort(np.unique(self.record_id, return_index=True)[1]).astype(np.int64)

    def at(self, rows: NDArray[np.int64]) -> Predictions:
        """Return some of the rows."""
        return Predictions(
            self.record_id[rows], self.patient_id[rows], self.targets[rows], self.logits[rows], self.classes
        )

    def save(self, path: Path) -> None:
        """Write to an ``.npz`` file, whole or not at all."""
        with atomic_write(path) as handle:
            np.savez_compressed(
                handle,
                record_id=self.record_id,
                patient_id=self.patient_id,
                targets=self.targets,
                logits=self.logits,
                classes=np.asarray(self.classes, dtype=np.str_),
            )

    @classmethod
    def load(cls, path: Path) -> Predictions:
        """Read what :meth:`save` wrote.

        Raises:
            ResultError: The file is missing, damaged, or holds something else.
        """
        arrays = load_arrays(path, _ARRAYS)
        if arrays["targets"].dtype != np.bool_ or arrays["logits"].dtype != np.float32:
            raise PredictionsError(
                f"{path} does not hold predictions: targets are {arrays['targets'].dtype} (bool expected), "
                f"logits {arrays['logits'].dtype} (float32 expected)"
            )
        try:
            return cls(
                record_id=arrays["record_id"],
                patient_id=arrays["patient_id"],
                targets=arrays["targets"],
                logits=arrays["logits"],
                classes=tuple(arrays["classes"].tolist()),
            )
        except PredictionsError as error:
            raise PredictionsError(f"{path}: {error}") from error
