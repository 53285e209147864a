"""Limits of classes with few positives lean on the probabilities instead.

The best cut of nine positives is an accident of these nine. Calibrated probabilities show by themselves how many of the
records above a cut have the class, so the cut with the largest *expected* F1 needs no labels: it rests on all records,
and is the same operating point for all classes. A class with ``p`` positives goes ``p / (p + 20)`` of the way from
there to the cut with the largest F1 by its labels, in log odds: a shrinkage estimator.

Source: Lipton, Elkan and Naryanaswamy, Optimal thresholding of classifiers to maximize F1 measure, ECML (2014); Efron
and Morris, Stein's estimation rule and its competitors, J. Am. Stat. Assoc. 68:117 (1973).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

STRENGTH = 20.0
"""As many positives as the probabilities count for."""

_INSIDE = 1e-6


def weight_of_own(positives: int) -> float:
    """Return how much of a class' own figure counts, 0 to 1."""
    return positives / (positives + STRENGTH)


def shrink_thresholds(
    thresholds: Sequence[float], positives: Sequence[int], scores: NDArray[np.floating]
) -> list[float]:
    """Move the thresholds of classes towards those that their probabilities give.

    Args:
        thresholds: ``(classes,)`` the best cut of each class by labels; those without positives, or present in all
            records, are returned as they are.
        positives: ``(classes,)`` records with the class, of those that the cuts were chosen on.
        scores: ``(records, classes)`` calibrated probabilities of these records.
    """
    return [
        between(cut, expected_f1_threshold(column), weight_of_own(count)) if 0 < count < len(scores) else cut
        for cut, count, column in zip(thresholds, positives, scores.T, strict=True)
    ]


def expected_f1_threshold(scores: NDArray[np.floating]) -> float:
    """Return the cut with the largest expected F1, if the probabilities ``(records,)`` are calibrated."""
    falling = np.sort(scores.astype(np.float64))[::-1]
    expected = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    best = int(np.argmax(expected))
    below = float(falling[best + 1]) if best + 1 < len(falling) else 0.0
    return (below + float(falling[best])) / 2


def between(own: float, common: float, weight: float) -> float:
    """Return the limit that lies ``weight`` of the way from ``common`` to ``own``, in log odds."""
    cuts = log_odds(np.clip(np.array([own, common]), _INSIDE, 1 - _INSIDE))
    return float(probability_of(weight * cuts[0] + (1 - weight) * cuts[1]))


@overload
def log_odds(probability: float) -> float: ...
@overload
def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]: ...
def log_odds(probability: ArrayLike) -> float | NDArray[np.float64]:
    """Return ``log(p / (1 - p))`` of probabilities between 0 and 1, without the ends."""
    values = np.asarray(probability, dtype=np.float64)
    return np.log(values) - np.log1p(-values)


def probability_of(odds: ArrayLike) -> NDArray[np.float64]:
    """Return the probabilities of log odds."""
    made: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -np.asarray(odds, dtype=np.float64)))
    return made
