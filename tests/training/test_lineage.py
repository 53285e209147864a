from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.training.conftest import recipe_as_data

from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError, TrainingError
from mvkt.training.lineage import (
    _outputs,
    _recoverable,
    baseline_node,
    lineage,
    load_node,
    predict_node,
    student_node,
    teacher_nodes,
    train_node,
)
from mvkt.training.loop import BatchMaker, Job, NetworkInput, predict
from mvkt.training.plan import Plan
from mvkt.training.recipe import AugmentationSettings, parse_recipe
from mvkt.transfer import Committee, combined


def _plan(corpus, **changes) -> Plan:
    data = recipe_as_data()
    for name in ("teacher", "student"):
        data[name]["training"]["epochs"] = 1
        data[name] |= changes.pop(name, {})
    return Plan.make(parse_recipe(data | changes), corpus)


def test_without_transfer_there_is_only_the_student(corpus):
    (student,) = lineage(_plan(corpus, transfer={"mkd": 0, "clt": 0}))
    assert student.role == "student"
    assert student.requires == ()
    # The baseline of a recipe with transfer is this network.
    assert baseline_node(_plan(corpus)).key == student.key


def test_students_of_all_seeds_share_a_teacher_with_a_seed_of_its_own(corpus):
    own = [lineage(_plan(corpus, seed=seed))[0].key for seed in (1, 2)]
    shared = [lineage(_plan(corpus, seed=seed, teacher={"seed": 7}))[0].key for seed in (1, 2)]
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
        {"teacher": {"training": {"epochs": 2, "warmup_epochs": 1}}},
    ],
)
def test_whatever_changes_the_student_changes_its_key(corpus, change):
    assert student_node(_plan(corpus, **change)).key != student_node(_plan(corpus)).key


def test_the_same_numbers_read_in_another_way_are_other_networks(corpus):
    """Signals are standardised and labels are made from statements after they were stored."""
    manifest, key = corpus.manifest, student_node(_plan(corpus)).key
    signal = manifest.signal.model_copy(update={"std": 0.5})
    task = manifest.tasks["conditions"]
    swapped = dict(zip(task.statements, reversed(task.statements.values()), strict=True))
    tasks = manifest.tasks | {"conditions": task.model_copy(update={"statements": swapped})}
    for change in ({"signal": signal}, {"tasks": tasks}):
        other = Corpus(corpus.path, manifest.model_copy(update=change), corpus.microvolts)
        assert student_node(_plan(other)).key != key


def test_what_does_not_change_a_network_keeps_its_key(corpus):
    folds = {"training": list(range(1, 8)), "validation": [9]}
    plain, other = _plan(corpus, folds=folds | {"test": [10]}), _plan(corpus, name="other", folds=folds | {"test": [8]})
    assert student_node(plain).key == student_node(other).key
    assert teacher_nodes(_plan(corpus))[0].key == teacher_nodes(_plan(corpus, transfer={"mkd": 3.0}))[0].key


def test_an_assistant_stands_between(corpus):
    assistant = {"view": "limb", "model": {"name": "resnet1d", "widths": [8]}}
    nodes = lineage(_plan(corpus, assistant=assistant))
    assert [node.role for node in nodes] == ["teacher", "assistant", "student"]
    assert nodes[2].requires == (nodes[1].key,)
    assert nodes[1].requires == (nodes[0].key,)


def test_what_the_lead_shows_is_estimated_by_networks_that_have_not_seen_the_patient(corpus, tmp_path, reporter):
    plan = _plan(corpus, transfer={"mkd": 0.5, "clt": 0, "mkd_weights": "recoverable"})
    teacher, first, second, student = lineage(plan)
    assert [node.role for node in (first, second)] == ["student-probe-1", "student-probe-2"]
    assert student.requires == (teacher.key, first.key, second.key)
    for node in (teacher, first, second):
        train_node(plan, node, tmp_path, reporter)
    models = [load_node(plan, node, tmp_path / node.key) for node in (teacher, first, second)]
    weights = _recoverable(plan, student, models[:1], plan.training, lambda node: tmp_path / node.key)
    parts = plan.training.parts(2)
    said, *repeated = (
        torch.from_numpy(predict(model, plan.input(node.settings), plan.training).logits).sigmoid()
        for model, node in zip(models, (teacher, first, second), strict=True)
    )
    recovered = torch.where(torch.from_numpy(parts == 0)[:, None], repeated[0], repeated[1])
    divergence = said * (said / recovered).log() + (1 - said) * ((1 - said) / (1 - recovered)).log()
    torch.testing.assert_close(weights, (-divergence).exp(), atol=1e-4, rtol=1e-3)
    assert 0 < weights.min() < weights.max() <= 1
    train_node(plan, student, tmp_path, reporter)
    assert [role for role, _ in reporter.epochs] == ["teacher", "student-probe-1", "student-probe-2", "student"]


def test_a_network_is_trained_once_and_needs_its_teachers(corpus, tmp_path, reporter):
    plan = _plan(corpus)
    teacher, student = lineage(plan)
    with pytest.raises(TrainingError, match=r"the teacher in .* is not trained to the end"):
        train_node(plan, student, tmp_path, reporter)
    for node in (teacher, student, student):
        train_node(plan, node, tmp_path, reporter)
    assert [role for role, _ in reporter.epochs] == ["teacher", "student"]
    predictions = predict_node(plan, student, tmp_path, plan.validation)
    assert predictions.logits.shape == plan.validation.targets.shape


def test_several_teachers_speak_as_one(corpus, tmp_path, reporter):
    short = {"epochs": 1, "warmup_epochs": 0}
    further = [{"view": "limb", "model": {"name": "resnet1d", "widths": [8]}, "training": short}]
    plan = _plan(corpus, teacher={"members": 2}, further_teachers=further)
    nodes = lineage(plan)
    assert [node.role for node in nodes] == ["teacher", "teacher-2", "teacher-3", "student"]
    assert [node.seed for node in nodes] == [1, 2, 1, 1]
    for node in nodes:
        train_node(plan, node, tmp_path, reporter)
    models = [load_node(plan, node, tmp_path / node.key) for node in nodes[:3]]
    committee = Committee(models)
    assert committee.embedding_dim == 32 + 32 + 16
    signals = [torch.randn(2, leads, 1000) for leads in (12, 12, 6)]
    said = committee(signals)
    mean = sum(model(signal).logits for model, signal in zip(models, signals, strict=True)) / 3
    torch.testing.assert_close(said.logits, mean)
    assert said.embedding.shape == (2, 80)


def test_a_cross_fitted_teacher_judges_only_patients_it_has_not_seen(corpus, tmp_path, reporter):
    plan = _plan(corpus, teacher={"cross_fit": 2})
    first, second, student = lineage(plan)
    parts = plan.training.parts(2)
    assert 0.4 < parts.mean() < 0.6
    patients = [set(plan.training.patient_id[parts == part]) for part in (0, 1)]
    assert not patients[0] & patients[1]
    for node in (first, second, student):
        train_node(plan, node, tmp_path, reporter)
    models = [load_node(plan, node, tmp_path / node.key) for node in (first, second)]
    outputs = _outputs(plan, (first, second), models, plan.training)
    for part, model in enumerate(models):  # left out of the first: part 0
        rows = np.flatnonzero(parts == part)[:3]
        signal = torch.from_numpy(corpus.batch(corpus.rows(range(1, 9))[rows], "12-lead"))
        with torch.inference_mode():
            torch.testing.assert_close(outputs.logits[rows], model(signal).logits, atol=1e-5, rtol=1e-5)


def test_asking_in_batches_is_asking_at_once(corpus):
    plan = _plan(corpus)
    (teacher,) = teacher_nodes(plan)
    model = plan.build(teacher.settings, 0).eval()
    outputs = _outputs(plan, (teacher,), [model], plan.training)
    with torch.inference_mode():
        some = model(torch.from_numpy(corpus.batch(corpus.rows(range(1, 9))[:5], "12-lead")))
    assert outputs.logits.shape == plan.training.targets.shape
    torch.testing.assert_close(outputs.embedding[:5], some.embedding, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(combined([outputs]).logits, outputs.logits)


def test_auxiliary_classes_are_learned_and_left_behind(corpus, tmp_path, reporter):
    few = corpus.targets("conditions", 10).classes[:2]
    changes = {"auxiliary_task": "conditions", "auxiliary_min_samples": 1}
    plan = _plan(corpus, classes=few, student=changes, transfer={"mkd": 0, "clt": 0})
    (student,) = lineage(plan)
    rows, classes = plan.training_rows(student.settings), len(plan.targets.classes)
    assert rows.classes[:classes] == plan.targets.classes
    assert len(rows.classes) > classes
    assert np.array_equal(rows.targets[:, :classes], plan.training.targets)
    train_node(plan, student, tmp_path, reporter)
    assert load_node(plan, student, tmp_path / student.key).classes == len(rows.classes)
    assert predict_node(plan, student, tmp_path, plan.validation).classes == plan.targets.classes


def test_age_and_sex_shift_the_logits_and_are_hidden_at_times(corpus, tmp_path, reporter):
    plan = _plan(corpus, student={"person": True}, transfer={"mkd": 0, "clt": 0})
    (student,) = lineage(plan)
    train_node(plan, student, tmp_path, reporter)
    model, network = load_node(plan, student, tmp_path / student.key), plan.input(student.settings)
    known, unknown = (predict(model, network, plan.validation, nobody=nobody) for nobody in (False, True))
    shift = plan.validation.persons @ model.person_term.weight.detach().numpy().T
    assert np.abs(shift).max() > 1e-4
    np.testing.assert_allclose(known.logits, unknown.logits + shift, atol=1e-5)
    job = Job("student", network, (), student.settings.training, plan.recipe.augmentation, 0, tmp_path)
    signal, person = BatchMaker(job, plan.training)(np.arange(150), np.random.default_rng(0)).student
    hidden = (person == 0).all(dim=1)
    assert signal.shape == (150, 1, 1000)
    assert 0.15 < hidden.float().mean() < 0.35
    np.testing.assert_array_equal(person[~hidden], plan.training.persons[:150][~hidden.numpy()])


@pytest.mark.parametrize("view", ["I", "I+II"])
@pytest.mark.parametrize("objective", ["any-lead", "contrastive", "masked"])
def test_a_student_goes_on_from_its_pretraining(corpus, tmp_path, reporter, objective, view):
    training = {"epochs": 1, "warmup_epochs": 0, "batch_size": 32, "precision": "float32"}
    first = {"objective": objective, "training": training}
    plan = _plan(corpus, student={"pretraining": first, "view": view}, transfer={"mkd": 0, "clt": 0})
    start, student = lineage(plan)
    assert start.pretrains
    assert student.requires == (start.key,)
    assert start.key != student.key
    train_node(plan, start, tmp_path, reporter)
    before = load_node(plan, start, tmp_path / start.key).state_dict()
    fresh = plan.build(start.settings, start.seed).state_dict()
    assert not torch.equal(before["stem.0.0.weight"], fresh["stem.0.0.weight"])
    train_node(plan, student, tmp_path, reporter)
    after = load_node(plan, student, tmp_path / student.key).state_dict()
    # One epoch moves the first layer less than starting elsewhere would.
    moved = (after["stem.0.0.weight"] - before["stem.0.0.weight"]).norm()
    assert moved < (after["stem.0.0.weight"] - fresh["stem.0.0.weight"]).norm()


def test_students_that_go_on_differently_share_their_pretraining(corpus):
    first = {"objective": "any-lead", "training": {"epochs": 1, "warmup_epochs": 0}}
    starts = [
        lineage(_plan(corpus, student={"pretraining": first, "training": settings}, transfer={"mkd": 0, "clt": 0}))[0]
        for settings in ({"epochs": 2, "warmup_epochs": 1}, {"epochs": 3, "warmup_epochs": 1, "precision": "float32"})
    ]
    assert len({start.key for start in starts}) == 1
    other = {"objective": "any-lead", "training": {"epochs": 2, "warmup_epochs": 0}}
    longer = lineage(_plan(corpus, student={"pretraining": other}, transfer={"mkd": 0, "clt": 0}))[0]
    assert longer.key != starts[0].key


def test_empty_text_takes_a_pretraining_away(corpus):
    plan = _plan(corpus, student={"pretraining": ""}, transfer={"mkd": 0, "clt": 0})
    assert plan.recipe.student.pretraining is None
    assert [node.role for node in lineage(plan)] == ["student"]


@pytest.mark.parametrize("view", ["I", "I+II"])
def test_any_lead_draws_leads_of_the_corpus(corpus, tmp_path, view):
    plan = _plan(corpus)
    spec = corpus.signal.model_copy(update={"standardise": "none"})
    network = NetworkInput(view, spec, any_lead=True)
    job = Job("x", network, (network,), plan.recipe.student.training, AugmentationSettings(), 0, tmp_path)
    batch = BatchMaker(job, plan.training)(np.arange(100), np.random.default_rng(0))
    all_leads = corpus.select(corpus.rows(range(1, 9))[:100], "12-lead") / np.float32(1000)
    drawn = []
    for side in (batch.student, *batch.teachers):
        match = np.isclose(side.numpy()[:, :, np.newaxis], all_leads[:, np.newaxis], atol=1e-6).all(axis=3)
        assert match.any(axis=2).all()
        drawn.append(match.argmax(axis=2))
        assert drawn[-1].shape[1] == len(view.split("+"))
    assert set(drawn[0].ravel()) == set(range(12))
    assert all(len(set(leads)) == len(leads) for leads in drawn[0].tolist())
    assert not np.array_equal(drawn[0], drawn[1])


def test_faults_of_the_teaching_are_all_reported(corpus):
    with pytest.raises(RecipeError, match="all teachers are cross-fitted or none"):
        _plan(corpus, teacher={"cross_fit": 2}, further_teachers=[{"view": "II"}])
    with pytest.raises(RecipeError, match="nothing of mixup"):
        _plan(corpus, teacher={"cross_fit": 2}, augmentation={"mixup": 0.2})
    with pytest.raises(RecipeError, match="nothing of mixup"):
        _plan(corpus, teacher_sees="record", augmentation={"mixup": 0.2})
    with pytest.raises(RecipeError, match="a teacher that runs in every step"):
        _plan(corpus, teacher_sees="record", transfer={"fitnet": 0.1})
    with pytest.raises(RecipeError, match=r"further_teachers\.0\.crossfit: unknown key; did you mean 'cross_fit'"):
        _plan(corpus, further_teachers=[{"view": "II", "crossfit": 2}])
    with pytest.raises(RecipeError, match="has no task 'moods'"):
        _plan(corpus, assistant={"view": "II", "auxiliary_task": "moods"})
