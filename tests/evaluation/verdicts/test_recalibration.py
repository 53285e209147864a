from __future__ import annotations

import numpy as np
import pytest

from mvkt.errors import PredictionsError
from mvkt.evaluation import Calibration, Predictions, fit_calibration, probabilities
from mvkt.evaluation.verdicts.calibration import fit_verdicts
from mvkt.evaluation.verdicts.platt_scale import fit_scale
from mvkt.evaluation.verdicts.recalibration import fit_to_frequencies, fit_to_labels, prior_shift
from mvkt.evaluation.verdicts.shrinkage import log_odds, probability_of, weight_of_own

SAME = Calibration(temperatures=(1.0, 1.0), thresholds=(0.4, 0.4), inconclusive=((0.2, 0.6), (0.4, 0.4)))


def records(targets: np.ndarray, logits: np.ndarray) -> Predictions:
    names = np.arange(len(targets)).astype(str)
    return Predictions(names, names, targets, logits, tuple(f"C{c}" for c in range(targets.shape[1])))


def place(share: float, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and logits calibrated for a share of 0.3: normal scores of equal spread have linear log odds."""
    generator = np.random.default_rng(seed)
    truth = generator.random(number) < share
    logits = 2.0 * generator.normal(2.0 * truth - 1.0, 1.0) + log_odds(0.3)
    return truth, logits


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
def test_the_share_of_a_class_is_found_without_labels(share: float) -> None:
    _, logits = place(share, 6000, 1)
    found = prior_shift(probability_of(logits), 0.3)
    assert found.after == pytest.approx(share, abs=0.03)
    if share == 0.3:
        assert abs(found.bias) < 0.15


def test_without_evidence_the_share_stays() -> None:
    _, logits = place(0.3, 40, 2)
    assert prior_shift(probability_of(logits), 0.3) == (0.3, 0.3)


def test_more_classes_need_more_evidence() -> None:
    _, logits = place(0.2, 150, 2)
    alone, among_many = prior_shift(probability_of(logits), 0.3), prior_shift(probability_of(logits), 0.3, 400)
    assert alone.after == pytest.approx(0.2, abs=0.05)
    assert among_many == (0.3, 0.3)


def test_nothing_is_estimated_of_a_class_that_was_never_or_always_there() -> None:
    assert prior_shift(np.array([0.1, 0.2]), 0.0).after == 0.0
    assert prior_shift(np.array([0.1, 0.2]), 1.0).after == 1.0


def test_the_shift_is_bounded() -> None:
    found = prior_shift(np.full(5000, 1e-9), 0.3)
    assert found.bias == pytest.approx(-np.log(20.0), abs=1e-6)


def test_probabilities_are_frequencies_elsewhere_after_a_prior_shift() -> None:
    truth, logits = place(0.05, 8000, 3)
    made = records(np.stack([truth, ~truth], axis=1), np.stack([logits, -logits], axis=1))
    shifted, shifts = fit_to_frequencies(SAME, made, (0.3, 0.7))
    before, after = probabilities(made.logits, SAME), probabilities(made.logits, shifted)
    assert abs(after.mean(axis=0) - made.targets.mean(axis=0)).max() < 0.02
    assert abs(before.mean(axis=0) - made.targets.mean(axis=0)).max() > 0.05
    assert [shift.before for shift in shifts] == [0.3, 0.7]


def test_bands_move_with_the_log_odds_and_keep_their_promise() -> None:
    truth, logits = place(0.05, 8000, 4)
    made = records(np.stack([truth, truth], axis=1), np.stack([logits, logits], axis=1))
    shifted, shifts = fit_to_frequencies(SAME, made, (0.3, 0.3))
    low, high = shifted.bands[0]
    assert low == pytest.approx(float(probability_of(log_odds(0.2) + shifts[0].bias)))
    assert high == pytest.approx(0.4)  # never below the threshold
    assert shifted.thresholds == SAME.thresholds
    assert shifted.bands[1] == (0.4, 0.4)
    missed_before = (probabilities(made.logits, SAME)[truth, 0] < 0.2).mean()
    missed_after = (probabilities(made.logits, shifted)[truth, 0] < low).mean()
    assert missed_after == pytest.approx(missed_before, abs=0.005)


def test_shares_are_needed_for_every_class() -> None:
    truth, logits = place(0.3, 50, 5)
    with pytest.raises(PredictionsError, match="1 shares for 2 classes"):
        fit_to_frequencies(SAME, records(np.stack([truth] * 2, 1), np.stack([logits] * 2, 1)), (0.3,))


def test_many_labels_give_what_a_new_fit_gives_and_few_stay_near_the_old() -> None:
    truth, logits = place(0.3, 8000, 6)
    stretched = 3.0 * logits + 2.0
    many = records(np.stack([truth, truth], 1), np.stack([stretched, stretched], 1))
    fitted = fit_to_labels(SAME, many)
    expected = fit_calibration(many)
    assert fitted.temperatures == pytest.approx(expected.temperatures, rel=0.05)
    assert fitted.biases == pytest.approx(expected.biases, abs=0.1)
    few = many.at(np.arange(30))
    weight = weight_of_own(int(few.targets[:, 0].sum()))
    own = fit_scale(few.targets[:, 0], few.logits[:, 0])
    near = fit_to_labels(SAME, few)
    assert 1 / near.temperatures[0] == pytest.approx(weight / own[0] + (1 - weight))
    assert near.biases[0] == pytest.approx(weight * own[1])


def test_a_class_that_is_not_there_keeps_its_calibration() -> None:
    truth, logits = place(0.3, 200, 7)
    made = records(np.stack([truth, np.zeros_like(truth)], 1), np.stack([logits, logits], 1))
    old = SAME.model_copy(update={"inconclusive": ((0.2, 0.6), (0.3, 0.5))})
    fitted = fit_to_labels(old, made)
    assert (fitted.temperatures[1], fitted.thresholds[1], fitted.bands[1]) == (1.0, 0.4, (0.3, 0.5))
    assert fitted.thresholds[0] != 0.4


def test_limits_lean_on_the_old_ones_by_how_many_records_have_the_class() -> None:
    truth, logits = place(0.3, 200, 8)
    made = records(np.stack([truth, truth], 1), np.stack([logits, logits], 1))
    fitted = fit_to_labels(SAME, made)
    weight = weight_of_own(int(truth.sum()))
    alone = fit_verdicts(SAME.model_copy(update={"temperatures": fitted.temperatures, "biases": fitted.biases}), made)
    for old, new, own in zip(SAME.bands[0], fitted.bands[0], alone.bands[0], strict=True):
        assert log_odds(new) == pytest.approx(weight * log_odds(own) + (1 - weight) * log_odds(old))


def test_too_few_labels_for_a_promise_leave_the_ends_of_the_band_where_they_were() -> None:
    truth, logits = place(0.3, 12, 9)
    assert 0 < truth.sum() < 9, "with so few, no score is low enough to promise that one of ten is missed"
    made = records(np.stack([truth, truth], 1), np.stack([logits, logits], 1))
    low, high = fit_to_labels(SAME, made).bands[0]
    assert low == pytest.approx(0.2)
    assert high == pytest.approx(0.6)
