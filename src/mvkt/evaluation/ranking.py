"""The order of the records of one class, made once and used for every resample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Positive and negative records of one class by their scores.

    Both lists fall in score. For each positive: how many positives and negatives score at least as high as
    it, and how many negatives score higher.
    """

    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]
    positives_at: NDArray[np.int64]
    negatives_at: NDArray[np.int64]
    negatives_above: NDArray[np.int64]

    @classmethod
    def of(cls, targets: NDArray[np.bool_], scores: NDArray[np.floating]) -> Ranking:
        """Rank ``(records,)`` targets by ``(records,)`` scores."""
        order = np.argsort(-scores, kind="stable")
        positives, negatives = order[targets[order]], order[~targets[order]]
        of_positives, of_negatives = -scores[positives], -scores[negatives]
        return cls(
            positives=positives,
            negatives=negatives,
            positives_at=np.searchsorted(of_positives, of_positives, "right"),
            negatives_at=np.searchsorted(of_negatives, of_positives, "right"),
            negatives_above=np.searchsorted(of_negatives, of_positives, "left"),
        )


def auc(ranking: Ranking, weights: Floats) -> Floats:
    """Area under the ROC curve for each column of ``(records, resamples)`` weights; NaN where absent."""
    of_positives, negatives = weights[ranking.positives], _running_sum(weights[ranking.negatives])
    twice_lost = negatives[ranking.negatives_above] + negatives[ranking.negatives_at]
    pairs = of_positives.sum(axis=0) * negatives[-1]
    return 1.0 - ratio(np.einsum("pr,pr->r", of_positives, twice_lost), 2.0 * pairs)


def average_precision(ranking: Ranking, weights: Floats) -> Floats:
    """Average precision for each column of ``(records, resamples)`` weights; NaN where absent."""
    of_positives, negatives = weights[ranking.positives], _running_sum(weights[ranking.negatives])
    hits = _running_sum(of_positives)[ranking.positives_at]
    # Where no positive is drawn yet, the precision is multiplied by a weight of 0: any value will do.
    drawn = hits + negatives[ranking.negatives_at]
    precision = hits / np.where(drawn > 0, drawn, 1.0)
    total = of_positives.sum(axis=0)
    return ratio(np.einsum("pr,pr->r", of_positives, precision), np.where(negatives[-1] > 0, total, 0.0))


def _running_sum(weights: Floats) -> Floats:
    """Sum the first 0, 1, 2, ... rows of ``(records, resamples)``."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is 0."""
    wide = np.broadcast_to(denominator, np.broadcast_shapes(numerator.shape, denominator.shape))
    result: Floats = np.divide(numerator, wide, out=np.full(wide.shape, np.nan), where=wide != 0)
    return result
