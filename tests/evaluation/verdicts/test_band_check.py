from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mvkt.errors import PredictionsError
from mvkt.evaluation import Calibration, Predictions, fit_calibration, probabilities
from mvkt.evaluation.verdicts.band_check import check_verdicts, promise_p_value, risk_curve, verdict_shares
from mvkt.evaluation.verdicts.calibration import Verdicts, verdicts

CLASSES = ("AF", "PVC", "STE")
TITLES = {"AF": "atrial fibrillation"}


def made(seed: int, records: int = 500, prevalence: tuple[float, ...] = (0.4, 0.1, 0.2)) -> Predictions:
    random = np.random.default_rng(seed)
    targets = random.random((records, 3)) < prevalence
    logits = random.normal(size=(records, 3)) + 1.6 * targets - 0.8
    patients = random.integers(round(0.9 * records), size=records).astype(str)
    return Predictions(np.arange(records).astype(str), patients, targets, logits, CLASSES)


def test_shares_against_counting() -> None:
    test, calibration = made(1, records=60), fit_calibration(made(0))
    decisions = verdicts(probabilities(test.logits, calibration), calibration)
    weights = np.random.default_rng(0).integers(0, 3, (60, 4)).astype(np.float64)
    shares = verdict_shares(test.targets, decisions, weights)
    for resample in range(4):
        rows = [row for row in range(60) for _ in range(int(weights[row, resample]))]
        for column in range(3):
            decided = [row for row in rows if not decisions.inconclusive[row, column]]
            wrong = [row for row in decided if decisions.found[row, column] != test.targets[row, column]]
            present = [row for row in rows if test.targets[row, column]]
            absent = [row for row in rows if not test.targets[row, column]]
            expected = {
                "decided": len(decided) / len(rows),
                "error": len(wrong) / len(decided),
                "missed": sum(bool(decisions.excluded[row, column]) for row in present) / len(present),
                "false_alarms": sum(bool(decisions.found[row, column]) for row in absent) / len(absent),
            }
            for name, value in expected.items():
                assert shares[name][resample, column] == pytest.approx(value)
        everything = [row for row in rows if not decisions.inconclusive[row].any()]
        assert shares["all_decided"][resample] == pytest.approx(len(everything) / len(rows))


def test_shares_that_do_not_exist() -> None:
    nothing = np.zeros((3, 2), dtype=bool)
    shares = verdict_shares(nothing, Verdicts(found=nothing, excluded=nothing))
    assert shares["decided"].tolist() == [0, 0]
    assert np.isnan(shares["error"]).all()
    assert np.isnan(shares["missed"]).all()
    assert shares["all_decided"] == 0


def test_a_kept_promise() -> None:
    validation, test = made(0), made(1)
    found = check_verdicts(validation, test, fit_calibration(validation), TITLES, resamples=200)
    assert found is not None
    assert [class_.title for class_ in found.classes] == ["atrial fibrillation", "PVC", "STE"]
    assert len(found.promises) == 6
    for class_, column in zip(found.classes, range(3), strict=True):
        assert class_.missed.records == test.targets[:, column].sum()
        assert class_.missed.records + class_.false_alarms.records == 500
        assert class_.missed.kept
        assert class_.false_alarms.kept
        assert 0.3 < class_.decided.value < 1
        assert class_.decided.low < class_.decided.value < class_.decided.high
        assert class_.error is not None
        assert class_.error.value < 0.2
    assert found.decided.value == pytest.approx(np.mean([class_.decided.value for class_ in found.classes]))
    assert found.all_decided.value < min(class_.decided.value for class_ in found.classes)
    assert check_verdicts(validation, test, fit_calibration(validation), TITLES, resamples=200) == found


def test_a_promise_that_other_people_break() -> None:
    """The new records with the class look like records without it."""
    validation, test = made(0), made(1)
    strangers = Predictions(test.record_id, test.patient_id, test.targets, test.logits - 1.6 * test.targets, CLASSES)
    found = check_verdicts(validation, strangers, fit_calibration(validation), TITLES, resamples=50)
    assert found is not None
    assert [class_.missed.kept for class_ in found.classes] == [False, False, False]
    assert found.classes[0].missed.words == "broken"
    assert all(class_.false_alarms.kept for class_ in found.classes)


def test_promises_are_seldom_called_broken_when_they_hold() -> None:
    """With the uncertainty of the band as well: not more often than once in forty, in 600 draws."""
    random, broken = np.random.default_rng(5), 0
    for _ in range(600):
        calibrating, new = np.sort(random.random(60)), random.random(60)
        low = calibrating[6 - 1]  # floor(0.1 * 61) = 6
        errors = int((new < low).sum())
        broken += promise_p_value(errors, 60, 60, 0.1) < 0.025
    assert broken <= 600 * 0.025 + 3 * np.sqrt(600 * 0.025)
    assert broken >= 2, "a check that never fails is none"


def test_p_values_against_drawing() -> None:
    random = np.random.default_rng(0)
    limits = np.sort(random.random((20_000, 39)), axis=1)[:, 4 - 1]  # floor(0.1 * 40) = 4
    errors = random.binomial(50, limits)
    for count in (1, 3, 8, 15):
        assert promise_p_value(count, 50, 39, 0.1) == pytest.approx(np.mean(errors >= count), abs=0.01)
    assert promise_p_value(0, 50, 39, 0.1) == 1
    assert promise_p_value(1, 50, 5, 0.1) == 0, "five records promise that there is no error at all"
    assert promise_p_value(50, 50, 5, 1.0) == 1


def test_the_curve_goes_from_little_to_everything() -> None:
    validation, test = made(0), made(1)
    calibration = fit_calibration(validation)
    curve = risk_curve(validation, test, calibration)
    assert curve[-1].decided == 1
    assert [point.missed for point in curve] == sorted({point.missed for point in curve})
    assert all(later.decided >= earlier.decided for earlier, later in pairwise(curve))
    assert curve[0].error < curve[-1].error
    found = check_verdicts(validation, test, calibration, TITLES, resamples=20)
    assert found is not None
    here = next(point for point in curve if point.missed == pytest.approx(0.1))
    assert here.decided == pytest.approx(found.decided.value)
    assert found.error is not None
    assert here.error == pytest.approx(found.error.value)


def test_classes_that_the_test_set_lacks() -> None:
    validation, test = made(0), made(1, prevalence=(0.4, 0.0, 0.2))
    found = check_verdicts(validation, test, fit_calibration(validation), TITLES, resamples=50)
    assert found is not None
    missing = found.classes[1]
    assert (missing.missed.share, missing.missed.kept, missing.missed.records) == (None, None, 0)
    assert missing.missed.words == "no such record"
    assert missing.false_alarms.kept is not None
    assert len(found.promises) == 5
    others = [found.classes[0].decided.value, found.classes[2].decided.value]
    assert found.decided.value == pytest.approx(np.mean(others))
    with pytest.raises(PredictionsError, match="nothing to evaluate"):
        check_verdicts(validation, made(1, prevalence=(0, 0, 0)), fit_calibration(validation), TITLES, resamples=5)


def test_a_class_that_validation_lacks_is_always_left_open() -> None:
    validation = made(0, prevalence=(0.4, 0.0, 0.2))
    found = check_verdicts(validation, made(1), fit_calibration(validation), TITLES, resamples=50)
    assert found is not None
    silent = found.classes[1]
    assert (silent.decided.value, silent.error, silent.missed.share and silent.missed.share.value) == (0, None, 0)
    assert silent.decided.high == pytest.approx(1 - 0.025 ** (1 / 500))


def test_without_bands_there_is_nothing_to_check() -> None:
    plain = Calibration(temperatures=(1.0,) * 3, thresholds=(0.5,) * 3)
    assert check_verdicts(made(0), made(1), plain, TITLES, resamples=5) is None
    assert risk_curve(made(0), made(1), plain) == ()
    bands = plain.model_copy(update={"inconclusive": ((0.2, 0.7),) * 3})
    assert check_verdicts(made(0), made(1), bands, TITLES, resamples=5) is None


def test_normal_records_and_what_is_overlooked() -> None:
    """By counting: of five normal records one is left open, of five with a finding two get "not found" everywhere."""
    targets = np.array([[0, 0, 1]] * 5 + [[1, 0, 0], [0, 1, 0], [0, 1, 1], [1, 1, 0], [0, 1, 0]], dtype=bool)
    found = np.zeros((10, 3), dtype=bool)
    found[[5, 9], [0, 0]] = True
    excluded = ~found
    excluded[[0, 8], [1, 1]] = False
    decisions = Verdicts(found=found, excluded=excluded)
    shares = verdict_shares(targets, decisions, None, np.array([True, True, False]))
    assert float(shares["normal_left_open"]) == pytest.approx(1 / 5)
    assert float(shares["overlooked"]) == pytest.approx(2 / 5)
    weights = np.ones((10, 2))
    weights[6, 1] = 3
    drawn = verdict_shares(targets, decisions, weights, np.array([True, True, False]))
    assert drawn["overlooked"].tolist() == pytest.approx([2 / 5, 4 / 7])
    assert np.isnan(float(verdict_shares(targets, decisions)["normal_left_open"])), "all classes are findings"


def test_the_promise_to_normal_records_is_checked() -> None:
    def renamed(predictions: Predictions) -> Predictions:
        """The third class is that of normal records, and all records without a finding have it."""
        targets = predictions.targets.copy()
        targets[:, 2] = ~targets[:, :2].any(axis=1)
        names = (predictions.record_id, predictions.patient_id, targets, predictions.logits)
        return Predictions(*names, ("AFIB", "MI", "NORM"))

    validation, test = renamed(made(0)), renamed(made(1))
    calibration = fit_calibration(validation)
    found = check_verdicts(validation, test, calibration, TITLES, resamples=100)
    assert found is not None
    assert found.normal is not None
    assert found.normal.share is not None
    assert found.normal.records == test.targets[:, 2].sum()
    assert found.normal.promised == 0.2
    assert found.normal.words in ("kept", "within chance")
    assert found.normal in found.promises
    assert found.overlooked is not None
    assert found.overlooked.low < found.overlooked.value < found.overlooked.high
    shifted = test.logits + np.array([3.0, 3.0, 0.0])
    ill = Predictions(test.record_id, test.patient_id, test.targets, shifted, test.classes)
    broken = check_verdicts(validation, ill, calibration, TITLES, resamples=20)
    assert broken is not None
    assert broken.normal is not None
    assert broken.normal.words == "broken"
