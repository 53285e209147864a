from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from mvkt.errors import RecipeError
from mvkt.evaluation import Predictions, fit_calibration, probabilities
from mvkt.evaluation.verdicts.band_check import check_verdicts
from mvkt.evaluation.verdicts.calibration import verdicts
from mvkt.evaluation.verdicts.conformal_band import lower_end, upper_end
from mvkt.evaluation.verdicts.shrinkage import log_odds
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits, expected_limit, found_limit, require_classes

CLASSES = ("AF", "NSR", "ORHY")
WANTED = WantedLimits(found=0.9, false_alarms={"NSR": 0.03, "ORHY": 0.08}, missed=0.05)


def made(seed: int, records: int = 1200, skill: float = 6.0) -> Predictions:
    """A tenth fibrillates, a third has another rhythm that looks a little like it."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, size=records, p=[0.1, 0.6, 0.3])
    targets = np.eye(3, dtype=bool)[kind]
    logits = skill * (targets - 0.5) + random.normal(size=targets.shape)
    logits[:, 0] += np.array([0.0, -1.0, 1.0])[kind]
    names = np.array([f"{seed}{number:04d}" for number in range(records)])
    return Predictions(names, names, targets, logits, CLASSES)


def shares_found(test: Predictions, limits: dict[str, WantedLimits], validation: Predictions) -> NDArray[np.float64]:
    calibration = fit_calibration(validation, limits=limits)
    found = verdicts(probabilities(test.logits, calibration), calibration).found[:, 0]
    return np.array([found[test.targets[:, column]].mean() for column in range(3)])


def test_both_shares_are_kept_where_they_can_be() -> None:
    shares = np.mean([shares_found(made(2 * seed + 1), {"AF": WANTED}, made(2 * seed)) for seed in range(10)], axis=0)
    assert shares[0] > 0.9
    assert shares[1] < 0.03
    assert shares[2] < 0.08


def test_the_limit_lies_halfway_between_the_two_in_log_odds() -> None:
    validation = made(0, 100_000)  # so many that nothing leans on what is expected
    scores = 1 / (1 + np.exp(-validation.logits.astype(np.float64)))
    score, af, other = scores[:, 0], validation.targets[:, 0], validation.targets[:, 2]
    ends = log_odds(np.array([lower_end(score[af], score, 0.1), upper_end(score[other], score, 0.08)]))
    limit = found_limit(WANTED, 0, validation.targets, scores, CLASSES)
    assert log_odds(limit) == pytest.approx(ends.mean(), abs=0.02)


@pytest.mark.parametrize("wanted", [WantedLimits(found=0.9), WantedLimits(false_alarms={"ORHY": 0.08})])
def test_of_a_single_share_it_is_the_limit_of_that(wanted: WantedLimits) -> None:
    shares = np.mean(
        [shares_found(made(2 * seed + 1, skill=3), {"AF": wanted}, made(2 * seed, skill=3)) for seed in range(10)],
        axis=0,
    )
    if wanted.found:
        assert shares[0] == pytest.approx(0.9, abs=0.03)
    else:
        assert shares[2] == pytest.approx(0.08, abs=0.02)


def test_where_both_cannot_be_kept_both_give_way() -> None:
    shares = np.mean([shares_found(made(s + 50, skill=2), {"AF": WANTED}, made(s, skill=2)) for s in range(10)], axis=0)
    assert shares[0] < 0.9
    assert shares[2] > 0.08


def test_few_records_lean_on_the_probabilities() -> None:
    """Of five with the class nothing can be promised: the limit is the one that calibrated probabilities give."""
    few = made(3, 60)
    scores = (1 / (1 + np.exp(-few.logits.astype(np.float64)))).astype(np.float64)
    targets = few.targets & (np.cumsum(few.targets, axis=0) <= 5)
    limit = found_limit(WantedLimits(found=0.9), 0, targets, scores, CLASSES)
    assert limit == pytest.approx(expected_limit(scores[:, 0], scores[:, 0], 0.9))


def test_the_expected_limit_by_a_plain_loop() -> None:
    random = np.random.default_rng(4)
    scores, membership = random.random(50), random.random(50)
    limit = expected_limit(scores, membership, 0.7)
    assert membership[scores >= limit].sum() >= 0.7 * membership.sum()
    least = scores[scores >= limit].min()
    assert membership[scores > least].sum() < 0.7 * membership.sum()
    assert expected_limit(scores, membership, 1.0) == pytest.approx(scores.min() / 2)


def test_a_band_lies_below_the_limit_and_other_classes_stay() -> None:
    validation = made(0)
    plain = fit_calibration(validation)
    with_limits = fit_calibration(validation, limits={"AF": WANTED})
    assert with_limits.inconclusive[1:] == plain.inconclusive[1:]
    low, high = with_limits.inconclusive[0]
    assert low <= high == with_limits.thresholds[0]
    assert with_limits.promise is not None
    assert with_limits.promise.limits == {"AF": WANTED}


def test_missed_alone_moves_the_lower_end_alone() -> None:
    validation = made(0, skill=2)
    plain = fit_calibration(validation, left_open=None)
    strict = fit_calibration(validation, left_open=None, limits={"ORHY": WantedLimits(missed=0.02)})
    assert strict.inconclusive[2][0] < plain.inconclusive[2][0]
    assert strict.inconclusive[:2] == plain.inconclusive[:2]


def test_the_wanted_limits_are_checked_on_the_test_records() -> None:
    validation, test = made(0), made(1)
    calibration = fit_calibration(validation, limits={"AF": WANTED})
    checked = check_verdicts(validation, test, calibration, {}, resamples=50)
    assert checked is not None
    rows = {row.other: row.kept for row in checked.limits}
    assert set(rows) == set(CLASSES)
    found = verdicts(probabilities(test.logits, calibration), calibration).found[:, 0]
    for column, code in enumerate(CLASSES):
        wrong = (~found if code == "AF" else found)[test.targets[:, column]]
        share = rows[code].share
        assert share is not None
        assert (share.value, rows[code].records) == (pytest.approx(wrong.mean()), len(wrong))
        assert share.low <= share.value <= share.high
    assert len(checked.promises) >= 3


def test_limits_of_classes_that_there_are_not() -> None:
    require_classes({"AF": WANTED}, CLASSES)
    with pytest.raises(RecipeError, match=r"limits name ORHY; the classes are AF, NSR"):
        require_classes({"AF": WANTED}, ("AF", "NSR"))
    with pytest.raises(RecipeError, match=r"limits name AFIB"):
        require_classes({"AFIB": WantedLimits(missed=0.1)}, CLASSES)
    with pytest.raises(RecipeError, match=r"limits of AF: false alarms are in records of another class"):
        require_classes({"AF": WantedLimits(false_alarms={"AF": 0.1})}, CLASSES)


@pytest.mark.parametrize("fault", [{"found": 0.0}, {"found": 1.2}, {"false_alarms": {"NSR": -0.1}}, {"hit": 0.9}])
def test_shares_lie_between_nothing_and_all(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WantedLimits.model_validate(fault)
