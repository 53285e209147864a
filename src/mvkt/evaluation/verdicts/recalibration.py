"""A calibration for another place: with a few labelled records, or without labels by how often the classes seem to be.

With labels, temperature and bias of a class are fitted as in :func:`~mvkt.evaluation.verdicts.platt_scale.fit_scale`,
and count for as much as there are records to fit them on; the rest stays with what the calibration was. Limits are
chosen anew in the same way.

Without labels, only how common each class is can be found out. If the records of a class look the same here and there
(prior shift), the calibrated probabilities show how often it is there, by expectation maximisation, and Bayes' rule
gives the probability for that frequency. Source: Saerens, Latinne and Decaestecker, Adjusting the outputs of a
classifier to new a priori probabilities, Neural Computation 14:21 (2002). A class keeps its frequency where a test of
the likelihood ratio finds no evidence against it (their section 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import PredictionsError
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts.calibration import Calibration, fit_verdicts, probabilities
from mvkt.evaluation.verdicts.platt_scale import fit_scale
from mvkt.evaluation.verdicts.shrinkage import log_odds, probability_of, weight_of_own
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits

_LARGEST_SHIFT = float(np.log(20.0))
"""A class that seems to be more than about 20 times as common, or as rare, is more likely a sign of another shift."""

_EVIDENCE = 3.841
"""95th percentile of chi-squared with one degree of freedom."""

_ITERATIONS, _PRECISION = 1000, 1e-7

Float = NDArray[np.float64]


class PriorShift(NamedTuple):
    """How common a class was, and seems to be.

    Attributes:
        before: Share of the records that the calibration was fitted on, 0 to 1.
        after: Estimated share of the new records; ``before`` where there is no evidence of another.
    """

    before: float
    after: float

    @property
    def bias(self) -> float:
        """What is added to the log odds of the class."""
        return float(log_odds(self.after) - log_odds(self.before))


def fit_to_labels(
    calibration: Calibration, records: Predictions, limits: Mapping[str, WantedLimits] = MappingProxyType({})
) -> Calibration:
    """Fit a calibration to labelled records of another place.

    Args:
        calibration: What the model was calibrated by.
        records: By window or by record. A class that is present nowhere, or everywhere, keeps its calibration.
        limits: What is wanted of the limits of single classes.
    """
    records = records.by_record()
    biases = calibration.biases or (0.0,) * len(calibration.temperatures)
    temperatures, shifted = [], []
    for column, old in enumerate(zip(calibration.temperatures, biases, strict=True)):
        truth = records.targets[:, column]
        weight = weight_of_own(min(int(truth.sum()), int((~truth).sum())))
        new = fit_scale(truth, records.logits[:, column]) if weight else old
        slope = weight / new[0] + (1 - weight) / old[0]
        temperatures.append(1 / slope)
        shifted.append(weight * new[1] + (1 - weight) * old[1])
    scaled = calibration.model_copy(update={"temperatures": tuple(temperatures), "biases": tuple(shifted)})
    return _limits_of_seen_classes(scaled, fit_verdicts(scaled, records, limits=limits), records)


def _limits_of_seen_classes(old: Calibration, new: Calibration, records: Predictions) -> Calibration:
    """Take the new limits of the classes that the records have, and the old ones of the others."""
    counts = records.targets.sum(axis=0)
    seen = [0 < count < len(records) for count in counts.tolist()]
    pairs = zip(seen, old.thresholds, new.thresholds, old.bands, new.bands, strict=True)
    chosen = [(new_cut, new_band) if there else (cut, band) for there, cut, new_cut, band, new_band in pairs]
    return new.model_copy(
        update={"thresholds": tuple(cut for cut, _ in chosen), "inconclusive": tuple(band for _, band in chosen)}
    )


def fit_to_frequencies(
    calibration: Calibration, records: Predictions, before: Sequence[float]
) -> tuple[Calibration, tuple[PriorShift, ...]]:
    """Fit a calibration to records without labels.

    The promises of the bands are about the records with a class, and about those without it, each by themselves: they
    hold whatever its frequency, so the ends of a band move with the log odds. The threshold stays where it is.

    Args:
        calibration: What the model was calibrated by.
        records: By window or by record; their targets are not looked at.
        before: ``(classes,)`` the share of each class in the records that the calibration was fitted on.

    Raises:
        PredictionsError: There is not a share for each class.
    """
    if len(before) != len(calibration.temperatures):
        raise PredictionsError(
            f"{len(before)} shares for {len(calibration.temperatures)} classes; expected one a class"
        )
    scores = probabilities(records.by_record().logits, calibration).astype(np.float64)
    shifts = tuple(prior_shift(column, share) for column, share in zip(scores.T, before, strict=True))
    biases = calibration.biases or (0.0,) * len(shifts)
    moved = [
        (cut, (min(_moved(low, shift.bias), cut), max(_moved(high, shift.bias), cut)) if low < high else (cut, cut))
        for cut, (low, high), shift in zip(calibration.thresholds, calibration.bands, shifts, strict=True)
    ]
    updated = {
        "biases": tuple(bias + shift.bias for bias, shift in zip(biases, shifts, strict=True)),
        "inconclusive": tuple(band for _, band in moved),
    }
    return calibration.model_copy(update=updated), shifts


def prior_shift(scores: Float, before: float) -> PriorShift:
    """Estimate how common a class is among records without labels.

    Args:
        scores: ``(records,)`` calibrated probabilities.
        before: Its share among the records that they were calibrated on; at 0 or 1 nothing can be estimated.
    """
    if not 0 < before < 1:
        return PriorShift(before, before)
    odds = log_odds(np.clip(scores, 1e-6, 1 - 1e-6)) - log_odds(before)
    after = before
    for _ in range(_ITERATIONS):
        updated = float(probability_of(odds + log_odds(after)).mean())
        done = abs(updated - after) < _PRECISION
        after = float(np.clip(updated, 1e-6, 1 - 1e-6))
        if done:
            break
    evidence = 2 * (_log_likelihood(odds, after) - _log_likelihood(odds, before))
    if evidence < _EVIDENCE:
        return PriorShift(before, before)
    step = float(np.clip(log_odds(after) - log_odds(before), -_LARGEST_SHIFT, _LARGEST_SHIFT))
    return PriorShift(before, float(probability_of(log_odds(before) + step)))


def _log_likelihood(odds: Float, share: float) -> float:
    """Of all records, less what does not depend on the share; ``odds`` are log likelihood ratios of the class."""
    return float(np.logaddexp(np.log(share) + odds, np.log1p(-share)).sum())


def _moved(limit: float, bias: float) -> float:
    """Move a limit with the log odds; 0 and 1 stay."""
    return limit if limit in (0.0, 1.0) else float(probability_of(log_odds(limit) + bias))
