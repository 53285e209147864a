"""Folds for collections that have none: whole patients, with every label spread evenly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

_ANYTHING = ""
"""Stands for a record whatever its labels, so that folds have equal sizes too."""
_FEWEST_FOLDS = 3


def assign_folds(
    patients: Sequence[str], labels: Sequence[Collection[str]], folds: int = 10, seed: int = 0
) -> list[int]:
    """Return a fold, 1 to ``folds``, for each record.

    Iterative stratification over patients: labels from the rarest to the commonest, and of each label the
    patients with most records first, each into the fold that lacks most of it. The same input gives the same
    folds.

    Of a label that few people have, the first goes to training, the second to the last fold (test), the third to the
    fold before (validation): a class that three people have can be learned, chosen by and measured.

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
    reached: dict[str, set[int]] = {label: set() for label in total}
    order = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for label in sorted(total, key=lambda label: (total[label], label == _ANYTHING, label)):
        waiting = [patient for patient in sorted(carriers[label]) if patient not in fold_of]
        order.shuffle(waiting)
        for patient in sorted(waiting, key=lambda patient: -counts[patient][label]):
            choice = _parts_without(reached[label], folds)
            fold = int(choice[_neediest(lacking[label][choice], lacking[_ANYTHING][choice])])
            fold_of[patient] = fold + 1
            for carried, number in counts[patient].items():
                lacking[carried][fold] -= number
                reached[carried].add(fold)
    return [fold_of[patient] for patient in patients]


def _parts_without(reached: Collection[int], folds: int) -> NDArray[np.int64]:
    """Return the folds of the first part (training, test, validation) that a label has not reached; else all."""
    everything = np.arange(folds)
    if folds < _FEWEST_FOLDS:
        return everything
    parts = (everything[:-2], everything[-1:], everything[-2:-1])
    return next((part for part in parts if not set(part.tolist()) & set(reached)), everything)


def _neediest(lacking: NDArray[np.float64], lacking_anything: NDArray[np.float64]) -> int:
    """Return the fold that lacks most of a label; among equals the fold that lacks most records."""
    equals = np.flatnonzero(lacking >= lacking.max() - 1e-9)
    return int(equals[np.argmax(lacking_anything[equals])])
