"""Estimates against plain loops, and against what simulated studies do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from mvkt.study.results.statistics import Estimate, estimate, holm

Array = NDArray[Any]


def simulated(
    random: np.random.Generator, *, folds: int, seeds: int, training: float, truth: float = 0.0, resamples: int = 200
) -> Array:
    """Shares of a mean over records: of each record, of each training, and of both together."""
    records = 40
    shares = np.empty((1 + resamples, folds, seeds))
    for fold in range(folds):
        values = truth + random.normal(size=(records, 1)) + random.normal(size=(records, seeds))
        values = values + np.sqrt(training / records) * random.normal(size=(1, seeds))
        weights = random.multinomial(records, [1 / records] * records, size=resamples)
        shares[:, fold] = np.vstack([np.ones(records), weights]) @ values / records / folds
    return shares


def test_an_estimate_equals_the_plain_one() -> None:
    shares = simulated(np.random.default_rng(0), folds=3, seeds=4, training=2.0)
    found = estimate(shares)
    assert found.value == pytest.approx(sum(shares[0, fold].mean() for fold in range(3)))
    resampled = [sum(row[fold].mean() for fold in range(3)) for row in shares[1:]]
    assert found.records_variance == pytest.approx(np.var(resampled))
    training = 0.0
    for fold in range(3):
        between = np.var(shares[0, fold], ddof=1)
        of_seeds = [np.var(shares[1:, fold, seed] - shares[1:, fold].mean(axis=1)) for seed in range(4)]
        training += (between - sum(of_seeds) / 3) / 4
    assert training > 0
    assert found.training_variance == pytest.approx(training)
    assert found.standard_error == pytest.approx(np.sqrt(np.var(resampled) + training))


def test_the_replicates_have_both_variances() -> None:
    shares = simulated(np.random.default_rng(0), folds=4, seeds=3, training=6.0, resamples=4000)
    found = estimate(shares)
    assert found.training_variance is not None
    assert found.training_variance > found.records_variance / 5
    assert np.std(found.replicates) == pytest.approx(found.standard_error, rel=0.05)
    interval = found.interval()
    assert interval is not None
    half = stats.t.ppf(0.975, found.degrees_of_freedom) * found.standard_error
    assert interval.low == pytest.approx(found.value - half, abs=0.08 * half)
    assert interval.high == pytest.approx(found.value + half, abs=0.08 * half)


def test_one_seed_covers_the_records_alone() -> None:
    shares = simulated(np.random.default_rng(0), folds=3, seeds=1, training=50.0)
    found = estimate(shares)
    assert found.training_variance is None
    assert found.degrees_of_freedom == np.inf
    np.testing.assert_allclose(found.replicates, shares[1:, :, 0].sum(axis=1))


def test_seeds_that_agree_add_nothing() -> None:
    one_seed = simulated(np.random.default_rng(0), folds=3, seeds=1, training=0.0)
    found, alone = estimate(np.repeat(one_seed, 3, axis=2)), estimate(one_seed)
    assert found.training_variance == 0
    assert found.standard_error == pytest.approx(alone.standard_error)


def test_missing_cells() -> None:
    shares = simulated(np.random.default_rng(0), folds=3, seeds=3, training=5.0)
    shares[:, 0, 2] = np.nan
    shares[:, 1, :2] = np.nan
    found = estimate(shares)
    assert found.value == pytest.approx(shares[0, 0, :2].mean() + shares[0, 1, 2] + shares[0, 2].mean())
    excess = []
    for fold, there in ((0, [0, 1]), (2, [0, 1, 2])):
        inside = shares[:, fold, there]
        deviations = inside[1:] - inside[1:].mean(axis=1, keepdims=True)
        excess.append(np.var(inside[0], ddof=1) - np.var(deviations, axis=0).sum() / (len(there) - 1))
    expected = excess[0] / 2 + excess[1] / 3 + np.mean(excess)  # a seed alone has the variance of the other folds
    assert found.training_variance == pytest.approx(max(0.0, expected))


def test_resamples_without_both_kinds_of_records_are_left_out() -> None:
    shares = simulated(np.random.default_rng(0), folds=2, seeds=2, training=1.0)
    whole = estimate(shares)
    shares[5] = np.nan
    found = estimate(shares)
    assert np.isnan(found.replicates).sum() == 1
    assert found.standard_error == pytest.approx(whole.standard_error, rel=0.05)
    assert found.interval() is not None


@pytest.mark.parametrize(
    ("folds", "seeds", "training"),
    [(4, 3, 0.0), (4, 3, 3.0), (6, 2, 1.0), (1, 4, 2.0), (5, 1, 0.0)],
)
def test_intervals_and_p_values_keep_what_they_promise(folds: int, seeds: int, training: float) -> None:
    random, trials = np.random.default_rng(1), 200
    found = [estimate(simulated(random, folds=folds, seeds=seeds, training=training)) for _ in range(trials)]
    intervals = [estimated.interval() for estimated in found]
    covered = np.mean([interval.low <= 0 <= interval.high for interval in intervals if interval])
    assert 0.91 <= covered <= 0.99
    assert 0.01 <= np.mean([estimated.p_value() < 0.05 for estimated in found]) <= 0.09
    spread = np.std([estimated.value for estimated in found])
    assert np.sqrt(np.mean([estimated.standard_error**2 for estimated in found])) == pytest.approx(spread, rel=0.2)


def test_a_detectable_difference_is_seen_four_times_in_five() -> None:
    random = np.random.default_rng(2)
    pilot = [estimate(simulated(random, folds=5, seeds=3, training=1.0)).detectable() for _ in range(50)]
    truth = float(np.mean(pilot))
    found = [estimate(simulated(random, folds=5, seeds=3, training=1.0, truth=truth)) for _ in range(200)]
    assert 0.72 <= np.mean([estimated.p_value() < 0.05 for estimated in found]) <= 0.88


def test_detectable_and_p_value_are_those_of_the_normal_distribution_without_seeds() -> None:
    found = Estimate(0.02, np.zeros(1), 1e-4, None, np.inf)
    assert found.detectable() == pytest.approx((1.959964 + 0.841621) * 0.01, rel=1e-5)
    assert found.detectable(10) == pytest.approx((stats.norm.isf(0.0025) + stats.norm.isf(0.2)) * 0.01)
    assert found.p_value() == pytest.approx(0.0455003, rel=1e-5)
    few = Estimate(0.02, np.zeros(1), 0.5e-4, 0.5e-4, 4.0)
    assert few.p_value() == pytest.approx(2 * stats.t.sf(2, 4))
    assert few.detectable() > found.detectable()


def test_methods_with_the_same_outputs_do_not_differ() -> None:
    found = estimate(np.zeros((51, 3, 2)))
    assert (found.value, found.p_value(), found.detectable()) == (0.0, 1.0, 0.0)


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []
