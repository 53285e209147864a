"""Folds for collections that have none: whole patients, with every label spread evenly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

_ANYTHING = ""
"""Stands for a record whatever its labels, so that folds have equal sizes too."""


def assign_folds(
    patients: Sequence[str], labels: Sequence[Collection[str]], folds: int = 10, seed: int = 0
) -> list[int]:
    """Return a fold, 1 to ``folds``, for each record.

    Iterative stratification over patients: labels from the rarest to the commonest, and of each label the
    patients with most records first, each into the fold that lacks most of it. The same input gives the same
    folds.

    Source: Sechidis, Tsoumakas, Vlahavas: On the stratification of multi-label data, ECML PKDD 2011.
    """
    counts: dict[str, Counter[str]] = {}
    for patient, present in zip(patients, labels, strict=True):
        counts.setdefault(patient, Counter()).update([*set(present), _ANYTHING])
    total = Counter[str]()
    carriers: dict[str, list[str]] = {}
    for patient, count in counts.items():
        total.update(count)
        for label in count:
            carriers.setdefault(label, []).append(patient)
    lacking = {label: np.full(folds, number / folds) for label, number in total.items()}
    order = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for label in sorted(total, key=lambda label: (total[label], label == _ANYTHING, label)):
        waiting = [patient for patient in sorted(carriers[label]) if patient not in fold_of]
        order.shuffle(waiting)
        for patient in sorted(waiting, key=lambda patient: -counts[patient][label]):
            fold = _neediest(lacking[label], lacking[_ANYTHING])
            fold_of[patient] = fold + 1
            for carried, number in counts[patient].items():
                lacking[carried][fold] -= number
    return [fold_of[patient] for patient in patients]


def _neediest(lacking: NDArray[np.float64], lacking_anything: NDArray[np.float64]) -> int:
    """Return the fold that lacks most of a label; among equals the one that lacks most records."""
    equals = np.flatnonzero(lacking >= lacking.max() - 1e-9)
    return int(equals[np.argmax(lacking_anything[equals])])
