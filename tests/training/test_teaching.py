"""What trained teachers give for the records of a student."""

from __future__ import annotations

import numpy as np
import torch
from tests.training.conftest import plan_with

from mvkt.training.batches import BatchMaker
from mvkt.training.graph import lineage, teacher_nodes
from mvkt.training.networks import train_node
from mvkt.training.node_model import build, load_node
from mvkt.training.predict import predict
from mvkt.training.teaching import TrainedTeacher, outputs_of, recoverable, shared_classes
from mvkt.transfer import combined


def taught(plan, nodes, models):
    return [TrainedTeacher(node, model, plan.input(node.settings)) for node, model in zip(nodes, models, strict=True)]


def test_what_the_lead_shows_is_estimated_by_networks_that_have_not_seen_the_patient(corpus, tmp_path, reporter):
    plan = plan_with(corpus, transfer={"mkd": {"weight": 0.5, "class_weights": "recoverable"}})
    teacher, first, second, student = lineage(plan)
    assert [node.role for node in (first, second)] == ["student-probe-1", "student-probe-2"]
    assert student.requires == (teacher.key, first.key, second.key)
    for node in (teacher, first, second):
        train_node(plan, node, tmp_path, reporter)
    models = [load_node(node, tmp_path / node.key) for node in (teacher, first, second)]
    probes = taught(plan, (first, second), models[1:])
    weights = recoverable(probes, taught(plan, (teacher,), models[:1]), plan.training, shared_classes(student))
    parts = plan.training.parts(2)
    probabilities, *repeated = (
        torch.from_numpy(predict(model, plan.input(node.settings), plan.training).logits).sigmoid()
        for model, node in zip(models, (teacher, first, second), strict=True)
    )
    recovered = torch.where(torch.from_numpy(parts == 0)[:, None], repeated[0], repeated[1])
    divergence = (
        probabilities * (probabilities / recovered).log()
        + (1 - probabilities) * ((1 - probabilities) / (1 - recovered)).log()
    )
    torch.testing.assert_close(weights, (-divergence).exp(), atol=1e-4, rtol=1e-3)
    assert 0 < weights.min() < weights.max() <= 1
    train_node(plan, student, tmp_path, reporter)
    assert [role for role, _ in reporter.epochs] == ["teacher", "student-probe-1", "student-probe-2", "student"]


def test_a_cross_fitted_teacher_runs_only_over_patients_it_has_not_seen(corpus, tmp_path, reporter):
    plan = plan_with(corpus, teacher={"cross_fit": 2})
    first, second, student = lineage(plan)
    parts = plan.training.parts(2)
    assert 0.4 < parts.mean() < 0.6
    patients = [set(plan.training.patient_id[parts == part]) for part in (0, 1)]
    assert not patients[0] & patients[1]
    for node in (first, second, student):
        train_node(plan, node, tmp_path, reporter)
    models = [load_node(node, tmp_path / node.key) for node in (first, second)]
    outputs = outputs_of(taught(plan, (first, second), models), plan.training)
    for part, model in enumerate(models):  # left out of the first: part 0
        rows = np.flatnonzero(parts == part)[:3]
        signal = torch.from_numpy(corpus.batch(corpus.rows(range(1, 9))[rows], "12-lead"))
        with torch.inference_mode():
            torch.testing.assert_close(outputs.logits[rows], model(signal).logits, atol=1e-5, rtol=1e-5)


def test_batches_give_the_outputs_of_the_whole(corpus):
    plan = plan_with(corpus)
    (teacher,) = teacher_nodes(plan)
    model = build(teacher).eval()
    outputs = outputs_of(taught(plan, (teacher,), [model]), plan.training)
    with torch.inference_mode():
        some = model(torch.from_numpy(corpus.batch(corpus.rows(range(1, 9))[:5], "12-lead")))
    assert outputs.logits.shape == plan.training.targets.shape
    torch.testing.assert_close(outputs.embedding[:5], some.embedding, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(combined([outputs]).logits, outputs.logits)


def test_a_fixed_teacher_with_age_and_sex_equals_the_running_teacher(corpus):
    """Its outputs for all records, computed once, are what it gives for a batch without augmentation."""
    plan = plan_with(corpus, teacher={"person": True}, augmentation={})
    (node,) = teacher_nodes(plan)
    model = build(node).eval()
    torch.nn.init.normal_(model.person_term.weight)
    fixed = outputs_of(taught(plan, (node,), [model]), plan.training)
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
