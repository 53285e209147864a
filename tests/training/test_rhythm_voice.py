from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.rhythm_features import NAMES
from mvkt.errors import RecipeError
from mvkt.evaluation import Predictions
from mvkt.evaluation.metrics import macro_auc
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe
from mvkt.training.rhythm_voice import added, features_of, fit_alone, shifted, weighted, with_rhythm
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
    import torch

    features = features_of(plan.training, "I")
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first = fit_alone(features, plan.training)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first == fit_alone(features, plan.training)
    assert first.features == NAMES


def test_a_network_that_needs_no_help_gets_little_and_without_a_class_there_is_none(plan: Plan) -> None:
    rows = plan.validation
    alone = fit_alone(features_of(plan.training, "I"), plan.training)
    noise = np.random.default_rng(0).normal(size=rows.targets.shape)
    useless = weighted(alone, noise, guess(rows, 0, skill=8.0))
    assert np.abs(useless.output_bias).max() < 0.5 * np.abs(alone.output_bias).max()
    nothing = rows.predictions(guess(rows, 0).logits)
    empty = Predictions(
        nothing.record_id, nothing.patient_id, np.zeros_like(nothing.targets), nothing.logits, nothing.classes
    )
    assert not np.array(weighted(alone, noise, empty).output).any()


def test_a_shift_is_added_to_the_logits(plan: Plan) -> None:
    predictions = guess(plan.validation, 0)
    np.testing.assert_allclose(
        shifted(predictions, np.ones(predictions.logits.shape)).logits, predictions.logits + 1, rtol=1e-6
    )


def test_it_is_for_a_single_lead(recipe_data: dict[str, Any]) -> None:
    recipe_data["student"] |= {"view": "I+II", "rhythm": True}
    with pytest.raises(RecipeError, match=r"rhythm = true is for a single lead; the view is I\+II"):
        parse_recipe(recipe_data)
