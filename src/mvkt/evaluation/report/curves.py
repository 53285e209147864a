"""Curves of one class, to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.evaluation.metrics import CALIBRATION_BINS, equal_mass_bins
from mvkt.evaluation.ranking import Floats

_Z = 1.959964  # 97.5th percentile of the normal distribution


@dataclass(frozen=True)
class Reliability:
    """What was predicted and what happened, in the bins of the expected calibration error that hold records.

    Attributes:
        predicted: ``(bins,)`` mean probability.
        observed: ``(bins,)`` share of positives.
        low: ``(bins,)`` lower end of the 95 % Wilson interval of ``observed``.
        high: ``(bins,)`` upper end.
    """

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats


def roc_curve(targets: NDArray[np.bool_], scores: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the corners of the ROC curve of a class that is present.

    Args:
        targets: ``(records,)`` with at least one positive and one negative.
        scores: ``(records,)``.

    Returns:
        False positive rate and sensitivity, both rising from 0 to 1.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)  # records of equal score go together
    hits = np.append(0, np.cumsum(targets[order])[ends])
    false_alarms = np.append(0, np.cumsum(~targets[order])[ends])
    turns = np.diff(hits[:-1]) * np.diff(false_alarms[1:]) != np.diff(hits[1:]) * np.diff(false_alarms[:-1])
    corners = np.concatenate(([True], turns, [True]))
    return false_alarms[corners] / false_alarms[-1], hits[corners] / hits[-1]


def reliability(targets: NDArray[np.bool_], probabilities: NDArray[np.floating]) -> Reliability:
    """Compare ``(records,)`` probabilities with what happened.

    Source of the interval: Wilson, J. Am. Stat. Assoc. 22:209 (1927).
    """
    bins = equal_mass_bins(probabilities)
    counts = np.bincount(bins, minlength=CALIBRATION_BINS).astype(np.float64)
    held = counts > 0
    n = counts[held]
    predicted = np.bincount(bins, weights=probabilities, minlength=CALIBRATION_BINS)[held] / n
    observed = np.bincount(bins, weights=targets, minlength=CALIBRATION_BINS)[held] / n
    centre = (observed + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(observed * (1 - observed) / n + _Z**2 / (4 * n**2))
    return Reliability(predicted, observed, np.maximum(centre - half, 0), np.minimum(centre + half, 1))
