from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.slowness import slowness

from mvkt.errors import BootstrapError, PredictionsError
from mvkt.evaluation import Predictions, bootstrap, gap_closed, metrics
from mvkt.evaluation.bootstrap import interval, patient_weights, resampled, share_interval, two_sided_p


def made(skill: float, *, records: int = 400, classes: int = 3, patients: int = 300, seed: int = 0) -> Predictions:
    """A model whose positives score ``skill`` standard deviations higher; every model has the same labels."""
    labels = np.random.default_rng(1)
    targets = labels.random((records, classes)) < 0.3
    patient = labels.integers(patients, size=records).astype(str)
    noise = np.random.default_rng(seed).normal(size=(records, classes))
    return Predictions(
        record_id=np.arange(records).astype(str),
        patient_id=patient,
        targets=targets,
        logits=(noise + skill * targets).astype(np.float32),
        classes=tuple(f"C{number}" for number in range(classes)),
    )


def weights_of(predictions: Predictions, resamples: int, seed: int) -> NDArray[np.float64]:
    return np.concatenate(list(patient_weights(predictions, resamples, seed)), axis=1)


def test_patients_are_drawn_whole_and_as_many_as_there_are() -> None:
    predictions = made(1.0)
    weights = weights_of(predictions, 50, seed=4)
    assert weights.shape == (400, 50)
    number, patients = predictions.patient_numbers()
    drawn = np.zeros((patients, 50))
    drawn[number] = weights
    np.testing.assert_array_equal(drawn[number], weights)  # all records of a patient count alike
    np.testing.assert_array_equal(drawn.sum(axis=0), patients)
    assert abs(weights.mean() - 1) < 0.05
    assert drawn.var() == pytest.approx(1 - 1 / patients, rel=0.1)  # multinomial counts


def test_the_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    predictions = made(1.0)
    weights = weights_of(predictions, 30, seed=4)
    np.testing.assert_array_equal(weights, weights_of(predictions, 30, seed=4))
    assert (weights != weights_of(predictions, 30, seed=5)).any()
    monkeypatch.setattr(bootstrap, "_LARGEST_BLOCK", 3_000)
    assert len(list(patient_weights(predictions, 30, 4))) == 5
    np.testing.assert_array_equal(weights, weights_of(predictions, 30, seed=4))


def test_no_resamples() -> None:
    with pytest.raises(BootstrapError, match="at least one resample, not 0"):
        list(patient_weights(made(1.0), 0, 0))


def test_interval_is_the_percentiles_and_leaves_out_what_is_absent() -> None:
    samples = np.append(np.arange(1001) / 1000, [np.nan, np.nan])
    found = interval(0.5, samples)
    assert found is not None
    assert (found.value, found.low, found.high) == (0.5, pytest.approx(0.025), pytest.approx(0.975))
    assert interval(np.nan, samples) is None
    assert interval(0.5, np.array([np.nan])) is None


def test_interval_covers_the_truth_about_as_often_as_promised() -> None:
    truth = 0.760250  # P(Z1 + 1 > Z2) of unit normals
    covered = 0
    for trial in range(60):
        predictions = made(1.0, records=200, classes=1, patients=10_000, seed=trial + 10)
        targets, logits = predictions.targets, predictions.logits
        samples = resampled(lambda w, t=targets, s=logits: {"auc": metrics.roc_auc(t, s, w)}, predictions, 300, trial)
        found = interval(float(metrics.roc_auc(targets, logits)[0]), samples["auc"][:, 0])
        assert found is not None
        covered += found.low <= truth <= found.high
    assert 51 <= covered <= 60


def test_gap_closed_of_a_student_in_the_middle() -> None:
    teacher, baseline, student = made(2.0), made(0.5), made(1.2)
    result = gap_closed(teacher, baseline, student, resamples=400, seed=1)
    aucs = [metrics.macro_auc(m.targets, m.logits) for m in (teacher, baseline, student)]
    assert result.gap_closed is not None
    assert result.gap_closed.value == pytest.approx((aucs[2] - aucs[1]) / (aucs[0] - aucs[1]))
    assert result.gap_closed.low < result.gap_closed.value < result.gap_closed.high
    assert result.student_minus_baseline.value == pytest.approx(aucs[2] - aucs[1])
    assert result.teacher_minus_baseline.value == pytest.approx(aucs[0] - aucs[1])
    assert result.p_value < 0.01
    assert result.note == ""
    assert result == gap_closed(teacher, baseline, student, resamples=400, seed=1)


def test_the_limits_of_the_share() -> None:
    teacher, baseline = made(2.0), made(0.5)
    nothing = gap_closed(teacher, baseline, baseline, resamples=200)
    assert nothing.gap_closed is not None
    assert (nothing.gap_closed.low, nothing.gap_closed.value, nothing.gap_closed.high) == (0, 0, 0)
    assert nothing.p_value == 1.0
    everything = gap_closed(teacher, baseline, teacher, resamples=200)
    assert everything.gap_closed is not None
    assert (everything.gap_closed.low, everything.gap_closed.value, everything.gap_closed.high) == (1, 1, 1)


def test_no_share_of_a_gap_that_is_not_there() -> None:
    for teacher in (made(1.0, seed=7), made(0.2, seed=7)):
        result = gap_closed(teacher, made(1.0), made(1.4), resamples=300)
        assert result.gap_closed is None
        assert "no gap to close" in result.note
        assert result.student_minus_baseline.low > 0


def test_a_share_with_an_unbounded_interval_is_not_given() -> None:
    # The teacher is better in just over 97.5 % of the resamples; the rest lies beyond every number.
    gains, gaps = np.full(1000, 0.1), np.full(1000, 0.2)
    gaps[:30] = -0.2
    gap = bootstrap.Interval(value=0.2, low=0.001, high=0.2)
    gain = bootstrap.Interval(value=0.1, low=0.1, high=0.1)
    assert bootstrap.share_of_gap(gain, gap, gains, gaps)[0] is None
    gaps[20:] = 0.2
    share, note = bootstrap.share_of_gap(gain, gap, gains, gaps)
    assert share is not None
    assert (share.low, share.value, share.high, note) == (0.5, 0.5, 0.5, "")


def test_pairing_narrows_the_interval_of_the_difference() -> None:
    baseline = made(1.0)
    better = Predictions(
        baseline.record_id,
        baseline.patient_id,
        baseline.targets,
        baseline.logits + np.float32(0.1) * baseline.targets,
        baseline.classes,
    )
    difference = gap_closed(made(2.0), baseline, better, resamples=300).student_minus_baseline
    samples = resampled(
        lambda w: {"auc": metrics.macro(metrics.roc_auc(baseline.targets, baseline.logits, w))},
        baseline,
        300,
        0,
    )["auc"]
    alone = interval(0.5, samples)
    assert alone is not None
    assert difference.low > 0
    assert difference.high - difference.low < (alone.high - alone.low) / 5


def test_windows_are_averaged_before_models_are_compared() -> None:
    def doubled(predictions: Predictions, offset: float) -> Predictions:
        return Predictions(
            np.tile(predictions.record_id, 2),
            np.tile(predictions.patient_id, 2),
            np.tile(predictions.targets, (2, 1)),
            np.concatenate([predictions.logits - offset, predictions.logits + offset]),
            predictions.classes,
        )

    models = made(2.0), made(0.5), made(1.2)
    whole = gap_closed(*models, resamples=100)
    windowed = gap_closed(*(doubled(model, 0.5) for model in models), resamples=100)
    assert whole.student_minus_baseline.value == pytest.approx(windowed.student_minus_baseline.value, abs=1e-4)


@pytest.mark.parametrize("part", ["record_id", "targets", "patient_id", "classes"])
def test_models_must_be_judged_on_the_same_records(part: str) -> None:
    student = made(1.0)
    parts: dict[str, Any] = {
        name: getattr(student, name) for name in ("record_id", "patient_id", "targets", "logits", "classes")
    }
    parts[part] = parts[part][::-1]
    with pytest.raises(PredictionsError, match="same records"):
        gap_closed(made(1.0), made(1.0), Predictions(**parts), resamples=10)


def test_nothing_to_measure() -> None:
    empty = Predictions(["a"], ["p"], [[True]], [[0.0]], ("AF",))
    with pytest.raises(PredictionsError, match=r"none of the 1 classes \(AF\)"):
        gap_closed(empty, empty, empty, resamples=10)


def test_two_sided_p() -> None:
    assert two_sided_p(np.ones(999)) == pytest.approx(2 / 1000)
    assert two_sided_p(np.zeros(999)) == 1.0
    assert two_sided_p(np.r_[-np.ones(49), np.ones(950)]) == pytest.approx(0.1)
    assert two_sided_p(np.r_[np.ones(49), -np.ones(950)]) == pytest.approx(0.1)


def test_a_thousand_bootstraps_of_2000_records_take_less_than_two_seconds() -> None:
    predictions = made(1.0, records=2000, classes=5, patients=1900)
    start = time.process_time()
    resampled(lambda w: {"auc": metrics.roc_auc(predictions.targets, predictions.logits, w)}, predictions, 1000, 0)
    took = time.process_time() - start
    assert took < 2 * slowness()


def test_a_share_of_none_or_all_has_the_exact_binomial_interval() -> None:
    from scipy.stats import binomtest

    for count in (0, 25):
        exact = binomtest(count, 25).proportion_ci(0.95, method="exact")
        found = share_interval(count / 25, np.full(100, count / 25), 25)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    samples = np.linspace(0.1, 0.3, 101)
    assert share_interval(0.2, samples, 25) == interval(0.2, samples)
    assert share_interval(float("nan"), samples, 25) is None
