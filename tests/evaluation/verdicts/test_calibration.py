from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mvkt.errors import PredictionsError
from mvkt.evaluation import Calibration, Predictions, fit_calibration, probabilities
from mvkt.evaluation.verdicts.calibration import NEVER, best_f1_threshold, fit_verdicts, verdicts
from mvkt.evaluation.verdicts.conformal_band import FALSE_ALARMS, MISSED


def validation(targets: np.ndarray, logits: np.ndarray) -> Predictions:
    names = np.arange(len(targets)).astype(str)
    return Predictions(names, names, targets, logits, tuple(f"C{c}" for c in range(targets.shape[1])))


def softened_loss(targets: np.ndarray, logits: np.ndarray, temperature: float, bias: float) -> float:
    """Platt's loss, term by term."""
    positives, negatives = int(targets.sum()), int((~targets).sum())
    total = 0.0
    for target, logit in zip(targets.tolist(), logits.tolist(), strict=True):
        wanted = (positives + 1) / (positives + 2) if target else 1 / (negatives + 2)
        scaled = logit / temperature + bias
        total += wanted * np.log1p(np.exp(-scaled)) + (1 - wanted) * np.log1p(np.exp(scaled))
    return total / len(targets)


@pytest.fixture
def overconfident() -> Predictions:
    """Logits that are 3 times (class 0) and half (class 1) what they should be, and 1 too high (class 1)."""
    generator = np.random.default_rng(0)
    true_logits = generator.normal(0, 2, (4000, 2))
    targets = generator.random((4000, 2)) < 1 / (1 + np.exp(-true_logits))
    return validation(targets, true_logits * [3.0, 0.5] + [0.0, 0.5])


def test_temperature_and_bias_are_found_again(overconfident: Predictions) -> None:
    calibration = fit_calibration(overconfident)
    assert calibration.temperatures == pytest.approx((3.0, 0.5), rel=0.1)
    assert calibration.biases == pytest.approx((0.0, -1.0), abs=0.1)
    scaled = probabilities(overconfident.logits, calibration)
    np.testing.assert_allclose(scaled.mean(axis=0), overconfident.targets.mean(axis=0), atol=0.002)


def test_no_temperature_and_bias_on_a_grid_are_better(overconfident: Predictions) -> None:
    some = overconfident.at(np.arange(150))
    calibration = fit_calibration(some)
    for column, scale in enumerate(zip(calibration.temperatures, calibration.biases, strict=True)):
        targets, logits = some.targets[:, column], some.logits[:, column].astype(np.float64)
        best = softened_loss(targets, logits, *scale)
        for temperature in np.geomspace(0.2, 5, 12):
            for bias in np.linspace(-2, 2, 9):
                assert best <= softened_loss(targets, logits, float(temperature), float(bias)) + 1e-9


def test_a_perfect_ranking_does_not_make_the_model_certain() -> None:
    targets = np.arange(20)[:, np.newaxis] >= 10
    records = validation(targets, np.where(targets, 2.0, -2.0))
    calibration = fit_calibration(records)
    expected = np.where(targets, 11 / 12, 1 / 12)  # the softened labels, which are reached here
    np.testing.assert_allclose(probabilities(records.logits, calibration), expected, atol=1e-4)
    far = fit_calibration(validation(targets, np.where(targets, 200.0, -200.0)))
    assert far.temperatures[0] == pytest.approx(5.0)


def test_no_threshold_is_better_where_the_bands_allow_it(overconfident: Predictions) -> None:
    calibration = fit_calibration(overconfident, missed=0.0, false_alarms=0.0)
    scaled = probabilities(overconfident.logits, calibration)
    for column, threshold in enumerate(calibration.thresholds):
        targets, scores = overconfident.targets[:, column], scaled[:, column]

        def f1(cut: float, targets: np.ndarray = targets, scores: np.ndarray = scores) -> float:
            found = scores >= cut
            return 2 * (found & targets).sum() / (found.sum() + targets.sum())

        # With 2,000 positives the threshold leans on the probabilities by a hundredth.
        assert f1(threshold) >= max(f1(cut) for cut in np.linspace(0, 1, 501)) - 0.001


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
    assert calibration.biases[1:] == (0.0, 0.0)
    assert calibration.inconclusive[1:] == ((0.0, 1.0), (0.0, 1.0))
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
    shifted = calibration.model_copy(update={"biases": (-1.0, 3.0)})
    np.testing.assert_allclose(probabilities(logits, shifted)[0], [0.5, 1 / (1 + np.exp(-5))], atol=1e-7)


def test_verdicts_are_those_of_bundles() -> None:
    calibration = Calibration(
        temperatures=(1.0, 1.0, 1.0), thresholds=(0.5, 0.5, 0.4), inconclusive=((0.2, 0.7), (0.5, 0.5), (0.4, 0.9))
    )
    scores = np.array([[0.19, 0.49, 0.39], [0.2, 0.5, 0.4], [0.69, 0.51, 0.89], [0.7, 0.9, 0.9]])
    decisions = verdicts(scores, calibration)
    words = np.where(decisions.found, "found", np.where(decisions.excluded, "not found", "inconclusive")).tolist()
    assert words == [
        ["not found", "not found", "not found"],
        ["inconclusive", "found", "inconclusive"],
        ["inconclusive", "found", "inconclusive"],
        ["found", "found", "found"],
    ]
    assert (decisions.inconclusive == (np.array(words) == "inconclusive")).all()
    plain = Calibration(temperatures=(1.0,) * 3, thresholds=(0.5, 0.5, 0.4))
    assert not verdicts(scores, plain).inconclusive.any()
    assert (verdicts(scores, plain).found == (scores >= [0.5, 0.5, 0.4])).all()


def test_thresholds_lie_in_their_bands_and_the_promise_has_the_number_of_records(overconfident: Predictions) -> None:
    calibration = fit_calibration(overconfident)
    for (low, high), threshold in zip(calibration.inconclusive, calibration.thresholds, strict=True):
        assert low <= threshold <= high
    promise = calibration.promise
    assert promise is not None
    assert (promise.missed, promise.false_alarms) == ((MISSED,) * 2, (FALSE_ALARMS,) * 2)
    assert (promise.left_open, promise.normals) == (None, 0), "neither class is one of normal records"
    assert promise.positives == tuple(overconfident.targets.sum(axis=0).tolist())
    assert promise.negatives == tuple((~overconfident.targets).sum(axis=0).tolist())
    other = fit_verdicts(calibration, overconfident, missed=0.01, false_alarms=0.01)
    assert (other.temperatures, other.biases) == (calibration.temperatures, calibration.biases)
    assert other.inconclusive[0][0] < calibration.inconclusive[0][0]
    assert other.inconclusive[0][1] > calibration.inconclusive[0][1]


def test_a_calibration_of_other_classes() -> None:
    with pytest.raises(PredictionsError, match="logits of 3 classes cannot be calibrated for 1"):
        probabilities(np.zeros((2, 3), dtype=np.float32), Calibration(temperatures=(1.0,), thresholds=(0.5,)))


@pytest.mark.parametrize(
    ("temperatures", "thresholds"),
    [((0.0,), (0.5,)), ((1.0,), (1.5,)), ((1.0, 1.0), (0.5,)), ((np.nan,), (0.5,))],
)
def test_impossible_scales(temperatures: tuple[float, ...], thresholds: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        Calibration(temperatures=temperatures, thresholds=thresholds)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"biases": (0.0, 0.0)}, "2 biases for 1 thresholds"),
        ({"inconclusive": ((0.1, 0.6), (0.1, 0.6))}, "2 inconclusive for 1 thresholds"),
        ({"inconclusive": ((0.6, 0.7),)}, "outside the band from 0.6 to 0.7"),
        ({"inconclusive": ((0.7, 0.3),)}, "outside the band"),
        ({"biases": (np.inf,)}, "finite"),
    ],
)
def test_impossible_bands_and_biases(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Calibration(temperatures=(1.0,), thresholds=(0.5,), **parts)
