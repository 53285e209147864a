from __future__ import annotations

import numpy as np
import pytest

from mvkt.evaluation import Predictions, fit_calibration, probabilities
from mvkt.evaluation.verdicts.calibration import verdicts
from mvkt.evaluation.verdicts.class_bands import Wanted, finding_classes, fit_bands, normal_records
from mvkt.evaluation.verdicts.conformal_band import FALSE_ALARMS, LEFT_OPEN, MISSED

CLASSES = ("AFIB", "HYP", "MI", "NORM", "SR")
WANTED = Wanted(MISSED, FALSE_ALARMS, LEFT_OPEN)


def made(seed: int, records: int = 500) -> Predictions:
    """Fibrillation is easy, hypertrophy can hardly be seen, infarction in part; half of the records are normal."""
    random = np.random.default_rng(seed)
    ill = random.random(records) < 0.5
    truth = random.random((records, 3)) < [0.2, 0.4, 0.6]
    findings = truth & ill[:, np.newaxis]
    normal = ~findings.any(axis=1)
    targets = np.column_stack([findings, normal, ~findings[:, 0]])
    skill = np.array([8.0, 0.8, 2.0, 2.5, 3.0])
    logits = skill * (targets - 0.5) + random.normal(size=targets.shape) - [2, 1, 0, 0, -1]
    names = np.array([f"{seed}{number:04d}" for number in range(records)])
    return Predictions(names, names, targets, logits, CLASSES)


def test_which_classes_and_records_are_normal() -> None:
    assert finding_classes(CLASSES).tolist() == [True, True, True, False, False]
    targets = np.array([[0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0]], dtype=bool)
    assert normal_records(targets, CLASSES).tolist() == [True, True, False, False]
    assert not normal_records(targets, ("A", "B", "C", "D", "E")).any()


def test_four_of_five_normal_records_get_a_clear_answer() -> None:
    shares: dict[str, list[float]] = {"before": [], "after": []}
    for seed in range(40):
        validation, test = made(2 * seed), made(2 * seed + 1)
        normal, finding = normal_records(test.targets, CLASSES), finding_classes(CLASSES)
        for name, left_open in (("before", None), ("after", LEFT_OPEN)):
            calibration = fit_calibration(validation, left_open=left_open)
            decisions = verdicts(probabilities(test.logits, calibration), calibration)
            shares[name].append((~decisions.excluded[normal][:, finding]).any(axis=1).mean())
    assert np.mean(shares["before"]) > 0.7
    assert LEFT_OPEN - 0.05 < np.mean(shares["after"]) < LEFT_OPEN
    assert np.mean(np.array(shares["after"]) <= LEFT_OPEN) > 0.6, "in about three of four validation sets"


def test_the_promise_that_gives_way_is_stated() -> None:
    """The easy class keeps its promise; of the class that is hard to see much is missed, and that is promised."""
    validation = made(0, 2000)
    promise = fit_calibration(validation).promise
    assert promise is not None
    assert (promise.left_open, promise.normals) == (LEFT_OPEN, normal_records(validation.targets, CLASSES).sum())
    missed = dict(zip(CLASSES, promise.missed, strict=True))
    assert missed["AFIB"] == MISSED
    assert missed["HYP"] > missed["MI"] > MISSED
    assert promise.false_alarms[:3] == (FALSE_ALARMS,) * 3
    assert promise.false_alarms[3] > FALSE_ALARMS, "normal ECG is found in most normal records"


def test_the_promises_hold_on_average() -> None:
    made_errors, promised = [], []
    for seed in range(40):
        calibration = fit_calibration(made(2 * seed))
        test, promise = made(2 * seed + 1), calibration.promise
        assert promise is not None
        decisions = verdicts(probabilities(test.logits, calibration), calibration)
        missed = (decisions.excluded & test.targets).sum(axis=0) / test.targets.sum(axis=0)
        alarms = (decisions.found & ~test.targets).sum(axis=0) / (~test.targets).sum(axis=0)
        made_errors.append([missed, alarms])
        promised.append([promise.missed, promise.false_alarms])
    excess = np.array(made_errors) - np.array(promised)
    error = excess.std(axis=0) / np.sqrt(len(excess))
    assert (excess.mean(axis=0) <= 3 * error).all()


def test_normal_classes_are_found_in_most_normal_records() -> None:
    validation = made(0)
    calibration = fit_calibration(validation)
    decisions = verdicts(probabilities(validation.logits, calibration), calibration)
    normal = normal_records(validation.targets, CLASSES)
    assert (decisions.found[normal][:, 3:].mean(axis=0) >= 1 - LEFT_OPEN).all()


@pytest.mark.parametrize("left_open", [None, 0.0])
def test_without_a_promise_to_normal_records(left_open: float | None) -> None:
    validation = made(0)
    scores = probabilities(validation.logits, fit_calibration(validation))
    wanted = Wanted(MISSED, FALSE_ALARMS, left_open)
    bands, promise = fit_bands(validation.targets, scores, [0.4] * 5, CLASSES, wanted)
    assert promise.left_open is None
    assert set(promise.missed) == {MISSED}
    assert all(band.low <= band.threshold <= band.high for band in bands)


def test_a_few_normal_records_promise_nothing() -> None:
    few = made(0).at(np.arange(6))
    _, promise = fit_bands(few.targets, few.logits, [0.4] * 5, CLASSES, WANTED)
    assert promise.left_open is None


def test_what_is_unreadable_has_one_limit_by_the_normal_records() -> None:
    generator = np.random.default_rng(0)
    kind = generator.choice(3, 2000, p=[0.7, 0.27, 0.03])
    targets = np.stack([kind == 1, kind == 2, kind == 0], axis=1)  # AF, NOISE, NSR
    noise = 1 / (1 + np.exp(-generator.normal(4.0 * (kind == 2) - 4.0, 1.0)))
    scores = np.stack([generator.random(2000), noise, generator.random(2000)], axis=1)
    bands, _ = fit_bands(targets, scores, [0.5, 0.6, 0.5], ("AF", "NOISE", "NSR"), Wanted(0.1, 0.05, 0.2))
    low, cut, high = bands[1]
    assert low == cut == high < 0.6
    refused = noise[kind == 0] >= cut
    assert 0.02 < refused.mean() <= 0.03
    assert (noise[kind == 2] >= cut).mean() > 0.8


def test_without_enough_normal_records_the_limit_is_as_for_any_class() -> None:
    targets = np.array([[True, False], [False, True], [False, True]])
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
    bands, _ = fit_bands(targets, scores, [0.5, 0.5], ("NOISE", "NSR"), Wanted(0.1, 0.05, None))
    assert bands[0].low < bands[0].high
