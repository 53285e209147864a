"""Limits of all classes together, so that most normal records get a clear answer at the lowest price in people missed.

A class is reported as absent below its lower end. Raising the lower ends answers more normal records, and misses more
people who have a class. At a score that is common in people with the class and rare in normal records, few normal
records are won for many people lost; where it is the other way round, a limit costs little. What counts is how many
people with the class come on a normal record *of this score*: the odds of the class among the records that have it and
those that are normal, by a logistic fit on the scores from the lower end on, since only there a limit can lie
(:mod:`mvkt.evaluation.verdicts.platt_scale`). As with any budget,
the fewest are missed if the last normal record that is answered costs the same in every class: so the limits are the
scores at which this price is the same in all classes. If a price differed, raising the limit of the cheaper class and
lowering that of the dearer would miss fewer people with as many normal records left open.

How much a person counts is a choice. If all count the same, the limits of rare classes are raised until hardly anybody
with a rare class is left open. If each class counts the same, many infarctions are missed for the sake of a few people
with a rare class. Between the two a class counts by the square root of its people (:data:`EXPONENT`).

The price is chosen by cross-validation, or limits that suit the validation records too well would leave more of the new
normal records open than promised: each normal record gets its price from a fit without it and a fifth of the others.
The limits are those of the price that so few of them exceed that three of four validation sets keep the promise
(:func:`mvkt.evaluation.verdicts.conformal_band.confident_errors`).

Source: Neyman and Pearson, On the problem of the most efficient tests of statistical hypotheses, Philos. Trans. R. Soc.
A 231:289 (1933), for limits at one likelihood ratio; Barber, Candes, Ramdas and Tibshirani, Predictive inference with
the jackknife+, Ann. Stat. 49:486 (2021), for the quantile of figures from fits without their record.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mvkt.evaluation.verdicts.conformal_band import confident_errors, lower_end
from mvkt.evaluation.verdicts.platt_scale import fit_scale
from mvkt.evaluation.verdicts.shrinkage import log_odds, probability_of

EXPONENT = 0.5
"""A class counts by its people to this power: 0 for all classes alike, 1 for all people alike.

Chosen by cross-validation in validation fold 9 for four students (``docs/results/students.md``).
"""

PARTS = 5
"""Of the cross-validation: the normal records are dealt to them in turn, then the others."""

_INSIDE = 1e-7

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def normal_limits(
    targets: Bools, scores: NDArray[np.floating], normal: Bools, missed: Floats, left_open: float
) -> Floats:
    """Return a limit for each class; at most a share of new normal records reach a limit and a lower end at once.

    A limit lies midway between two scores that occur, so that no verdict on these records hinges on rounding.

    Args:
        targets: ``(records, classes)`` of the classes that are findings.
        scores: ``(records, classes)`` their probabilities.
        normal: ``(records,)`` which records are normal; these have none of the classes.
        missed: ``(classes,)`` shares of the people with a class that may be missed anyway: a limit below that changes
            nothing.
        left_open: The share of the normal records.

    Returns:
        ``(classes,)`` 0 to 1; 0, no limit, where none is needed, where the normal records are too few to promise
        anything, and for a class that no record has.
    """
    records, classes = scores.shape
    normals = int(normal.sum())
    allowed = confident_errors(normals, left_open)
    if not classes or not allowed or left_open >= 1:
        return np.zeros(classes)
    values = scores.astype(np.float64)
    prices, parts = np.empty(records), np.empty(records, dtype=np.int64)
    parts[np.argsort(~normal, kind="stable")] = np.arange(records) % PARTS
    for part in range(PARTS):
        inside = parts == part
        prices[inside] = _fit(targets, values, normal, missed, ~inside).of(values[inside])
    price = float(np.sort(prices[normal])[-allowed])  # records of this price are answered, those above it left open
    if price == -np.inf:
        return np.zeros(classes)
    limits = _fit(targets, values, normal, missed, np.ones(records, dtype=np.bool_)).limits(price)
    pairs = zip(limits.tolist(), values.T, strict=True)
    return np.array([_between(limit, column) if limit > 0 else 0.0 for limit, column in pairs])


class _Prices(NamedTuple):
    """Price of a score in a class, as a logarithm: ``slope * log odds of the score + offset``.

    Attributes:
        slopes: ``(classes,)`` above 0.
        offsets: ``(classes,)``; -inf for a class that no record has.
        lowest: ``(classes,)`` lower ends: below them a class is reported as absent anyway.
    """

    slopes: Floats
    offsets: Floats
    lowest: Floats

    def of(self, scores: Floats) -> Floats:
        """``(records,)``: the price at which nothing of a record is left open, from scores ``(records, classes)``."""
        prices = self.slopes * _odds(scores) + self.offsets
        highest: Floats = np.where(scores >= self.lowest, prices, -np.inf).max(axis=1)
        return highest

    def limits(self, price: float) -> Floats:
        """``(classes,)``: the scores that have a price."""
        known = np.isfinite(self.offsets)
        return np.where(known, probability_of((price - np.where(known, self.offsets, 0.0)) / self.slopes), 0.0)


def _fit(targets: Bools, scores: Floats, normal: Bools, missed: Floats, among: Bools) -> _Prices:
    """Fit the prices of all classes to some of the records, over the scores that a limit can lie at."""
    rows = []
    for truth, score, share in zip(targets[among].T, scores[among].T, missed.tolist(), strict=True):
        lowest, slope, offset = lower_end(score[truth], score, share), 1.0, -np.inf
        if truth.any():
            used = (truth | normal[among]) & (score >= lowest)
            temperature, bias = fit_scale(truth[used], _odds(score[used]))
            ratio = truth.sum() / normal[among].sum()
            slope, offset = 1 / temperature, bias - (1 - EXPONENT) * float(np.log(ratio))
        rows.append((slope, offset, lowest))
    slopes, offsets, ends = np.array(rows).T
    return _Prices(slopes, offsets, ends)


def _odds(scores: Floats) -> Floats:
    return log_odds(np.clip(scores, _INSIDE, 1 - _INSIDE))


def _between(limit: float, scores: Floats) -> float:
    """Move a limit to the middle of the gap between two scores that it lies in."""
    values = np.concatenate([[0.0], np.unique(scores), [1.0]])
    place = int(np.clip(np.searchsorted(values, limit), 1, len(values) - 1))
    return float(values[place - 1] + values[place]) / 2
