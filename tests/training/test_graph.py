from __future__ import annotations

import pytest
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError
from mvkt.training.graph import _ELSEWHERE, baseline_node, lineage, student_node, teacher_nodes
from mvkt.training.network_settings import AugmentationSettings, NetworkSettings, TrainingSettings
from mvkt.transfer import TransferSettings


def test_without_transfer_there_is_only_the_student(corpus):
    (student,) = lineage(plan_with(corpus, transfer={}))
    assert student.role == "student"
    assert student.requires == ()
    # The baseline of a recipe with transfer is this network.
    assert baseline_node(plan_with(corpus)).key == student.key


def test_students_of_all_seeds_share_a_teacher_with_a_seed_of_its_own(corpus):
    own = [lineage(plan_with(corpus, seed=seed))[0].key for seed in (1, 2)]
    shared = [lineage(plan_with(corpus, seed=seed, teacher={"seed": 7}))[0].key for seed in (1, 2)]
    assert own[0] != own[1]
    assert shared[0] == shared[1]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 9},
        {"min_samples": 11},
        {"augmentation": {"noise_mv": 0.1}},
        {"folds": {"training": [1, 2, 3, 4, 5, 6, 7], "validation": [9], "test": [10]}},
        {"student": {"standardise": "global"}},
        {"student": {"model": {"name": "resnet1d", "widths": [8, 16], "kernel_size": 3}}},
        {"student": {"training": {"epochs": 2, "warmup_epochs": 1}}},
        {"transfer": {"mkd": 0.4, "clt": 0.1}},
        {"teacher_sees": "record"},
        {"transfer": {"mkd": 0.5, "clt": 0.1, "teacher_scale": 0.5}},
        {"teacher": {"training": {"epochs": 2, "warmup_epochs": 1}}},
    ],
)
def test_whatever_changes_the_student_changes_its_key(corpus, change):
    assert student_node(plan_with(corpus, **change)).key != student_node(plan_with(corpus)).key


def test_the_same_numbers_read_in_another_way_are_other_networks(corpus):
    """Signals are standardised and labels are made from statements after they were stored."""
    manifest, key = corpus.manifest, student_node(plan_with(corpus)).key
    signal = manifest.signal.model_copy(update={"std": 0.5})
    task = manifest.tasks["conditions"]
    swapped = dict(zip(task.statements, reversed(task.statements.values()), strict=True))
    tasks = manifest.tasks | {"conditions": task.model_copy(update={"statements": swapped})}
    for change in ({"signal": signal}, {"tasks": tasks}):
        other = Corpus(corpus.path, manifest.model_copy(update=change), corpus.microvolts)
        assert student_node(plan_with(other)).key != key


def test_what_does_not_change_a_network_keeps_its_key(corpus):
    folds = {"training": list(range(1, 8)), "validation": [9]}
    plain, other = (
        plan_with(corpus, folds=folds | {"test": [10]}),
        plan_with(corpus, name="other", folds=folds | {"test": [8]}),
    )
    assert student_node(plain).key == student_node(other).key
    assert teacher_nodes(plan_with(corpus))[0].key == teacher_nodes(plan_with(corpus, transfer={"mkd": 3.0}))[0].key


def test_the_rhythm_is_fitted_to_a_finished_network(corpus):
    rhythm = plan_with(corpus, student={"rhythm": True, "start_rate": 0.7})
    assert student_node(rhythm).key == student_node(plan_with(corpus)).key


def test_a_setting_at_its_default_stands_in_a_key_only_where_it_always_did():
    """A new setting is left out there (``exclude_if``): else every network that was ever trained has another key."""
    network = NetworkSettings(view="I").model_dump(mode="json", exclude=_ELSEWHERE)
    assert list(network) == [
        "view", "standardise", "training", "pretraining", "person", "auxiliary_task", "auxiliary_min_samples",
    ]  # fmt: skip
    assert TransferSettings(mkd=1.0).model_dump(mode="json") == {
        "bce": 1.0,
        "mkd": {
            "weight": 1.0,
            "temperature": 1.0,
            "temperature_rule": "logits",
            "reduction": "mean",
            "class_weights": "equal",
        },
    }
    assert list(AugmentationSettings().model_dump()) == [
        "shift_seconds", "scale", "noise_mv", "wander_mv", "mask_share", "upside_down", "mixup",
    ]  # fmt: skip
    assert list(TrainingSettings().model_dump()) == [
        "epochs", "batch_size", "optimiser", "learning_rate", "weight_decay", "schedule", "warmup_epochs",
        "step_epochs", "step_factor", "steps", "gradient_clip", "precision", "patience", "average_decay",
    ]  # fmt: skip


def test_with_all_labels_the_baseline_is_that_of_a_run_that_keeps_none_back(corpus):
    few = plan_with(corpus, unlabelled_folds=[3, 4, 5], all_labels=True)
    assert baseline_node(few.with_all_labels()).key == baseline_node(plan_with(corpus)).key
    assert baseline_node(few).key != baseline_node(plan_with(corpus)).key
    kept_back = plan_with(corpus, unlabelled_folds=[3, 4, 5])
    assert student_node(few).key == student_node(kept_back).key
    assert "all_labels" not in kept_back.recipe_data


def test_an_assistant_stands_between(corpus):
    assistant = {"view": "limb", "model": {"name": "resnet1d", "widths": [8]}}
    nodes = lineage(plan_with(corpus, assistant=assistant))
    assert [node.role for node in nodes] == ["teacher", "assistant", "student"]
    assert nodes[2].requires == (nodes[1].key,)
    assert nodes[1].requires == (nodes[0].key,)


def test_students_that_go_on_differently_share_their_pretraining(corpus):
    first = {"objective": "any-lead", "training": {"epochs": 1, "warmup_epochs": 0}}
    starts = [
        lineage(plan_with(corpus, student={"pretraining": first, "training": settings}, transfer={}))[0]
        for settings in ({"epochs": 2, "warmup_epochs": 1}, {"epochs": 3, "warmup_epochs": 1, "precision": "float32"})
    ]
    assert len({start.key for start in starts}) == 1
    other = {"objective": "any-lead", "training": {"epochs": 2, "warmup_epochs": 0}}
    longer = lineage(plan_with(corpus, student={"pretraining": other}, transfer={}))[0]
    assert longer.key != starts[0].key


def test_empty_text_takes_a_pretraining_away(corpus):
    plan = plan_with(corpus, student={"pretraining": ""}, transfer={})
    assert plan.recipe.student.pretraining is None
    assert [node.role for node in lineage(plan)] == ["student"]


def test_faults_of_the_teaching_are_all_reported(corpus):
    with pytest.raises(RecipeError, match="all teachers are cross-fitted or none"):
        plan_with(corpus, teacher={"cross_fit": 2}, further_teachers=[{"view": "II"}])
    with pytest.raises(RecipeError, match="has no outputs for mixtures"):
        plan_with(corpus, teacher={"cross_fit": 2}, augmentation={"mixup": 0.2})
    with pytest.raises(RecipeError, match="has no outputs for mixtures"):
        plan_with(corpus, teacher_sees="record", augmentation={"mixup": 0.2})
    with pytest.raises(RecipeError, match="a teacher that runs in every step"):
        plan_with(corpus, teacher_sees="record", transfer={"fitnet": 0.1})
    with pytest.raises(RecipeError, match=r"further_teachers\.0\.crossfit: unknown key; did you mean 'cross_fit'"):
        plan_with(corpus, further_teachers=[{"view": "II", "crossfit": 2}])
    with pytest.raises(RecipeError, match="has no task 'moods'"):
        plan_with(corpus, assistant={"view": "II", "auxiliary_task": "moods"})
