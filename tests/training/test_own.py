from __future__ import annotations

import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import RecipeError
from mvkt.training.own import own_recipe, packaged_start
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
    assert made.choices == (
        "task conditions: the only one of the corpus",
        "student: lead I, age and sex",
        "teacher: 12 leads, 12-lead, by mkd",
        f"100 epochs in batches of {records // 8}: {records} labelled training windows",
        "student: lead-I of the box sees its leads and is its start; --set student.start=none for random weights",
        "teacher: 12-lead of the box sees its leads and is its start; --set teacher.start=none for random weights",
    )


def test_networks_of_the_box_are_the_start_where_they_see_the_leads(corpus):
    recipe = own_recipe(corpus).recipe
    assert (recipe.student.start, recipe.teacher.start) == ("lead-I", "12-lead")
    assert (recipe.student.standardise, recipe.teacher.standardise) == ("record", "global")
    assert recipe.student.pretraining is None
    limb = own_recipe(corpus, ["student.view=limb"]).recipe.student
    assert (limb.start, limb.standardise) == ("limb", "global")
    for view, start in (("II", "lead-II"), ("V5", None), ("I+II", None)):
        assert own_recipe(corpus, [f"student.view={view}"]).recipe.student.start == start


def test_a_start_can_be_another_or_none(corpus):
    none = own_recipe(corpus, ["student.start=none", "teacher.start="]).recipe
    assert (none.student.start, none.teacher.start) == (None, None)
    assert none.student.pretraining.training.epochs == 50
    chosen = own_recipe(corpus, ["student.start=lead-II"])
    assert (chosen.recipe.student.start, chosen.recipe.student.pretraining) == ("lead-II", None)
    assert not any(choice.startswith("student: lead-I ") for choice in chosen.choices)
    assert own_recipe(corpus, ["student.pretraining="]).recipe.student.start == "lead-I"
    first = own_recipe(corpus, ["student.pretraining={objective='masked'}"]).recipe.student
    assert (first.start, first.pretraining.objective) == (None, "masked")
    changed = own_recipe(corpus, ["student.model.widths=[8, 16]"]).recipe.student
    assert (changed.start, changed.model.settings["widths"]) == (None, [8, 16])


def test_a_start_is_for_the_same_signal(corpus):
    def with_signal(**changes):
        signal = corpus.manifest.signal.model_copy(update=changes)
        return Corpus(corpus.path, corpus.manifest.model_copy(update={"signal": signal}), corpus.microvolts)

    assert packaged_start(corpus, "I")[0] == "lead-I"
    assert packaged_start(with_signal(window_seconds=30.0), "I")[0] == "device"
    assert packaged_start(with_signal(sampling_frequency=250.0), "I") is None
    assert packaged_start(with_signal(band=None), "I") is None


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
