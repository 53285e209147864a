from __future__ import annotations

import numpy as np
import pytest

from mvkt.evaluation.verdicts.calibration import best_f1_threshold
from mvkt.evaluation.verdicts.shrinkage import (
    STRENGTH,
    expected_f1_threshold,
    log_odds,
    probability_of,
    shrink_thresholds,
    weight_of_own,
)


def test_log_odds_and_back() -> None:
    chances = np.array([0.01, 0.3, 0.5, 0.99])
    np.testing.assert_allclose(probability_of(log_odds(chances)), chances)


def test_a_class_goes_by_its_positives_from_the_expected_cut_to_its_own() -> None:
    scores = np.random.default_rng(0).random((500, 2)) ** 3
    for column, (moved, own, count) in enumerate(
        zip(shrink_thresholds((0.9, 0.1), (5, 200), scores), (0.9, 0.1), (5, 200), strict=True)
    ):
        weight = count / (count + STRENGTH)
        expected = weight * log_odds(own) + (1 - weight) * log_odds(expected_f1_threshold(scores[:, column]))
        assert moved == pytest.approx(float(probability_of(expected)))


def test_the_expected_cut_is_the_best_of_all_by_a_plain_loop() -> None:
    scores = np.random.default_rng(1).random(40) ** 2

    def expected(cut: float) -> float:
        found = [score for score in scores.tolist() if score >= cut]
        return 2 * sum(found) / (len(found) + sum(scores.tolist()))

    best = max(expected(cut) for cut in scores.tolist())
    assert expected(expected_f1_threshold(scores)) == pytest.approx(best)


def test_classes_without_negatives_or_positives_stay() -> None:
    scores = np.full((100, 2), 0.4)
    assert shrink_thresholds((1.0, 0.0), (0, 100), scores) == [1.0, 0.0]


def test_cuts_at_the_ends_stay_numbers() -> None:
    moved = shrink_thresholds((0.0, 1.0), (10, 10), np.random.default_rng(2).random((50, 2)))
    assert all(0 < cut < 1 for cut in moved)


def test_the_weight_is_half_at_the_strength() -> None:
    assert weight_of_own(0) == 0
    assert weight_of_own(round(STRENGTH)) == pytest.approx(0.5)


def test_limits_chosen_at_few_positives_travel_better() -> None:
    """Over many small validation sets, the mean F1 elsewhere of a class with about eight positives gains."""
    generator = np.random.default_rng(0)

    def draw(number: int) -> tuple[np.ndarray, np.ndarray]:
        truth = generator.random(number) < 0.02
        return truth, probability_of(1.5 * (generator.normal(2.0 * truth - 1.0, 1.0)) * 4 / 3 + log_odds(0.02))

    def f1(cut: float) -> float:
        found = elsewhere[1] >= cut
        return float(2 * (found & elsewhere[0]).sum() / max(found.sum() + elsewhere[0].sum(), 1))

    elsewhere = draw(20_000)
    gains = []
    for _ in range(60):
        truth, scores = draw(400)
        if truth.any():
            own = best_f1_threshold(truth, scores)
            gains.append(f1(shrink_thresholds((own,), (int(truth.sum()),), scores[:, np.newaxis])[0]) - f1(own))
    assert np.mean(gains) > 0.01
