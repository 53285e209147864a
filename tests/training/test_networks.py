from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.errors import TrainingError
from mvkt.training.batches import BatchMaker
from mvkt.training.graph import baseline_node, lineage, student_node, teacher_nodes
from mvkt.training.networks import _outputs, _recoverable, build, load_node, predict_node, train_node
from mvkt.training.predict import predict
from mvkt.transfer import Committee, combined


def test_what_the_lead_shows_is_estimated_by_networks_that_have_not_seen_the_patient(corpus, tmp_path, reporter):
    plan = plan_with(corpus, transfer={"mkd": {"weight": 0.5, "class_weights": "recoverable"}})
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
    plan = plan_with(corpus)
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
    plan = plan_with(corpus, teacher={"members": 2}, further_teachers=further)
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
    plan = plan_with(corpus, teacher={"cross_fit": 2})
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
    plan = plan_with(corpus)
    (teacher,) = teacher_nodes(plan)
    model = build(teacher).eval()
    outputs = _outputs(plan, (teacher,), [model], plan.training)
    with torch.inference_mode():
        some = model(torch.from_numpy(corpus.batch(corpus.rows(range(1, 9))[:5], "12-lead")))
    assert outputs.logits.shape == plan.training.targets.shape
    torch.testing.assert_close(outputs.embedding[:5], some.embedding, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(combined([outputs]).logits, outputs.logits)


def test_auxiliary_classes_are_learned_and_left_behind(corpus, tmp_path, reporter):
    few = corpus.targets("conditions", 10).classes[:2]
    changes = {"auxiliary_task": "conditions", "auxiliary_min_samples": 1}
    plan = plan_with(corpus, classes=few, student=changes, transfer={})
    (student,) = lineage(plan)
    rows, classes = plan.training_rows(student.settings), len(plan.targets.classes)
    assert rows.classes[:classes] == plan.targets.classes
    assert len(rows.classes) > classes
    assert np.array_equal(rows.targets[:, :classes], plan.training.targets)
    train_node(plan, student, tmp_path, reporter)
    assert load_node(plan, student, tmp_path / student.key).classes == len(rows.classes)
    assert predict_node(plan, student, tmp_path, plan.validation).classes == plan.targets.classes


def test_age_and_sex_shift_the_logits_and_are_hidden_at_times(corpus, tmp_path, reporter):
    plan = plan_with(corpus, student={"person": True}, transfer={})
    (student,) = lineage(plan)
    train_node(plan, student, tmp_path, reporter)
    model, network = load_node(plan, student, tmp_path / student.key), plan.input(student.settings)
    known, unknown = (predict(model, network, plan.validation, without_age_and_sex=hidden) for hidden in (False, True))
    shift = plan.validation.persons @ model.person_term.weight.detach().numpy().T
    assert np.abs(shift).max() > 1e-4
    np.testing.assert_allclose(known.logits, unknown.logits + shift, atol=1e-5)
    make = BatchMaker(network, (), plan.recipe.augmentation, plan.training)
    signal, person = make(np.arange(150), np.random.default_rng(0)).student
    hidden = (person == 0).all(dim=1)
    assert signal.shape == (150, 1, 1000)
    assert 0.15 < hidden.float().mean() < 0.35
    np.testing.assert_array_equal(person[~hidden], plan.training.persons[:150][~hidden.numpy()])


@pytest.mark.parametrize("view", ["I", "I+II"])
@pytest.mark.parametrize("objective", ["any-lead", "contrastive", "masked"])
def test_a_student_goes_on_from_its_pretraining(corpus, tmp_path, reporter, objective, view):
    training = {"epochs": 1, "warmup_epochs": 0, "batch_size": 32, "precision": "float32"}
    first = {"objective": objective, "training": training}
    plan = plan_with(corpus, student={"pretraining": first, "view": view}, transfer={})
    start, student = lineage(plan)
    assert start.kind == "pretraining"
    assert student.requires == (start.key,)
    assert start.key != student.key
    train_node(plan, start, tmp_path, reporter)
    before = load_node(plan, start, tmp_path / start.key).state_dict()
    fresh = build(start).state_dict()
    assert not torch.equal(before["stem.0.0.weight"], fresh["stem.0.0.weight"])
    train_node(plan, student, tmp_path, reporter)
    after = load_node(plan, student, tmp_path / student.key).state_dict()
    # One epoch moves the first layer less than starting elsewhere would.
    moved = (after["stem.0.0.weight"] - before["stem.0.0.weight"]).norm()
    assert moved < (after["stem.0.0.weight"] - fresh["stem.0.0.weight"]).norm()


def test_a_fixed_teacher_with_age_and_sex_equals_the_running_teacher(corpus):
    """Its outputs for all records, computed once, are what it gives for a batch without augmentation."""
    plan = plan_with(corpus, teacher={"person": True}, augmentation={})
    (node,) = teacher_nodes(plan)
    model = build(node).eval()
    torch.nn.init.normal_(model.person_term.weight)
    fixed = _outputs(plan, (node,), [model], plan.training)
    positions = np.arange(20)
    make = BatchMaker(
        plan.input(plan.recipe.student), (plan.input(node.settings),), plan.recipe.augmentation, plan.training
    )
    (signal, person) = make(positions, np.random.default_rng(0)).teachers[0]
    shown = (person != 0).any(dim=1)
    with torch.inference_mode():
        running = model((signal, person)).logits
    assert shown.sum() > 10
    torch.testing.assert_close(fixed.logits[positions][shown], running[shown], atol=1e-5, rtol=1e-5)
    unknown = predict(model, plan.input(node.settings), plan.training, without_age_and_sex=True)
    assert not np.allclose(unknown.logits, fixed.logits.numpy(), atol=1e-3)


def test_baseline_and_student_begin_with_the_same_weights(corpus):
    plan = plan_with(corpus)
    baseline, student = build(baseline_node(plan)).state_dict(), build(student_node(plan)).state_dict()
    assert all(torch.equal(baseline[key], student[key]) for key in baseline)
