"""Figures of a multi-label classifier, per class and macro.

Every figure takes an optional ``weights`` matrix ``(records, resamples)``: how often each record counts in
each resample. Without it the result has one number a class, with it one row a resample. That is how the
bootstrap computes a thousand of them at once.

A class without a positive record, or without a negative one, is *absent*: neither ranking nor detection can
be evaluated there. It is NaN in what the functions here return, and :func:`macro` leaves it out; nobody else may
average over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import PredictionsError
from mvkt.evaluation import ranking
from mvkt.evaluation.ranking import Floats, Ranking, ratio

FMAX_THRESHOLDS = np.linspace(0.0, 1.0, 101)
"""Where Fmax looks for its threshold."""

CALIBRATION_BINS = 15
"""Bins of the expected calibration error."""

_DRAWS = 100
_RESAMPLES_AT_ONCE = 64  # of 2,000 records they fit into the cache: five times faster than all at once


def present(targets: NDArray[np.bool_], weights: Floats | None = None) -> NDArray[np.bool_]:
    """Return which classes have both positive and negative records.

    Args:
        targets: ``(records, classes)``.
        weights: ``(records, resamples)``, or None for each record once.

    Returns:
        ``(classes,)``, or ``(resamples, classes)`` with weights.
    """
    positives, total = _positives_and_total(targets, weights)
    return _shaped((positives > 0) & (positives < total), weights)


def macro(per_class: Floats) -> Floats:
    """Average over the classes (last axis) that are present; NaN where none is."""
    counts = np.isfinite(per_class).sum(axis=-1)
    return ratio(np.nansum(per_class, axis=-1), counts.astype(np.float64))


def macro_auc(targets: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """Mean of the AUCs of the classes that are present.

    Raises:
        PredictionsError: None is.
    """
    require_a_class(targets)
    return float(macro(roc_auc(targets, scores)))


def require_a_class(targets: NDArray[np.bool_], classes: Sequence[str] = ()) -> None:
    """Check that at least one class has both positive and negative records.

    Raises:
        PredictionsError: None has.
    """
    if not present(targets).any():
        named = f" ({', '.join(classes)})" if classes else ""
        raise PredictionsError(
            f"none of the {targets.shape[1]} classes{named} has both a positive and a negative "
            f"among these {len(targets)} records, so there is nothing to evaluate; evaluate on more records"
        )


def roc_auc(targets: NDArray[np.bool_], scores: NDArray[np.floating], weights: Floats | None = None) -> Floats:
    """Area under the ROC curve of each class; a tie between a positive and a negative counts one half.

    Args:
        targets: ``(records, classes)``.
        scores: ``(records, classes)``; only their order matters.
        weights: ``(records, resamples)``, or None for each record once.

    Returns:
        ``(classes,)``, or ``(resamples, classes)`` with weights; NaN where the class is absent.
    """
    return _ranked(ranking.auc, targets, scores, weights)


def average_precision(
    targets: NDArray[np.bool_], scores: NDArray[np.floating], weights: Floats | None = None
) -> Floats:
    """Average precision of each class: the mean, over its positives, of the precision at their score.

    Records with equal scores are taken together, so the order of the records does not matter.

    Args:
        targets: ``(records, classes)``.
        scores: ``(records, classes)``; only their order matters.
        weights: ``(records, resamples)``, or None for each record once.

    Returns:
        ``(classes,)``, or ``(resamples, classes)`` with weights; NaN where the class is absent.
    """
    return _ranked(ranking.average_precision, targets, scores, weights)


def f1(targets: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: Floats | None = None) -> Floats:
    """F1 of each class at given decisions.

    Args:
        targets: ``(records, classes)``.
        predicted: ``(records, classes)``, the decisions.
        weights: ``(records, resamples)``, or None for each record once.

    Returns:
        ``(classes,)``, or ``(resamples, classes)`` with weights; NaN where the class is absent.
    """
    filled = _filled(weights, len(targets))
    hits = filled.T @ (targets & predicted).astype(np.float64)
    positives, total = _positives_and_total(targets, weights)
    called = filled.T @ predicted.astype(np.float64)
    scores = ratio(2 * hits, positives + called)
    scores[(positives == 0) | (positives == total)] = np.nan
    return _shaped(scores, weights)


def fmax(targets: NDArray[np.bool_], probabilities: NDArray[np.floating], weights: Floats | None = None) -> Floats:
    """Largest F of the record-wise precision and recall over one threshold for all classes.

    At a threshold, precision is averaged over the records for which something is predicted (``>=`` the
    threshold) and recall over the records that have a label; Fmax is the largest harmonic mean of the two
    over 101 thresholds from 0 to 1. A record without any label counts for precision alone. Absent classes
    take part: predicting them is an error like any other.

    Source: Radivojac et al., Nature Methods 10:221 (2013), as used by Strodthoff et al., IEEE JBHI 25:1519
    (2021), for PTB-XL.

    Args:
        targets: ``(records, classes)``.
        probabilities: ``(records, classes)``.
        weights: ``(records, resamples)``, or None for each record once.

    Returns:
        A single number ``()``, or ``(resamples,)`` with weights; NaN where no record has a label.
    """
    precision = np.zeros((len(targets), len(FMAX_THRESHOLDS)))
    recall, any_called = np.zeros_like(precision), np.zeros_like(precision)
    labels = targets.sum(axis=1)
    for column, threshold in enumerate(FMAX_THRESHOLDS):
        called = probabilities >= threshold
        count, hits = called.sum(axis=1), (called & targets).sum(axis=1)
        any_called[:, column] = count > 0
        precision[:, column] = hits / np.maximum(count, 1)
        recall[:, column] = hits / np.maximum(labels, 1)
    filled = _filled(weights, len(targets))
    mean_precision = ratio(filled.T @ precision, filled.T @ any_called)
    mean_recall = ratio(filled.T @ recall, (filled.T @ (labels > 0))[:, np.newaxis])
    f = ratio(2 * mean_precision * mean_recall, mean_precision + mean_recall)
    # Nothing called, or nothing hit, is an F of 0; a resample without any label has none.
    best: Floats = np.where(np.isnan(mean_recall[:, 0]), np.nan, np.nan_to_num(f).max(axis=1))
    return best if weights is not None else best[0]


def brier(targets: NDArray[np.bool_], probabilities: NDArray[np.floating], weights: Floats | None = None) -> Floats:
    """Mean squared difference between probability and label of each class; defined for absent classes too.

    Args:
        targets: ``(records, classes)``.
        probabilities: ``(records, classes)``.
        weights: ``(records, resamples)``, or None for each record once.

    Returns:
        ``(classes,)``, or ``(resamples, classes)`` with weights.
    """
    filled = _filled(weights, len(targets))
    squared = np.square(probabilities.astype(np.float64) - targets)
    return _shaped(filled.T @ squared / filled.sum(axis=0)[:, np.newaxis], weights)


def expected_calibration_error(
    targets: NDArray[np.bool_], probabilities: NDArray[np.floating], weights: Floats | None = None
) -> Floats:
    """Mean distance between what is predicted and what happens, over 15 bins of equal mass, for each class.

    The bins hold equally many records, not equal stretches of probability: most classes are rare, and equal
    stretches would put nearly all records into the first bin. Records with equal probabilities share a bin.
    With few records the error of a perfectly calibrated model is above 0 too, so it is a figure to compare,
    not a test.

    Args:
        targets: ``(records, classes)``.
        probabilities: ``(records, classes)``.
        weights: ``(records, resamples)``, or None for each record once. The bins are those of all records.

    Returns:
        ``(classes,)``, or ``(resamples, classes)`` with weights; defined for absent classes too.
    """
    filled = _filled(weights, len(targets))
    errors = np.empty((filled.shape[1], targets.shape[1]))
    for column in range(targets.shape[1]):
        bins = equal_mass_bins(probabilities[:, column])
        excess = np.zeros((len(targets), CALIBRATION_BINS))
        excess[np.arange(len(targets)), bins] = probabilities[:, column].astype(np.float64) - targets[:, column]
        errors[:, column] = np.abs(filled.T @ excess).sum(axis=1)
    return _shaped(errors / filled.sum(axis=0)[:, np.newaxis], weights)


def calibration_error_by_chance(probabilities: NDArray[np.floating], seed: int = 0) -> Floats:
    """Mean expected calibration error of each class if its probabilities were exactly right.

    Labels are drawn by the probabilities, a hundred times. An error of this size is no error of the calibration.

    Source: Bröcker and Smith, Increasing the reliability of reliability diagrams, Weather and Forecasting 22:651
    (2007).

    Args:
        probabilities: ``(records, classes)``.
        seed: Of the draws.

    Returns:
        ``(classes,)``.
    """
    random = np.random.default_rng(seed)
    drawn = (random.random(probabilities.shape) < probabilities for _ in range(_DRAWS))
    errors = np.stack([expected_calibration_error(labels, probabilities) for labels in drawn])
    means: Floats = errors.mean(axis=0)
    return means


def equal_mass_bins(probabilities: NDArray[np.floating]) -> NDArray[np.int64]:
    """Number the bin, 0 to 14, of each of ``(records,)`` probabilities; equal probabilities share a bin."""
    ordered = np.sort(probabilities)
    middle = np.searchsorted(ordered, probabilities, "left") + np.searchsorted(ordered, probabilities, "right")
    return (middle * CALIBRATION_BINS // (2 * len(ordered))).astype(np.int64).clip(0, CALIBRATION_BINS - 1)


def _ranked(
    figure: Callable[[Ranking, Floats], Floats],
    targets: NDArray[np.bool_],
    scores: NDArray[np.floating],
    weights: Floats | None,
) -> Floats:
    """Compute a figure of the ranking for every class and resample."""
    filled = _filled(weights, len(targets))
    rankings = [Ranking.of(targets[:, column], scores[:, column]) for column in range(targets.shape[1])]
    figures = np.empty((filled.shape[1], targets.shape[1]))
    for start in range(0, filled.shape[1], _RESAMPLES_AT_ONCE):
        part = slice(start, start + _RESAMPLES_AT_ONCE)
        some = np.ascontiguousarray(filled[:, part])
        for column, of_class in enumerate(rankings):
            figures[part, column] = figure(of_class, some)
    return _shaped(figures, weights)


def _filled(weights: Floats | None, records: int) -> Floats:
    return np.ones((records, 1)) if weights is None else weights


def _shaped(figures: NDArray[Any], weights: Floats | None) -> NDArray[Any]:
    return figures[0] if weights is None else figures


def _positives_and_total(targets: NDArray[np.bool_], weights: Floats | None) -> tuple[Floats, Floats]:
    """Return the positives ``(resamples, classes)`` and the records ``(resamples, 1)``."""
    filled = _filled(weights, len(targets))
    return filled.T @ targets.astype(np.float64), filled.sum(axis=0)[:, np.newaxis]
