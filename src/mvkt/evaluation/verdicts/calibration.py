"""From logits to calibrated probabilities, and to verdicts.

Everything is fitted on the validation set. The test set is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mvkt.errors import PredictionsError
from mvkt.evaluation import metrics
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts.class_bands import Promise, Share, Wanted, fit_bands
from mvkt.evaluation.verdicts.conformal_band import FALSE_ALARMS, LEFT_OPEN, MISSED
from mvkt.evaluation.verdicts.platt_scale import fit_scale
from mvkt.evaluation.verdicts.shrinkage import shrink_thresholds
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits
from mvkt.stored import Part

NEVER = 1.0
"""Threshold of a class that was not seen in validation."""


class Calibration(Part):
    """How logits become probabilities and verdicts.

    ``probability = sigmoid(logit / temperature + bias)``. A class is found when its probability is at least the upper
    end of its band, not found when it is below the lower end, else inconclusive. Without bands it is found when its
    probability is at least its threshold.

    Attributes:
        temperatures: One a class, above 0.
        thresholds: One a class, 0 to 1.
        biases: One a class; empty for none.
        inconclusive: The band of each class, from low to high around the threshold; empty for none.
        promise: Of the bands; None where it is not known.
    """

    temperatures: tuple[Annotated[float, Field(gt=0)], ...]
    thresholds: tuple[Share, ...]
    biases: tuple[float, ...] = ()
    inconclusive: tuple[tuple[Share, Share], ...] = ()
    promise: Promise | None = None

    @model_validator(mode="after")
    def _same_classes(self) -> Calibration:
        if len(self.temperatures) != len(self.thresholds):
            raise ValueError(f"{len(self.temperatures)} temperatures for {len(self.thresholds)} thresholds")
        for name in ("biases", "inconclusive"):
            if len(getattr(self, name)) not in (0, len(self.thresholds)):
                raise ValueError(f"{len(getattr(self, name))} {name} for {len(self.thresholds)} thresholds")
        for (low, high), threshold in zip(self.inconclusive, self.thresholds, strict=False):
            if not low <= threshold <= high:
                raise ValueError(f"the threshold {threshold} lies outside the band from {low} to {high}")
        return self

    def only(self, columns: Sequence[int]) -> Calibration:
        """Return the calibration of some of the classes."""
        parts = ("temperatures", "thresholds", "biases", "inconclusive")
        chosen = {
            name: tuple(getattr(self, name)[column] for column in columns) for name in parts if getattr(self, name)
        }
        return Calibration(**chosen, promise=self.promise)

    def with_classes(self, columns: Sequence[int], other: Calibration) -> Calibration:
        """Return this calibration with that of some of the classes replaced; without a promise, which was for all.

        Args:
            columns: Which.
            other: Theirs, in this order.
        """
        made: dict[str, list[object]] = {
            "temperatures": [*self.temperatures],
            "thresholds": [*self.thresholds],
            "biases": [*(self.biases or (0.0,) * len(self.thresholds))],
            "inconclusive": [*self.bands],
        }
        theirs = (other.temperatures, other.thresholds, other.biases or (0.0,) * len(columns), other.bands)
        for values, new in zip(made.values(), theirs, strict=True):
            for column, value in zip(columns, new, strict=True):
                values[column] = value
        return Calibration.model_validate(made)

    @property
    def bands(self) -> tuple[tuple[float, float], ...]:
        """The bands; of no width, at the thresholds, where there are none."""
        return self.inconclusive or tuple((threshold, threshold) for threshold in self.thresholds)


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on each record and class.

    Attributes:
        found: ``(n, classes)``.
        excluded: ``(n, classes)`` not found.
    """

    found: NDArray[np.bool_]
    excluded: NDArray[np.bool_]

    @property
    def inconclusive(self) -> NDArray[np.bool_]:
        """``(n, classes)`` inconclusive."""
        return ~(self.found | self.excluded)


def fit_calibration(
    validation: Predictions,
    missed: float = MISSED,
    false_alarms: float = FALSE_ALARMS,
    left_open: float | None = LEFT_OPEN,
    limits: Mapping[str, WantedLimits] = MappingProxyType({}),
) -> Calibration:
    """Fit temperatures and biases, then thresholds and bands, on the records of the validation set.

    Temperature and bias of a class are those of :func:`~mvkt.evaluation.verdicts.platt_scale.fit_scale`.

    A class that is absent from the validation set keeps a temperature of 1 and a bias of 0; without positives its
    threshold is 1. The rest is by :func:`fit_verdicts`.

    Args:
        validation: By window or by record.
        missed: Promised, see :mod:`mvkt.evaluation.verdicts.conformal_band`.
        false_alarms: Promised.
        left_open: Promised.
        limits: What is wanted of the limits of single classes.
    """
    records = validation.by_record()
    present = metrics.present(records.targets)
    scales = [
        fit_scale(records.targets[:, column], records.logits[:, column]) if present[column] else (1.0, 0.0)
        for column in range(len(records.classes))
    ]
    temperatures, biases = zip(*scales, strict=True)
    uncut = Calibration(temperatures=temperatures, biases=biases, thresholds=(NEVER,) * len(scales))
    return fit_verdicts(uncut, records, missed, false_alarms, left_open, limits)


def fit_verdicts(
    calibration: Calibration,
    validation: Predictions,
    missed: float = MISSED,
    false_alarms: float = FALSE_ALARMS,
    left_open: float | None = LEFT_OPEN,
    limits: Mapping[str, WantedLimits] = MappingProxyType({}),
) -> Calibration:
    """Fit thresholds and bands for probabilities that are calibrated already.

    The threshold maximises F1, as far as the band allows; it lies midway between two probabilities that occur, and
    among equally good ones the highest is taken. That of a class with few positives leans on its probabilities
    (:mod:`mvkt.evaluation.verdicts.shrinkage`).

    Args:
        calibration: Its temperatures and biases are kept.
        validation: By window or by record.
        missed: Promised, see :mod:`mvkt.evaluation.verdicts.conformal_band`.
        false_alarms: Promised.
        left_open: Promised; None for no promise about normal records, which never gives way to it.
        limits: What is wanted of the limits of single classes, instead of the largest F1 and what is promised for all.
    """
    records = validation.by_record()
    scaled = probabilities(records.logits, calibration)
    best = [best_f1_threshold(*pair) for pair in zip(records.targets.T, scaled.T, strict=True)]
    thresholds = shrink_thresholds(best, records.targets.sum(axis=0).tolist(), scaled)
    wanted = Wanted(missed, false_alarms, left_open, limits)
    bands, promise = fit_bands(records.targets, scaled, thresholds, records.classes, wanted)
    return Calibration(
        temperatures=calibration.temperatures,
        biases=calibration.biases,
        thresholds=tuple(band.threshold for band in bands),
        inconclusive=tuple((band.low, band.high) for band in bands),
        promise=promise,
    )


def probabilities(logits: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Turn logits into calibrated probabilities.

    Args:
        logits: ``(n, classes)``.
        calibration: Fitted for these classes.

    Returns:
        ``(n, classes)`` float32, 0 to 1.

    Raises:
        PredictionsError: The calibration is for another number of classes.
    """
    from scipy.special import expit

    if logits.shape[-1] != len(calibration.temperatures):
        raise PredictionsError(
            f"logits of {logits.shape[-1]} classes cannot be calibrated for {len(calibration.temperatures)}; "
            "use the calibration that was fitted with this model"
        )
    scaled: NDArray[np.float64] = expit(logits / np.asarray(calibration.temperatures) + _biases(calibration))
    return scaled.astype(np.float32)


def verdicts(scores: NDArray[np.floating], calibration: Calibration) -> Verdicts:
    """Return which classes are found, not found, or neither.

    Args:
        scores: ``(n, classes)`` calibrated probabilities.
        calibration: Fitted for these classes.
    """
    low, high = np.array(calibration.bands).T
    return Verdicts(found=scores >= high, excluded=scores < low)


def best_f1_threshold(targets: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """Find the threshold with the largest F1.

    Args:
        targets: ``(n,)``.
        scores: ``(n,)`` probabilities.

    Returns:
        Midway between two neighbouring scores, or between 0 and the smallest; 1 without positives.
    """
    if not targets.any():
        return NEVER
    values, place = np.unique(scores, return_inverse=True)
    called = np.cumsum(np.bincount(place)[::-1])
    hits = np.cumsum(np.bincount(place, weights=targets)[::-1])
    f1 = 2 * hits / (called + targets.sum())
    best = len(values) - 1 - int(np.argmax(f1))  # scores fall: the first maximum is the highest threshold
    below = float(values[best - 1]) if best else 0.0
    return (below + float(values[best])) / 2


def _biases(calibration: Calibration) -> NDArray[np.float64]:
    return np.asarray(calibration.biases or np.zeros(len(calibration.temperatures)), dtype=np.float64)
