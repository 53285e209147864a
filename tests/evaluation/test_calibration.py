from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from mvkt.errors import CorpusError
from mvkt.evaluation import Calibration, Predictions, fit_calibration, probabilities
from mvkt.evaluation.calibration import NEVER, best_f1_threshold


def validation(targets: np.ndarray, logits: np.ndarray) -> Predictions:
    names = np.arange(len(targets)).astype(str)
    return Predictions(names, names, targets, logits, tuple(f"C{c}" for c in range(targets.shape[1])))


def negative_log_likelihood(targets: np.ndarray, logits: np.ndarray, temperature: float) -> float:
    signed = np.where(targets, logits, -logits).astype(np.float64) / temperature
    return float(-np.log(1 / (1 + np.exp(-signed))).mean())


@pytest.fixture
def overconfident() -> Predictions:
    """Logits that are 3 times (class 0) and half (class 1) what they should be."""
    generator = np.random.default_rng(0)
    true_logits = generator.normal(0, 2, (4000, 2))
    targets = generator.random((4000, 2)) < 1 / (1 + np.exp(-true_logits))
    return validation(targets, true_logits * [3.0, 0.5])


def test_the_temperature_is_found_again(overconfident: Predictions) -> None:
    calibration = fit_calibration(overconfident)
    assert calibration.temperatures == pytest.approx((3.0, 0.5), rel=0.1)


def test_no_temperature_on_a_grid_is_better(overconfident: Predictions) -> None:
    calibration = fit_calibration(overconfident)
    for column, temperature in enumerate(calibration.temperatures):
        targets, logits = overconfident.targets[:, column], overconfident.logits[:, column]
        best = negative_log_likelihood(targets, logits, temperature)
        grid = [negative_log_likelihood(targets, logits, t) for t in np.geomspace(0.2, 5, 60)]
        assert best <= min(grid) + 1e-9


def test_a_perfect_ranking_does_not_make_the_model_certain() -> None:
    targets = np.arange(20)[:, np.newaxis] >= 10
    calibration = fit_calibration(validation(targets, np.where(targets, 2.0, -2.0)))
    assert calibration.temperatures[0] == pytest.approx(0.2, rel=1e-3)


def test_no_threshold_is_better(overconfident: Predictions) -> None:
    calibration = fit_calibration(overconfident)
    scaled = probabilities(overconfident.logits, calibration)
    for column, threshold in enumerate(calibration.thresholds):
        targets, scores = overconfident.targets[:, column], scaled[:, column]

        def f1(cut: float, targets: np.ndarray = targets, scores: np.ndarray = scores) -> float:
            found = scores >= cut
            return 2 * (found & targets).sum() / (found.sum() + targets.sum())

        assert f1(threshold) >= max(f1(cut) for cut in np.linspace(0, 1, 501))


def test_threshold_lies_midway_and_the_highest_of_equals_is_taken() -> None:
    targets = np.array([False, False, True, True])
    assert best_f1_threshold(targets, np.array([0.1, 0.3, 0.6, 0.9])) == pytest.approx(0.45)
    # Finding {0.9} and finding everything both have an F1 of 2/3.
    assert best_f1_threshold(np.array([True, False, False, True]), np.array([0.1, 0.2, 0.3, 0.9])) == pytest.approx(0.6)
    assert best_f1_threshold(np.array([True, True]), np.array([0.4, 0.6])) == pytest.approx(0.2)
    tied = best_f1_threshold(np.array([True, False, False]), np.array([0.5, 0.5, 0.1]))
    assert tied == pytest.approx(0.3)


def test_a_class_that_validation_lacks_keeps_its_scale_and_is_never_found() -> None:
    generator = np.random.default_rng(0)
    targets = np.stack([generator.random(50) < 0.4, np.zeros(50, dtype=bool), np.ones(50, dtype=bool)], axis=1)
    calibration = fit_calibration(validation(targets, generator.normal(size=(50, 3))))
    assert calibration.temperatures[1:] == (1.0, 1.0)
    assert calibration.thresholds[1] == NEVER
    assert calibration.thresholds[2] < 0.5
    certain = probabilities(np.full((1, 3), 10.0, dtype=np.float32), calibration)
    assert (certain >= np.asarray(calibration.thresholds)).tolist()[0][1] is False


def test_records_are_calibrated_not_windows() -> None:
    generator = np.random.default_rng(0)
    targets = np.repeat(generator.random((200, 1)) < 0.5, 2, axis=0)
    logits = np.where(targets, 1.0, -1.0) + generator.normal(0, 2, (400, 1))
    names = np.repeat(np.arange(200), 2).astype(str)
    windows = Predictions(names, names, targets, logits, ("C0",))
    assert fit_calibration(windows) == fit_calibration(windows.by_record())


def test_probabilities_are_the_logistic_of_the_scaled_logit() -> None:
    calibration = Calibration(temperatures=(2.0, 0.5), thresholds=(0.5, 0.5))
    logits = np.array([[2.0, 1.0], [-200.0, 400.0]], dtype=np.float32)
    scaled = probabilities(logits, calibration)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-2))], [0, 1]], atol=1e-7)


def test_a_calibration_of_other_classes() -> None:
    with pytest.raises(CorpusError, match="logits of 3 classes cannot be calibrated for 1"):
        probabilities(np.zeros((2, 3), dtype=np.float32), Calibration(temperatures=(1.0,), thresholds=(0.5,)))


@pytest.mark.parametrize(
    ("temperatures", "thresholds"),
    [((0.0,), (0.5,)), ((1.0,), (1.5,)), ((1.0, 1.0), (0.5,)), ((np.nan,), (0.5,))],
)
def test_impossible_calibrations(temperatures: tuple[float, ...], thresholds: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        Calibration(temperatures=temperatures, thresholds=thresholds)
