from __future__ import annotations

import numpy as np
import pytest

from mvkt.errors import PredictionsError
from mvkt.evaluation import Calibration, Evaluation, Predictions, evaluate, metrics, probabilities

CALIBRATION = Calibration(temperatures=(1.5, 1.0, 1.0, 0.8), thresholds=(0.4, 0.5, 1.0, 0.3))


@pytest.fixture
def predictions() -> Predictions:
    """600 records, of which the third class has none."""
    generator = np.random.default_rng(0)
    targets = generator.random((600, 4)) < [0.4, 0.1, 0.0, 0.3]
    logits = generator.normal(size=(600, 4)) + 1.5 * targets - 0.5
    patients = generator.integers(500, size=600).astype(str)
    return Predictions(np.arange(600).astype(str), patients, targets, logits, ("AF", "PVC", "STE", "I-AVB"))


@pytest.fixture
def evaluation(predictions: Predictions) -> Evaluation:
    return evaluate(predictions, CALIBRATION, {"AF": "atrial fibrillation"}, resamples=200, seed=2)


def test_figures_are_those_of_the_metrics(predictions: Predictions, evaluation: Evaluation) -> None:
    targets, scaled = predictions.targets, probabilities(predictions.logits, CALIBRATION)
    found = scaled >= np.asarray(CALIBRATION.thresholds)
    assert evaluation.macro_auc.value == pytest.approx(metrics.macro_auc(targets, predictions.logits))
    assert evaluation.macro_average_precision.value == pytest.approx(
        np.nanmean(metrics.average_precision(targets, predictions.logits))
    )
    assert evaluation.macro_f1.value == pytest.approx(np.nanmean(metrics.f1(targets, found)))
    assert evaluation.fmax.value == pytest.approx(float(metrics.fmax(targets, scaled)))
    present = [0, 1, 3]
    assert evaluation.brier == pytest.approx(metrics.brier(targets, scaled)[present].mean())
    ece = metrics.expected_calibration_error(targets, scaled)
    assert evaluation.expected_calibration_error == pytest.approx(ece[present].mean())
    af = evaluation.classes[0]
    assert (af.code, af.title, af.threshold) == ("AF", "atrial fibrillation", 0.4)
    assert af.positives == targets[:, 0].sum()
    assert af.ece == pytest.approx(ece[0])
    plain = 1 / (1 + np.exp(-predictions.logits.astype(np.float64)))
    before = metrics.brier(targets, plain)
    assert af.brier_uncalibrated == pytest.approx(before[0])
    assert af.ece_uncalibrated == pytest.approx(metrics.expected_calibration_error(targets, plain)[0])
    assert evaluation.brier_uncalibrated == pytest.approx(before[present].mean())
    assert evaluation.brier_change.value == pytest.approx(evaluation.brier - evaluation.brier_uncalibrated)
    assert evaluation.brier_change.low < evaluation.brier_change.value < evaluation.brier_change.high
    assert 0 < af.ece_by_chance < 0.1
    assert evaluation.classes[1].title == "PVC"


def test_intervals_lie_around_their_figures(evaluation: Evaluation) -> None:
    af = evaluation.classes[0]
    for figure in (
        evaluation.macro_auc,
        evaluation.macro_f1,
        evaluation.fmax,
        af.auc,
        af.average_precision,
        af.f1,
    ):
        assert figure is not None
        assert figure.low < figure.value < figure.high
        assert figure.high - figure.low < 0.2
    rare, common = evaluation.classes[1].auc, evaluation.classes[0].auc
    assert rare is not None
    assert common is not None
    assert rare.high - rare.low > common.high - common.low


def test_an_absent_class_is_named_and_has_no_figures(evaluation: Evaluation) -> None:
    assert evaluation.absent == ("STE",)
    absent = evaluation.classes[2]
    assert (absent.auc, absent.average_precision, absent.f1, absent.positives) == (None, None, None, 0)


def test_records_and_patients_are_counted(predictions: Predictions, evaluation: Evaluation) -> None:
    assert evaluation.records == 600
    assert evaluation.patients == len(set(predictions.patient_id.tolist()))
    assert evaluation.resamples == 200
    twice = Predictions(
        np.tile(predictions.record_id, 2),
        np.tile(predictions.patient_id, 2),
        np.tile(predictions.targets, (2, 1)),
        np.tile(predictions.logits, (2, 1)),
        predictions.classes,
    )
    assert evaluate(twice, CALIBRATION, {"AF": "atrial fibrillation"}, 200, 2) == evaluation


def test_the_json_holds_no_nan_and_comes_back(evaluation: Evaluation) -> None:
    text = evaluation.model_dump_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert Evaluation.model_validate_json(text) == evaluation


def test_nothing_to_evaluate(predictions: Predictions) -> None:
    empty = Predictions(
        predictions.record_id,
        predictions.patient_id,
        np.zeros_like(predictions.targets),
        predictions.logits,
        predictions.classes,
    )
    with pytest.raises(PredictionsError, match=r"none of the 4 classes \(AF, PVC, STE, I-AVB\)"):
        evaluate(empty, CALIBRATION, {}, resamples=10)


def test_a_calibration_of_another_model(predictions: Predictions) -> None:
    with pytest.raises(PredictionsError, match="cannot be calibrated for 1"):
        evaluate(predictions, Calibration(temperatures=(1.0,), thresholds=(0.5,)), {}, resamples=10)
