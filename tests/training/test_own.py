from __future__ import annotations

import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import RecipeError
from mvkt.training.own import own_recipe
from mvkt.training.plan import Plan


def test_task_leads_and_size_are_those_of_the_corpus(corpus):
    made = own_recipe(corpus)
    recipe = made.recipe
    assert (recipe.name, recipe.task) == ("own", "conditions")
    assert (recipe.teacher.view, recipe.student.view) == ("12-lead", "I")
    assert recipe.transfer.weights == {"mkd": 1.0}
    assert recipe.student.person
    records = len(Plan.make(recipe, corpus).training)
    assert recipe.student.training.batch_size == records // 8
    assert recipe.student.training.epochs == 100
    assert recipe.student.pretraining.training.epochs == 50
    assert made.choices == (
        "task conditions: the only one of the corpus",
        "student: lead I, age and sex",
        "teacher: 12 leads, 12-lead, by mkd",
        f"100 epochs in batches of {records // 8}, after 50 on leads drawn at random: "
        f"{records} labelled training windows",
    )


def test_changes_win(corpus):
    recipe = own_recipe(corpus, ["student.view=II", "student.training.epochs=3", "transfer.clt=0.1"]).recipe
    assert recipe.student.view == "II"
    assert recipe.student.training.epochs == 3
    assert recipe.transfer.weights == {"mkd": 1.0, "clt": 0.1}
    with pytest.raises(RecipeError, match="did you mean 'epochs'"):
        own_recipe(corpus, ["student.training.epoch=3"])


def test_a_single_lead_needs_no_teacher(tmp_path):
    corpus = prepare(Simulated(records=60, seed=3), tmp_path / "c", view="V5", workers=1)
    made = own_recipe(corpus)
    assert made.recipe.student.view == "V5"
    assert not made.recipe.transfer.uses_teacher
    assert made.recipe.student.pretraining is None
    assert made.choices[2].startswith("no teacher")
    assert [len(plan.leads) for plan in (corpus,)] == [1]


def test_what_does_not_determine_a_recipe(corpus):
    def with_tasks(**tasks):
        return Corpus(corpus.path, corpus.manifest.model_copy(update={"tasks": tasks}), corpus.microvolts)

    task = corpus.manifest.tasks["conditions"]
    with pytest.raises(RecipeError, match="has no labels"):
        own_recipe(with_tasks())
    with pytest.raises(RecipeError, match="several tasks; choose by --set task=NAME: a, b"):
        own_recipe(with_tasks(a=task, b=task))
    assert own_recipe(with_tasks(a=task, b=task), ["task=b"]).recipe.task == "b"


def test_folds_too_small_for_a_class_are_named_before_training(tmp_path):
    corpus = prepare(Simulated(records=80, seed=3), tmp_path / "c", workers=1)
    plan = Plan.make(own_recipe(corpus).recipe, corpus)
    validation, test = plan.warnings()
    assert validation.startswith("the validation folds have fewer than 2 records of ")
    assert "the test folds have fewer than 2 records of " in test
