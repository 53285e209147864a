"""From logits to probabilities that mean what they say, and to decisions.

Everything is fitted on the validation set. The test set is never looked at.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mvkt.errors import CorpusError
from mvkt.evaluation import metrics
from mvkt.evaluation.predictions import Predictions

NEVER = 1.0
"""Threshold of a class that was not seen in validation."""

_LARGEST_TEMPERATURE = 5.0


class Calibration(BaseModel):
    """How logits become probabilities and decisions.

    ``probability = sigmoid(logit / temperature)``, and a class is found when its probability is at least its
    threshold.

    Attributes:
        temperatures: One a class, above 0.
        thresholds: One a class, 0 to 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    temperatures: tuple[Annotated[float, Field(gt=0)], ...]
    thresholds: tuple[Annotated[float, Field(ge=0, le=1)], ...]

    @model_validator(mode="after")
    def _same_classes(self) -> Calibration:
        if len(self.temperatures) != len(self.thresholds):
            raise ValueError(f"{len(self.temperatures)} temperatures for {len(self.thresholds)} thresholds")
        return self


def fit_calibration(validation: Predictions) -> Calibration:
    """Fit temperatures, then thresholds, on the records of the validation set.

    The temperature of a class minimises the negative log likelihood, within a factor of five of 1: beyond
    that the few records that happen to be ranked without a mistake speak, not the model. The threshold
    maximises F1; it lies midway between two probabilities that occur, and among equally good ones the highest
    is taken. A class that is absent from the validation set keeps a temperature of 1; without positives its
    threshold is 1, so that it is never found.
    """
    records = validation.by_record()
    present = metrics.present(records.targets)
    temperatures = tuple(
        _temperature(records.targets[:, column], records.logits[:, column]) if present[column] else 1.0
        for column in range(len(records.classes))
    )
    uncut = Calibration(temperatures=temperatures, thresholds=(NEVER,) * len(temperatures))
    scaled = probabilities(records.logits, uncut)
    thresholds = tuple(map(best_f1_threshold, records.targets.T, scaled.T))
    return Calibration(temperatures=temperatures, thresholds=thresholds)


def probabilities(logits: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Turn logits into calibrated probabilities.

    Args:
        logits: ``(n, classes)``.
        calibration: Fitted for these classes.

    Returns:
        ``(n, classes)`` float32, 0 to 1.

    Raises:
        CorpusError: The calibration is for another number of classes.
    """
    from scipy.special import expit

    if logits.shape[-1] != len(calibration.temperatures):
        raise CorpusError(
            f"logits of {logits.shape[-1]} classes cannot be calibrated for {len(calibration.temperatures)}; "
            "use the calibration that was fitted with this model"
        )
    scaled: NDArray[np.float64] = expit(logits / np.asarray(calibration.temperatures))
    return scaled.astype(np.float32)


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


def _temperature(targets: NDArray[np.bool_], logits: NDArray[np.float32]) -> float:
    from scipy.optimize import minimize_scalar

    # -log sigmoid(z) of a positive and -log sigmoid(-z) of a negative are both softplus of the signed logit.
    signed = np.where(targets, -logits, logits).astype(np.float64)
    limit = np.log(_LARGEST_TEMPERATURE)
    found = minimize_scalar(
        lambda log_temperature: float(np.logaddexp(0.0, signed * np.exp(-log_temperature)).mean()),
        bounds=(-limit, limit),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))
