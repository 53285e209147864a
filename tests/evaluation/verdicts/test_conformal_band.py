from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvkt.evaluation.verdicts.conformal_band import Band, allowed_errors, confident_errors, fit_band


def drawn(random: np.random.Generator, records: int, skill: float) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which three in ten are positive, and scores that know something about them."""
    targets = random.random(records) < 0.3
    scores = 1 / (1 + np.exp(-(skill * (targets - 0.5) + random.normal(size=records))))
    return targets, scores.astype(np.float32)


@pytest.mark.parametrize("skill", [0.5, 1.5, 4.0])
@pytest.mark.parametrize("records", [40, 200])
def test_the_promise_holds_on_average_for_exchangeable_records(skill: float, records: int) -> None:
    random = np.random.default_rng(round(10 * skill) + records)
    missed, alarms = [], []
    for _ in range(400):
        targets, scores = drawn(random, records, skill)
        low, _, high = fit_band(targets, scores, 0.0, missed=0.1, false_alarms=0.05)
        new_targets, new_scores = drawn(random, 400, skill)
        missed.append(np.mean(new_scores[new_targets] < low))
        alarms.append(np.mean(new_scores[~new_targets] >= high))
    for found, promised in ((missed, 0.1), (alarms, 0.05)):
        error = np.std(found) / np.sqrt(len(found))
        assert np.mean(found) <= promised + 3 * error
        if skill < 4 and records == 200:  # and nothing is given away where the band is open
            assert np.mean(found) >= promised - 1 / 40 - 3 * error


def test_an_easy_class_leaves_nothing_open_and_keeps_its_promise() -> None:
    targets, scores = drawn(np.random.default_rng(0), 500, 8.0)
    for threshold in (0.01, 0.5, 0.9):
        low, middle, high = fit_band(targets, scores, threshold)
        assert low == middle == high
        assert np.mean(scores[targets] < low) <= 0.1
        assert np.mean(scores[~targets] >= high) <= 0.05
    assert fit_band(targets, scores, 0.5).threshold == 0.5


def test_nothing_is_found_below_its_threshold() -> None:
    targets, scores = drawn(np.random.default_rng(0), 500, 8.0)
    low, threshold, high = fit_band(targets, scores, 0.99)
    assert low < threshold == high == 0.99


def test_ends_give_way() -> None:
    targets, scores = drawn(np.random.default_rng(0), 200, 1.5)
    plain = fit_band(targets, scores, 0.0)
    assert fit_band(targets, scores, 0.0, lowest=plain.low + 0.1).low == pytest.approx(plain.low + 0.1)
    assert fit_band(targets, scores, 0.0, lowest=plain.low - 0.1) == plain
    assert fit_band(targets, scores, 0.0, highest=plain.high - 0.1).high == pytest.approx(plain.high - 0.1)
    assert fit_band(targets, scores, 0.0, highest=plain.high + 0.1) == plain
    shut = fit_band(targets, scores, 0.5, lowest=0.99)
    assert shut.low == shut.high


def by_hand(targets: list[bool], scores: list[float], missed: float, alarms: float) -> Callable[[Band], bool]:
    """Count whether a band keeps its promises among the records that it was chosen on and one more."""

    def keeps(band: Band) -> bool:
        positives = [score for target, score in zip(targets, scores, strict=True) if target]
        negatives = [score for target, score in zip(targets, scores, strict=True) if not target]
        # If the new record is an error, it is one more among one more.
        lost = sum(score < band.low for score in positives) + 1 if band.low > 0 else 0
        called = sum(score >= band.high for score in negatives) + 1 if band.high < 1 else 0
        return lost <= missed * (len(positives) + 1) + 1e-9 and called <= alarms * (len(negatives) + 1) + 1e-9

    return keeps


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=60),
    st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5]),
    st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5]),
    st.floats(0, 1),
)
def test_against_counting(records: list[tuple[bool, int]], missed: float, alarms: float, threshold: float) -> None:
    targets, scores = [target for target, _ in records], [place / 12 for _, place in records]
    band = fit_band(np.array(targets), np.array(scores, dtype=np.float32), threshold, missed, alarms)
    assert 0 <= band.low <= band.threshold <= band.high <= 1
    assert band.high >= threshold
    if any(targets) and not all(targets):
        assert by_hand(targets, np.float32(scores).tolist(), missed, alarms)(band)
    else:
        assert band == (0, threshold, 1)


def test_the_ends_lie_between_scores() -> None:
    scores = np.arange(1, 41, dtype=np.float32) / 50  # 0.02 to 0.80
    targets = np.arange(40) % 2 == 0  # 20 of each
    low, _, high = fit_band(targets, scores, 0.3, missed=0.1, false_alarms=0.1)
    # Two of 21 places: the second lowest positive is 0.06, the second highest negative 0.76.
    assert low == pytest.approx((0.04 + 0.06) / 2)
    assert high == pytest.approx((0.76 + 0.78) / 2)


def test_few_records_promise_little() -> None:
    random = np.random.default_rng(0)
    targets, scores = np.arange(100) < 8, random.random(100).astype(np.float32)
    assert fit_band(targets, scores, 0.5).low == 0, "eight positives are too few to find the lowest tenth"
    assert fit_band(~targets, scores, 0.5).high == 1
    assert fit_band(np.arange(100) < 9, scores, 0.5).low > 0
    assert fit_band(np.zeros(100, dtype=bool), scores, 1.0) == (0.0, 1.0, 1.0)
    assert fit_band(np.ones(100, dtype=bool), scores, 0.2) == (0.0, 0.2, 1.0)


def test_scores_that_are_all_the_same() -> None:
    targets = np.arange(200) % 2 == 0
    low, threshold, high = fit_band(targets, np.full(200, 0.5, dtype=np.float32), 0.5)
    assert low < 0.5 < high
    assert threshold == 0.5


@pytest.mark.parametrize(
    ("records", "share", "allowed"), [(8, 0.1, 0), (9, 0.1, 1), (19, 0.05, 1), (99, 0.29, 29), (99, 0.07, 7), (5, 1, 6)]
)
def test_allowed_errors(records: int, share: float, allowed: int) -> None:
    assert allowed_errors(records, share) == allowed


def test_errors_that_keep_a_share_with_confidence_by_simulation() -> None:
    random = np.random.default_rng(0)
    for records, share, confidence in ((50, 0.2, 0.75), (134, 0.2, 0.9), (200, 0.1, 0.5)):
        allowed = confident_errors(records, share, confidence)
        drawn_sets = np.sort(random.random((20000, records)), axis=1)
        kept = [(1 - drawn_sets[:, -count] <= share).mean() for count in (allowed, allowed + 1)]
        assert kept[0] >= confidence - 0.01
        assert kept[1] < confidence + 0.01, "and it is the largest such number"


@pytest.mark.parametrize(
    ("records", "share", "allowed"), [(0, 0.2, 0), (6, 0.2, 0), (7, 0.2, 1), (50, 0.0, 0), (50, 1.0, 50)]
)
def test_confident_errors_of_few_records(records: int, share: float, allowed: int) -> None:
    assert confident_errors(records, share, 0.75) == allowed
