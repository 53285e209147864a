from __future__ import annotations

import numpy as np
import pytest
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe


def test_all_faults_of_a_recipe_that_does_not_fit(corpus, recipe_data):
    recipe_data |= {"task": "rhythm", "folds": {"training": [1], "validation": [2], "test": [33]}}
    recipe_data["student"] = {"view": "V9"}
    with pytest.raises(RecipeError) as caught:
        Plan.make(parse_recipe(recipe_data), corpus)
    message = str(caught.value)
    assert "no task 'rhythm'" in message
    assert "V9" in message
    assert "no fold 33" in message


def test_a_class_that_nobody_can_learn_is_an_error(corpus, recipe, monkeypatch):
    targets = corpus.targets("conditions")
    targets.matrix[corpus.rows(range(1, 9)), targets.classes.index("AF")] = False
    monkeypatch.setattr(Corpus, "targets", lambda *_: targets)
    with pytest.raises(RecipeError, match="no record of AF"):
        Plan.make(recipe, corpus)


def test_the_split_of_the_recipe_replaces_that_of_the_corpus(corpus, recipe_data):
    folds = {"training": (1, 2, 3, 4, 5, 6), "validation": (7,), "test": (8,)}
    plan = Plan.make(parse_recipe(recipe_data | {"folds": folds}), corpus)
    assert plan.split.model_dump() == folds
    assert set(plan.validation.record_id) == set(corpus.record_id[corpus.rows((7,))])


def test_parts_share_no_patient(corpus, recipe):
    plan = Plan.make(recipe, corpus)
    parts = [set(rows.patient_id) for rows in (plan.training, plan.validation, plan.test_rows())]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]


def test_signals_are_standardised_as_each_network_requires(corpus, recipe_data):
    recipe_data["teacher"] |= {"standardise": "global"}
    plan = Plan.make(parse_recipe(recipe_data), corpus)
    assert plan.input(plan.recipe.teacher).spec.standardise == "global"
    assert 0.05 < plan.input(plan.recipe.teacher).spec.std < 1
    assert plan.input(plan.recipe.student).spec == corpus.signal


def test_some_records_are_drawn_by_the_seed_and_every_network_learns_from_the_same(corpus):
    plan, again, other = (plan_with(corpus, training_records=150, seed=seed) for seed in (1, 1, 2))
    assert len(np.unique(plan.training.record_id)) == 150
    np.testing.assert_array_equal(plan.training.record_id, again.training.record_id)
    assert set(plan.training.record_id) != set(other.training.record_id)
    whole = plan_with(corpus)
    assert set(plan.training.record_id) < set(whole.training.record_id)
    np.testing.assert_array_equal(plan.validation.record_id, whole.validation.record_id)
    with pytest.raises(RecipeError, match="training_records: 99999 of"):
        plan_with(corpus, training_records=99999)
