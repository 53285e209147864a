from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
import pytest
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.rhythm_features import NAMES
from mvkt.ecg.rhythm_head import RhythmHead, row_of
from mvkt.errors import RecipeError
from mvkt.evaluation import Predictions
from mvkt.evaluation.metrics import macro_auc
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe
from mvkt.training.rhythm_voice import added, features_of, fit_alone, lay_out, shifted, weighted, with_rhythm
from mvkt.training.rows import FoldRows


@pytest.fixture(scope="module")
def plan(corpus: Corpus) -> Plan:
    return plan_with(corpus, student={"rhythm": True}, min_samples=0)


def guess(rows: FoldRows, seed: int, skill: float = 1.0) -> Predictions:
    noise = np.random.default_rng(seed).normal(size=rows.targets.shape)
    return rows.predictions((skill * (rows.targets - 0.5) + noise).astype(np.float32))


def test_beats_alone_show_fibrillation(plan: Plan) -> None:
    head = fit_alone(features_of(plan.training, "I"), plan.training)
    odds = head.of_features(features_of(plan.validation, "I"))
    column = plan.validation.classes.index("AF")
    truth = plan.validation.targets[:, column]
    assert odds[truth, column].mean() > odds[~truth, column].mean() + 0.5


def test_what_is_added_helps_a_network_on_records_that_neither_knows(plan: Plan) -> None:
    head, validation = with_rhythm(plan.training, plan.validation, "I", guess(plan.validation, 0))
    rows = plan.test_rows()
    alone = guess(rows, 1)
    both = added(head, "I", rows, alone)
    column = rows.classes.index("AF")
    assert macro_auc(both.targets[:, [column]], both.logits[:, [column]]) > macro_auc(
        alone.targets[:, [column]], alone.logits[:, [column]]
    )
    np.testing.assert_allclose(
        both.logits - alone.logits, head.of_features(features_of(rows, "I")), rtol=1e-4, atol=1e-4
    )
    assert validation.record_id.tolist() == plan.validation.record_id.tolist()


def test_it_is_the_same_every_time_and_leaves_other_draws_alone(plan: Plan) -> None:
    features = features_of(plan.training, "I")
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - what scikit-learn draws from without a seed
    first = fit_alone(features, plan.training)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert first == fit_alone(features, plan.training)
    assert first.features == NAMES


def test_stored_trees_give_what_the_library_gives() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    random = np.random.default_rng(0)
    features = random.normal(size=(600, len(NAMES)))
    truth = features[:, 0] * features[:, 1] + 0.3 * random.normal(size=600) > 0
    fitted = GradientBoostingClassifier(n_estimators=20, learning_rate=1.0, max_depth=3, random_state=0)
    trees = [tree.tree_ for (tree,) in fitted.fit(features, truth).estimators_]
    split, threshold, leaves = (np.zeros((20, width)) for width in (7, 7, 8))
    for number, tree in enumerate(trees):
        lay_out(tree, split[number], threshold[number], leaves[number])
    head = RhythmHead(
        features=NAMES,
        typical=(0.0,) * len(NAMES),
        split=tuple(tuple(map(int, row)) for row in split),
        threshold=tuple(map(row_of, threshold)),
        leaves=tuple(map(row_of, leaves)),
        bias=(float(np.log(truth.mean() / (1 - truth.mean()))),),
    )
    same = np.isclose(head.of_features(features)[:, 0], fitted.decision_function(features), atol=0.01)
    assert same.mean() > 0.98  # five digits of a threshold put a few windows on its other side


def test_a_branch_that_ends_early_has_one_value() -> None:
    from sklearn.tree import DecisionTreeRegressor

    features, values = np.array([[0.0], [1.0], [2.0]]), np.array([5.0, 1.0, 2.0])
    tree = DecisionTreeRegressor(max_depth=3).fit(features, values).tree_
    split, threshold, leaves = np.zeros(7), np.zeros(7), np.zeros(8)
    lay_out(tree, split, threshold, leaves)
    assert leaves.tolist() == [5.0] * 4 + [1.0] * 2 + [2.0] * 2
    assert threshold[[0, 2]].tolist() == [0.5, 1.5]


def test_what_is_not_known_does_not_teach(plan: Plan) -> None:
    features, rows = features_of(plan.training, "I"), copy(plan.training)
    column = rows.classes.index("AF")
    rows.known = rows.known & (np.arange(len(rows.classes)) != column)
    head = fit_alone(features, rows)
    of_classes = np.array(head.leaves).reshape(len(rows.classes), -1)
    assert not of_classes[column].any()
    assert head.bias[column] == 0.0
    assert np.delete(of_classes, column, axis=0).any()


def test_a_network_that_needs_no_help_gets_little_and_without_a_class_there_is_none(plan: Plan) -> None:
    rows = plan.validation
    alone = fit_alone(features_of(plan.training, "I"), plan.training)
    noise = np.random.default_rng(0).normal(size=rows.targets.shape)
    useless = weighted(alone, noise, guess(rows, 0, skill=8.0))
    assert np.abs(useless.leaves).max() < 0.5 * np.abs(alone.leaves).max()
    nothing = rows.predictions(guess(rows, 0).logits)
    empty = Predictions(
        nothing.record_id, nothing.patient_id, np.zeros_like(nothing.targets), nothing.logits, nothing.classes
    )
    assert not np.array(weighted(alone, noise, empty).leaves).any()


def test_a_shift_is_added_to_the_logits(plan: Plan) -> None:
    predictions = guess(plan.validation, 0)
    np.testing.assert_allclose(
        shifted(predictions, np.ones(predictions.logits.shape)).logits, predictions.logits + 1, rtol=1e-6
    )


def test_it_is_for_a_single_lead(recipe_data: dict[str, Any]) -> None:
    recipe_data["student"] |= {"view": "I+II", "rhythm": True}
    with pytest.raises(RecipeError, match=r"rhythm = true is for a single lead; the view is I\+II"):
        parse_recipe(recipe_data)
