from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from mvkt.evaluation.verdicts.conformal_band import lower_end
from mvkt.evaluation.verdicts.normal_limits import normal_limits
from mvkt.evaluation.verdicts.platt_scale import fit_scale

CLASSES = 3
PRESENT = np.array([0.3, 0.1, 0.05])
SKILL = np.array([3.0, 1.5, 4.0])


def drawn(random: np.random.Generator, records: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A common class that shows well, a rarer one that hardly shows, and a rare one; half of the records normal."""
    targets = (random.random((records, CLASSES)) < PRESENT) & (random.random((records, 1)) < 0.8)
    normal = ~targets.any(axis=1) & (random.random(records) < 0.9)
    shared = 0.5 * random.normal(size=(records, 1))
    odds = SKILL * (targets - 0.6) + shared + random.normal(size=targets.shape)
    return targets, (1 / (1 + np.exp(-odds))).astype(np.float32), normal


def missed(share: float = 0.1) -> np.ndarray:
    return np.full(CLASSES, share)


Price = Callable[[float], float]


def price_by_hand(truth: list[bool], scores: list[float], normal: list[bool], share: float) -> Price:
    """People of the class on a normal record of a score, by the square root of the people; as a logarithm."""
    lowest = lower_end(np.array([s for s, t in zip(scores, truth, strict=True) if t]), np.array(scores), share)
    pairs = [
        (t, math.log(s / (1 - s))) for t, s, n in zip(truth, scores, normal, strict=True) if (t or n) and s >= lowest
    ]
    temperature, bias = fit_scale(np.array([t for t, _ in pairs]), np.array([s for _, s in pairs]))
    weight = math.log(math.sqrt(sum(truth) / sum(normal)))

    def price(score: float) -> float:
        odds = math.log(score / (1 - score))
        return odds / temperature + bias - weight if score >= lowest else -math.inf

    return price


def keeps_with_confidence(beyond: int, own: list[float], share: float) -> bool:
    """In three of four sets of so many records at least ``beyond`` of them are among the most extreme share of all."""
    chances = [math.comb(len(own), k) * share**k * (1 - share) ** (len(own) - k) for k in range(beyond, len(own) + 1)]
    return sum(chances) >= 0.75


def limits_by_hand(
    targets: list[list[bool]], scores: list[list[float]], normal: list[bool], share: float, left_open: float
) -> list[float]:
    """One record, class and price after another."""
    records, classes = len(targets), len(targets[0])

    def prices(kept: list[int]) -> list[Price]:
        return [
            price_by_hand([targets[i][j] for i in kept], [scores[i][j] for i in kept], [normal[i] for i in kept], share)
            for j in range(classes)
        ]

    dealt = [*(i for i in range(records) if normal[i]), *(i for i in range(records) if not normal[i])]
    part_of = {record: place % 5 for place, record in enumerate(dealt)}
    fits = [prices([i for i in range(records) if part_of[i] != part]) for part in range(5)]
    own = [max(fits[part_of[i]][j](scores[i][j]) for j in range(classes)) for i in range(records) if normal[i]]
    chosen = min(
        price for price in own if keeps_with_confidence(sum(other > price for other in own) + 1, own, left_open)
    )
    limits = []
    for j, price in enumerate(prices(list(range(records)))):
        column = sorted({scores[i][j] for i in range(records)})
        lowest = next((place for place, score in enumerate(column) if price(score) >= chosen), len(column))
        ends = [0.0, *column, 1.0]
        limits.append((ends[lowest] + ends[lowest + 1]) / 2)
    return limits


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("left_open", [0.1, 0.3])
def test_against_counting(seed: int, left_open: float) -> None:
    targets, scores, normal = drawn(np.random.default_rng(seed), 150)
    made = normal_limits(targets, scores, normal, missed(), left_open)
    by_hand = limits_by_hand(targets.tolist(), scores.astype(np.float64).tolist(), normal.tolist(), 0.1, left_open)
    ends = [lower_end(s[t], s, 0.1) for t, s in zip(targets.T, scores.T, strict=True)]
    # Below a lower end a limit changes nothing, and the loop above does not go there.
    assert np.maximum(made, ends) == pytest.approx(np.maximum(by_hand, ends), abs=1e-12)
    assert (made > ends).any(), "there was something to compare"


def opened(targets: np.ndarray, scores: np.ndarray, limits: np.ndarray, new: np.ndarray) -> np.ndarray:
    ends = [lower_end(s[t], s, 0.1) for t, s in zip(targets.T, scores.T, strict=True)]
    return (new >= np.maximum(limits, ends)).any(axis=1)


@pytest.mark.parametrize("records", [150, 600])
def test_new_normal_records_get_answers_in_three_of_four_sets(records: int) -> None:
    random, shares = np.random.default_rng(records), []
    for _ in range(60):
        targets, scores, normal = drawn(random, records)
        limits = normal_limits(targets, scores, normal, missed(), 0.2)
        _, new, new_normal = drawn(random, 500)
        shares.append(opened(targets, scores, limits, new[new_normal]).mean())
    assert np.mean(np.array(shares) <= 0.2) >= 0.75 - 3 * np.sqrt(0.75 * 0.25 / len(shares))
    margin = np.sqrt(0.2 * 0.8 / (records / 2))
    assert np.mean(shares) >= 0.2 - 2 * margin, "and not much is given away"


def test_the_limit_is_raised_where_it_costs_few_people() -> None:
    """Of two classes that are equally common, the one that hardly shows is given up before the one that does."""
    random = np.random.default_rng(0)
    targets = random.random((1000, 2)) < 0.2
    normal = ~targets.any(axis=1)
    odds = np.array([3.0, 0.5]) * targets + random.normal(size=targets.shape)
    scores = 1 / (1 + np.exp(-odds))
    limits = normal_limits(targets, scores, normal, np.array([0.1, 0.1]), 0.2)
    lost = [(scores[targets[:, column], column] < limits[column]).mean() for column in range(2)]
    assert lost[0] < 0.15
    assert lost[1] > 0.5


def test_a_common_class_counts_more_than_a_rare_one_but_not_by_all_its_people() -> None:
    """Of two classes that show alike, one 16 times as common, four times as many people on a normal record count."""
    random = np.random.default_rng(1)
    targets = random.random((20000, 2)) < [0.32, 0.02]
    normal = ~targets.any(axis=1)
    scores = 1 / (1 + np.exp(-(1.5 * targets + random.normal(size=targets.shape))))
    limits = normal_limits(targets, scores, normal, np.array([0.01, 0.01]), 0.2)
    odds = np.log(limits / (1 - limits))
    assert 1.5 * (odds[1] - odds[0]) == pytest.approx(math.log(4), abs=0.35)


def test_nothing_to_raise() -> None:
    targets, scores, normal = drawn(np.random.default_rng(2), 100)
    none = np.zeros(CLASSES)
    assert (normal_limits(targets, scores, np.zeros(100, dtype=bool), missed(), 0.2) == none).all(), "no normal record"
    few = normal & (np.cumsum(normal) <= 3)
    assert (normal_limits(targets, scores, few, missed(), 0.2) == none).all(), "three records promise nothing"
    assert (normal_limits(targets, scores, normal, missed(), 0.0) == none).all()
    assert (normal_limits(targets, scores, normal, missed(), 1.0) == none).all(), "all may be left open"
    assert normal_limits(targets[:, :0], scores[:, :0], normal, np.empty(0), 0.2).shape == (0,)


def test_lower_ends_that_keep_normal_records_closed_by_themselves() -> None:
    random = np.random.default_rng(3)
    targets = random.random((200, 2)) < 0.2
    scores = np.where(targets, 0.9, 0.1) + 0.05 * random.random((200, 2))
    assert (normal_limits(targets, scores, ~targets.any(axis=1), np.array([0.1, 0.1]), 0.2) == 0).all()


def test_a_class_that_no_record_has_does_not_count() -> None:
    targets, scores, normal = drawn(np.random.default_rng(4), 200)
    alone = normal_limits(targets[:, :2], scores[:, :2], normal, missed()[:2], 0.2)
    absent = np.column_stack([targets[:, :2], np.zeros(200, dtype=bool)])
    assert normal_limits(absent, scores, normal, missed(), 0.2).tolist() == [*alone.tolist(), 0.0]
    nobody = np.zeros_like(targets)
    assert (normal_limits(nobody, scores, normal, missed(), 0.2) == 0).all()


def test_one_class_with_a_single_person() -> None:
    _, scores, normal = drawn(np.random.default_rng(5), 200)
    single = np.zeros((200, 1), dtype=bool)
    single[7] = True
    limit = normal_limits(single, scores[:, :1], normal & ~single[:, 0], np.array([0.1]), 0.2)
    assert 0 < limit[0] < 1
    assert (scores[normal, 0] >= limit[0]).mean() <= 0.25, "one of the five fits knows nobody with it"


def test_scores_of_zero_and_one_and_scores_that_are_all_the_same() -> None:
    targets, scores, normal = drawn(np.random.default_rng(6), 200)
    hard = np.round(scores.astype(np.float64))
    limits = normal_limits(targets, hard, normal, missed(), 0.2)
    assert ((limits >= 0) & (limits <= 1)).all()
    flat = np.full_like(hard, 0.5)
    limits = normal_limits(targets, flat, normal, missed(), 0.2)
    assert (flat[normal] < limits).all(), "a price that all records have leaves none open"


def test_a_class_that_no_normal_record_comes_near_keeps_its_lower_end() -> None:
    """Its limit would cost people and answer nobody."""
    random = np.random.default_rng(7)
    targets = random.random((400, 2)) < [0.1, 0.3]
    normal = ~targets.any(axis=1)
    odds = np.column_stack([np.where(targets[:, 0], random.normal(0, 2, 400), -8), 1.0 * targets[:, 1]])
    scores = 1 / (1 + np.exp(-(odds + random.normal(size=odds.shape))))
    limits = normal_limits(targets, scores, normal, np.array([0.1, 0.1]), 0.2)
    assert limits[0] <= lower_end(scores[targets[:, 0], 0], scores[:, 0], 0.1)
    assert limits[1] > lower_end(scores[targets[:, 1], 1], scores[:, 1], 0.1)
