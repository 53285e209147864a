"""Every figure against a plain loop, with ties, weights and absent classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from mvkt.errors import PredictionsError
from mvkt.evaluation import metrics

Array = NDArray[Any]


def plain_auc(targets: Array, scores: Array) -> float:
    pairs = [
        1.0 if positive > negative else 0.5 if positive == negative else 0.0
        for positive in scores[targets]
        for negative in scores[~targets]
    ]
    return sum(pairs) / len(pairs) if pairs else np.nan


def plain_average_precision(targets: Array, scores: Array) -> float:
    if targets.all() or not targets.any():
        return np.nan
    precisions = [targets[scores >= score].mean() for score in scores[targets]]
    return float(np.mean(precisions))


def plain_f1(targets: Array, predicted: Array) -> float:
    if targets.all() or not targets.any():
        return np.nan
    true_positives = sum(t and p for t, p in zip(targets, predicted, strict=True))
    false_positives = sum(p and not t for t, p in zip(targets, predicted, strict=True))
    false_negatives = sum(t and not p for t, p in zip(targets, predicted, strict=True))
    return 2 * true_positives / (2 * true_positives + false_positives + false_negatives)


def plain_fmax(targets: Array, probabilities: Array) -> float:
    best = 0.0
    for threshold in metrics.FMAX_THRESHOLDS:
        precisions, recalls = [], []
        for labels, scores in zip(targets, probabilities, strict=True):
            called = scores >= threshold
            if called.any():
                precisions.append((labels & called).sum() / called.sum())
            if labels.any():
                recalls.append((labels & called).sum() / labels.sum())
        if not recalls:
            return np.nan
        precision, recall = np.mean(precisions) if precisions else 0.0, np.mean(recalls)
        if precision + recall > 0:
            best = max(best, 2 * precision * recall / (precision + recall))
    return float(best)


def plain_ece(targets: Array, probabilities: Array, counts: Array, bins: Array) -> float:
    error = 0.0
    for number in range(metrics.CALIBRATION_BINS):
        inside = bins == number
        weight = counts[inside].sum()
        if weight:
            observed = (counts * targets)[inside].sum() / weight
            predicted = (counts * probabilities)[inside].sum() / weight
            error += weight / counts.sum() * abs(observed - predicted)
    return error


def repeated(counts: Array, *arrays: Array) -> list[Array]:
    """Write a resample out: each record as often as it counts."""
    return [np.repeat(array, counts, axis=0) for array in arrays]


@pytest.fixture
def case() -> tuple[Array, Array, Array]:
    """Targets with an absent class, probabilities with many ties, and resamples."""
    generator = np.random.default_rng(3)
    targets = generator.random((60, 4)) < [0.5, 0.2, 0.05, 0.0]
    probabilities = np.round(generator.random((60, 4)) * 0.6 + 0.3 * targets, 1)
    weights = generator.multinomial(60, [1 / 60] * 60, size=25).T.astype(np.float64)
    return targets, probabilities, weights


RANKED = [
    (metrics.roc_auc, plain_auc),
    (metrics.average_precision, plain_average_precision),
]


@pytest.mark.parametrize(("figure", "plain"), RANKED)
def test_ranked_figures_equal_the_plain_ones(
    figure: Callable[..., Array], plain: Callable[..., float], case: tuple[Array, Array, Array]
) -> None:
    targets, scores, weights = case
    expected = [plain(targets[:, c], scores[:, c]) for c in range(4)]
    np.testing.assert_allclose(figure(targets, scores), expected, atol=1e-12)
    assert np.isnan(expected[3])
    resampled = figure(targets, scores, weights)
    assert resampled.shape == (25, 4)
    for row, counts in zip(resampled, weights.T.astype(int), strict=True):
        some_targets, some_scores = repeated(counts, targets, scores)
        plainly = [plain(some_targets[:, c], some_scores[:, c]) for c in range(4)]
        np.testing.assert_allclose(row, plainly, atol=1e-12)


def test_more_resamples_than_are_computed_at_once(case: tuple[Array, Array, Array]) -> None:
    targets, scores, weights = case
    many = np.tile(weights, (1, 8))  # 200 resamples
    # A product of other shapes is summed in another order: 1e-12, as above.
    np.testing.assert_allclose(
        metrics.roc_auc(targets, scores, many)[175:], metrics.roc_auc(targets, scores, weights), atol=1e-12
    )


def test_auc_is_the_mann_whitney_statistic(case: tuple[Array, Array, Array]) -> None:
    targets, scores, _ = case
    positives, negatives = scores[targets[:, 0], 0], scores[~targets[:, 0], 0]
    statistic = mannwhitneyu(positives, negatives).statistic
    assert metrics.roc_auc(targets, scores)[0] == pytest.approx(
        statistic / (len(positives) * len(negatives)), abs=1e-12
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=25))
def test_ranked_figures_of_any_records(records: list[tuple[bool, int]]) -> None:
    targets = np.array([[target] for target, _ in records])
    scores = np.array([[score] for _, score in records], dtype=np.float32)
    for figure, plain in RANKED:
        expected = plain(targets[:, 0], scores[:, 0])
        np.testing.assert_allclose(figure(targets, scores)[0], expected, atol=1e-12)


def test_limits_of_the_ranked_figures() -> None:
    targets = np.array([[1], [1], [0], [0], [0]], dtype=bool)
    perfect = targets.astype(np.float32)
    assert metrics.roc_auc(targets, perfect) == [1.0]
    assert metrics.roc_auc(targets, -perfect) == [0.0]
    assert metrics.roc_auc(targets, np.zeros((5, 1))) == [0.5]
    assert metrics.average_precision(targets, perfect) == [1.0]
    assert metrics.average_precision(targets, np.zeros((5, 1))) == pytest.approx([0.4])


def test_f1_equals_the_plain_one(case: tuple[Array, Array, Array]) -> None:
    targets, scores, weights = case
    predicted = scores >= 0.5
    expected = [plain_f1(targets[:, c], predicted[:, c]) for c in range(4)]
    np.testing.assert_allclose(metrics.f1(targets, predicted), expected, atol=1e-12)
    for row, counts in zip(metrics.f1(targets, predicted, weights), weights.T.astype(int), strict=True):
        some_targets, some_predicted = repeated(counts, targets, predicted)
        plainly = [plain_f1(some_targets[:, c], some_predicted[:, c]) for c in range(4)]
        np.testing.assert_allclose(row, plainly, atol=1e-12)


def test_f1_of_nothing_found_is_0_and_not_absent() -> None:
    targets = np.array([[True], [False]])
    assert metrics.f1(targets, np.zeros((2, 1), dtype=bool)) == [0.0]


def test_fmax_equals_the_plain_one(case: tuple[Array, Array, Array]) -> None:
    targets, probabilities, weights = case
    assert not targets.any(axis=1).all()  # records without a label are in the case
    assert float(metrics.fmax(targets, probabilities)) == pytest.approx(plain_fmax(targets, probabilities), abs=1e-12)
    values = metrics.fmax(targets, probabilities, weights)
    for value, counts in zip(values, weights.T.astype(int), strict=True):
        assert value == pytest.approx(plain_fmax(*repeated(counts, targets, probabilities)), abs=1e-12)


def test_fmax_by_hand_and_without_labels() -> None:
    targets = np.array([[1, 1], [1, 0]], dtype=bool)
    # At 0.5: precision of the first record 1, nothing called in the second; recall 1/2 and 0.
    # Up to 0.2 everything is called: precision (1 + 1/2) / 2, recall 1.
    probabilities = np.array([[0.9, 0.2], [0.4, 0.3]])
    assert float(metrics.fmax(targets, probabilities)) == pytest.approx(2 * 0.75 / 1.75)
    assert np.isnan(metrics.fmax(np.zeros((2, 2), dtype=bool), probabilities))


def test_brier_and_calibration_error_equal_the_plain_ones(case: tuple[Array, Array, Array]) -> None:
    targets, probabilities, weights = case
    np.testing.assert_allclose(metrics.brier(targets, probabilities), ((probabilities - targets) ** 2).mean(axis=0))
    brier, ece = (
        metrics.brier(targets, probabilities, weights),
        metrics.expected_calibration_error(targets, probabilities, weights),
    )
    for c in range(4):
        bins = metrics.equal_mass_bins(probabilities[:, c])
        single = metrics.expected_calibration_error(targets, probabilities)[c]
        assert single == pytest.approx(plain_ece(targets[:, c], probabilities[:, c], np.ones(60), bins))
        for row, counts in enumerate(weights.T):
            assert ece[row, c] == pytest.approx(plain_ece(targets[:, c], probabilities[:, c], counts, bins))
            some_targets, some = repeated(counts.astype(int), targets[:, c], probabilities[:, c])
            assert brier[row, c] == pytest.approx(((some - some_targets) ** 2).mean())


def test_bins_hold_equally_many_records_and_ties_share_one() -> None:
    distinct = np.random.default_rng(0).permutation(150) / 150
    assert np.bincount(metrics.equal_mass_bins(distinct)).tolist() == [10] * 15
    tied = np.repeat([0.1, 0.9], 20)
    assert len(set(metrics.equal_mass_bins(tied)[:20])) == 1
    assert len(set(metrics.equal_mass_bins(tied))) == 2
    assert metrics.equal_mass_bins(np.full(7, 0.5)).tolist() == [7] * 7


def test_calibration_error_of_a_calibrated_and_of_a_wrong_model() -> None:
    generator = np.random.default_rng(0)
    probabilities = generator.random((20_000, 1))
    targets = generator.random((20_000, 1)) < probabilities
    assert metrics.expected_calibration_error(targets, probabilities)[0] < 0.02
    wrong = np.full((20_000, 1), 0.9)
    assert metrics.expected_calibration_error(targets, wrong)[0] == pytest.approx(0.9 - targets.mean())


def test_absent_classes_are_left_out_of_the_macro() -> None:
    targets = np.array([[1, 0, 1], [0, 0, 1], [1, 0, 1]], dtype=bool)
    scores = np.array([[0.9, 0.1, 0.2], [0.5, 0.1, 0.2], [0.3, 0.1, 0.2]])
    assert metrics.present(targets).tolist() == [True, False, False]
    np.testing.assert_array_equal(np.isnan(metrics.roc_auc(targets, scores)), [False, True, True])
    assert metrics.macro_auc(targets, scores) == 0.5
    weights = np.array([[1.0, 2.0], [1.0, 0.0], [1.0, 1.0]])
    assert metrics.present(targets, weights).tolist() == [[True, False, False], [False, False, False]]
    np.testing.assert_array_equal(metrics.macro(metrics.roc_auc(targets, scores, weights)), [0.5, np.nan])


def test_macro_auc_of_nothing_is_an_error() -> None:
    with pytest.raises(PredictionsError, match="none of the 2 classes"):
        metrics.macro_auc(np.zeros((3, 2), dtype=bool), np.zeros((3, 2)))


def test_the_calibration_error_by_chance_is_that_of_exact_probabilities() -> None:
    random = np.random.default_rng(1)
    probabilities = random.random((300, 2)) * [1.0, 0.1]
    expected = metrics.calibration_error_by_chance(probabilities)
    seen = [
        metrics.expected_calibration_error(random.random((300, 2)) < probabilities, probabilities) for _ in range(200)
    ]
    np.testing.assert_allclose(expected, np.mean(seen, axis=0), rtol=0.08)
    assert (metrics.calibration_error_by_chance(np.tile(probabilities, (16, 1))) < expected / 2.5).all()
    np.testing.assert_array_equal(expected, metrics.calibration_error_by_chance(probabilities))
