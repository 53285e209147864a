"""A calibration for another place: with a few labelled records, or without labels by how often the classes seem to be.

With labels, temperature and bias of a class are fitted as in :func:`~mvkt.evaluation.verdicts.platt_scale.fit_scale`,
and count for as much as there are records to fit them on; the rest stays with what the calibration was. Limits are
chosen anew and lean on the old ones in the same way.

Without labels, only how common each class is can be found out. If the records of a class look the same here and there
(prior shift), the calibrated probabilities show how often it is there, by expectation maximisation, and Bayes' rule
gives the probability for that frequency. Source: Saerens, Latinne and Decaestecker, Adjusting the outputs of a
classifier to new a priori probabilities, Neural Computation 14:21 (2002). A class keeps its frequency where a test of
the likelihood ratio finds no evidence against it (their section 4); of all classes together, one changes by chance in
5 % of places where nothing did (Bonferroni).
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
from mvkt.evaluation.verdicts.shrinkage import between, log_odds, probability_of, weight_of_own
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits

_LARGEST_SHIFT = float(np.log(20.0))
"""A class that seems to be more than about 20 times as common, or as rare, is more likely a sign of another shift."""

_BY_CHANCE = 0.05
"""Probability that any class changes where none did."""

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
    temperatures, shifted, weights = [], [], []
    for column, old in enumerate(zip(calibration.temperatures, biases, strict=True)):
        truth = records.targets[:, column]
        weight = weight_of_own(min(int(truth.sum()), int((~truth).sum())))
        new = fit_scale(truth, records.logits[:, column]) if weight else old
        slope = weight / new[0] + (1 - weight) / old[0]
        temperatures.append(1 / slope)
        shifted.append(weight * new[1] + (1 - weight) * old[1])
        weights.append(weight)
    scaled = calibration.model_copy(update={"temperatures": tuple(temperatures), "biases": tuple(shifted)})
    return _leaning_limits(scaled, fit_verdicts(scaled, records, limits=limits), weights)


def _leaning_limits(old: Calibration, new: Calibration, weights: Sequence[float]) -> Calibration:
    """Go from the old limits of each class towards the new ones, by how much the class' own records count."""
    cuts, bands = [], []
    for weight, cut, band, new_cut, new_band in zip(
        weights, old.thresholds, old.bands, new.thresholds, new.bands, strict=True
    ):
        threshold = _leaning(cut, new_cut, weight)
        low, high = (_leaning(end, new_end, weight) for end, new_end in zip(band, new_band, strict=True))
        cuts.append(threshold)
        bands.append((min(low, threshold), max(high, threshold)))
    return new.model_copy(update={"thresholds": tuple(cuts), "inconclusive": tuple(bands)})


def _leaning(old: float, new: float, weight: float) -> float:
    """Between two limits in log odds; the old one where the records are too few for a new one, which then is 0 or 1."""
    if not weight or new in (0.0, 1.0):
        return old
    return new if old in (0.0, 1.0) else between(new, old, weight)


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
    shifts = tuple(prior_shift(column, share, len(before)) for column, share in zip(scores.T, before, strict=True))
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


def _evidence(classes: int) -> float:
    """The likelihood ratio, twice its logarithm, from which a class of so many has changed."""
    from scipy.special import chdtri

    return float(chdtri(1, _BY_CHANCE / classes))


def prior_shift(scores: Float, before: float, classes: int = 1) -> PriorShift:
    """Estimate how common a class is among records without labels.

    Args:
        scores: ``(records,)`` calibrated probabilities.
        before: Its share among the records that they were calibrated on; at 0 or 1 nothing can be estimated.
        classes: That are tested in the same place.
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
    if 2 * (_log_likelihood(odds, after) - _log_likelihood(odds, before)) < _evidence(classes):
        return PriorShift(before, before)
    step = float(np.clip(log_odds(after) - log_odds(before), -_LARGEST_SHIFT, _LARGEST_SHIFT))
    return PriorShift(before, float(probability_of(log_odds(before) + step)))


def _log_likelihood(odds: Float, share: float) -> float:
    """Of all records, less what does not depend on the share; ``odds`` are log likelihood ratios of the class."""
    return float(np.logaddexp(np.log(share) + odds, np.log1p(-share)).sum())


def _moved(limit: float, bias: float) -> float:
    """Move a limit with the log odds; 0 and 1 stay."""
    return limit if limit in (0.0, 1.0) else float(probability_of(log_odds(limit) + bias))
