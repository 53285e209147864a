"""From the cells of a study to figures that hold over its test folds and its seeds.

A *cell* is one training: a method, a seed and a test fold. Two things in a figure are chance, and both are in its
interval: which patients were tested, and how the training happened to go.

**Pooling.** Different cells are different networks, so their scores are never compared with each other: a positive and
a negative form a pair within one cell only. The AUC of a class is the share of all such pairs, over all test folds,
that are in order, and the mean over the seeds of each fold. (Source: van Elteren, Bulletin of the International
Statistical Institute 37:351, 1960, for rank sums added over strata; the weight of a stratum is its number of pairs.)

**Patients.** The patients of each fold are drawn with replacement, all records of a patient together, and the same draw
serves every cell of the fold, so that differences are paired.

**Training.** With ``S`` seeds in a fold, the variance of the mean over seeds that is due to training is
``(between - noise) / S``: ``between`` is the variance of the figure between the seeds, and ``noise`` the part of it
that comes from measuring on few patients, which the resampled patients show and already count. What remains is
added by drawing the seeds of each fold with replacement (the same draw for both methods of a pair) and stretching
their deviations to that variance. Drawing patients and seeds in one go would count the noise up to three times (Owen,
Annals of Applied Statistics 1:386, 2007); drawing seeds without stretching would lose ``1 / S`` of the rest. This is
the analysis of readers and cases with trainings as readers (Obuchowski and Rockette, Communications in Statistics -
Simulation and Computation 24:285, 1995). Few seeds widen the interval through the t distribution, with the degrees of
freedom of Hillis, Statistics in Medicine 26:596 (2007).

Not covered: other training records (the folds share most of theirs), and with one seed a fold no chance of training at
all. Training is taken as independent between the folds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.evaluation import bootstrap
from mvkt.evaluation.ranking import Floats, ratio
from mvkt.numbers import Interval

SIGNIFICANCE = 0.05
"""Of all comparisons of a study together."""

POWER = 0.8
"""Probability of seeing a difference of the detectable size."""


@dataclass(frozen=True)
class Estimate:
    """A figure over folds and seeds, and what its chance is made of.

    Attributes:
        value: Of the records as they are.
        replicates: ``(resamples,)`` values as they might have been, with other patients and other trainings, before
            the t distribution widens them; NaN where a resample has no figure.
        records_variance: Due to who was tested.
        training_variance: Due to how training went; None with one seed a fold, where it cannot be estimated.
        degrees_of_freedom: Of the sum of both; infinite where the seeds play no part.
    """

    value: float
    replicates: Floats
    records_variance: float
    training_variance: float | None
    degrees_of_freedom: float

    @property
    def standard_error(self) -> float:
        """Of the value, with both kinds of chance."""
        return float(np.sqrt(self.records_variance + (self.training_variance or 0.0)))

    def interval(self) -> Interval | None:
        """Return the value with its 95 % interval; None where the figure does not exist."""
        return bootstrap.interval(self.value, self.widened())

    def widened(self) -> Floats:
        """Return the replicates, stretched so that their 95 % interval is that of the t distribution."""
        from scipy.stats import norm, t

        tail = 1 - SIGNIFICANCE / 2
        longer = t.ppf(tail, self.degrees_of_freedom) / norm.ppf(tail)
        return np.asarray(self.value + longer * (self.replicates - self.value))

    def p_value(self) -> float:
        """Two-sided, of the value being 0, by the t distribution of value over standard error.

        Counting replicates beyond 0 would end at 2 / resamples, which a correction for many comparisons or the wide
        tails of few seeds turn into no evidence, however large the difference.
        """
        from scipy.stats import t

        if self.standard_error == 0:
            return float(self.value == 0)
        return float(2 * t.sf(abs(self.value) / self.standard_error, self.degrees_of_freedom))

    def detectable(self, comparisons: int = 1) -> float:
        """Return the smallest true difference that is seen with a probability of 80 %.

        ``(q(1 - 0.05 / 2k) + q(0.8)) * standard error`` with quantiles ``q`` of the t distribution, which is normal
        with many seeds and folds, and ``k`` comparisons. For more than one it is on the safe side: the correction of
        Holm is a little kinder than that of Bonferroni.
        """
        from scipy.stats import t

        quantiles = t.ppf([1 - SIGNIFICANCE / (2 * comparisons), POWER], self.degrees_of_freedom)
        return float(quantiles.sum() * self.standard_error)


def estimate(shares: Floats) -> Estimate:
    """Add up what the cells contribute to a figure.

    Args:
        shares: ``(1 + resamples, folds, seeds)``. The figure is the sum over the folds of the mean over the seeds; row
            0 is of the records as they are. NaN in all rows where there is no cell; a fold has one cell or more.
    """
    present = ~np.isnan(shares[0])
    seeds = present.sum(axis=1)
    filled = np.where(present, shares, 0.0)
    means = filled.sum(axis=2) / seeds
    deviations = np.where(present, filled - means[:, :, np.newaxis], 0.0)
    value, resampled = float(means[0].sum()), means[1:].sum(axis=1)
    records, several = float(np.nanvar(resampled)), seeds > 1
    if not several.any():
        return Estimate(value, resampled, records, None, np.inf)
    between = _per_fold(np.square(deviations[0]), seeds)
    noise = _per_fold(np.nanvar(deviations[1:], axis=0), seeds)
    training = max(0.0, float(np.sum((between - noise) / seeds)))
    drawn, variance_of_drawn = _drawn_seeds(deviations[0], present, len(resampled))
    stretch = np.sqrt(training / variance_of_drawn) if variance_of_drawn > 0 else 0.0
    freedom = _degrees_of_freedom(records + training, float(np.sum(between / seeds)), int(np.sum(seeds - 1)))
    return Estimate(value, resampled + stretch * drawn, records, training, freedom)


def _per_fold(squares: Floats, seeds: NDArray[np.int64]) -> Floats:
    """Turn squared deviations ``(folds, seeds)`` into a variance for each fold.

    One seed alone shows none; such a fold gets the mean of the others.
    """
    variances = ratio(squares.sum(axis=1), (seeds - 1).astype(np.float64))
    return np.where(seeds > 1, variances, variances[seeds > 1].mean())


def _drawn_seeds(deviations: Floats, present: NDArray[np.bool_], resamples: int) -> tuple[Floats, float]:
    """Draw the seeds of each fold with replacement; the same cells give the same draws, whatever their figures.

    Returns:
        ``(resamples,)`` deviations of the figure, and their variance over all possible draws.
    """
    generator = np.random.default_rng(0)
    total, variance = np.zeros(resamples), 0.0
    for of_fold, there in zip(deviations, present, strict=True):
        of_seeds = of_fold[there]
        total += of_seeds[generator.integers(len(of_seeds), size=(resamples, len(of_seeds)))].mean(axis=1)
        variance += float(np.square(of_seeds).mean()) / len(of_seeds)
    return total, variance


def _degrees_of_freedom(total: float, between: float, freedom: int) -> float:
    """Return Hillis' degrees of freedom: of a variance of which the part between the seeds is known from few."""
    return freedom * (total / between) ** 2 if between > 0 else np.inf


def holm(p_values: list[float]) -> list[float]:
    """Correct p values for their number.

    Source: Holm, Scandinavian Journal of Statistics 6:65 (1979).
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values)[order] * factors))
    return [float(p) for p in corrected]
