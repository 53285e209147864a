"""The order of the records of a class, against plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mvkt.evaluation.ranking import Ranking, auc, average_precision, ratio

CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30)


def plain_auc(targets, scores, weights) -> float:
    pairs = won = 0.0
    for i in np.flatnonzero(targets):
        for j in np.flatnonzero(~targets):
            pairs += weights[i] * weights[j]
            won += weights[i] * weights[j] * (1.0 if scores[i] > scores[j] else 0.5 if scores[i] == scores[j] else 0.0)
    return won / pairs if pairs else np.nan


def plain_average_precision(targets, scores, weights) -> float:
    positives, negatives = weights[targets].sum(), weights[~targets].sum()
    if not positives or not negatives:
        return np.nan
    total = 0.0
    for i in np.flatnonzero(targets):
        if weights[i]:
            above = scores >= scores[i]
            total += weights[i] * weights[above & targets].sum() / weights[above].sum()
    return total / positives


@given(CASES)
def test_against_plain_loops(cases) -> None:
    targets, scores, weights = (np.array(column) for column in zip(*cases, strict=True))
    weights = np.stack([np.ones(len(weights)), weights.astype(float)], axis=1)
    ranking = Ranking.of(targets, scores.astype(float))
    for column in range(2):
        one_column = weights[:, column : column + 1]
        np.testing.assert_allclose(auc(ranking, one_column), [plain_auc(targets, scores, weights[:, column])])
        np.testing.assert_allclose(
            average_precision(ranking, one_column), [plain_average_precision(targets, scores, weights[:, column])]
        )


def test_dividing_by_zero_is_nan() -> None:
    np.testing.assert_array_equal(ratio(np.array([[1.0, 2.0]]), np.array([2.0, 0.0])), [[0.5, np.nan]])
