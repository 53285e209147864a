"""The networks of a plan, trained in their folders."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.errors import TrainingError
from mvkt.training.batches import BatchMaker
from mvkt.training.graph import lineage
from mvkt.training.networks import predict_node, train_node
from mvkt.training.node_model import load_node
from mvkt.training.predict import predict
from mvkt.transfer import Committee


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


def test_the_logits_of_several_teachers_are_their_mean(corpus, tmp_path, reporter):
    short = {"epochs": 1, "warmup_epochs": 0}
    further = [{"view": "limb", "model": {"name": "resnet1d", "widths": [8]}, "training": short}]
    plan = plan_with(corpus, teacher={"members": 2}, further_teachers=further)
    nodes = lineage(plan)
    assert [node.role for node in nodes] == ["teacher", "teacher-2", "teacher-3", "student"]
    assert [node.seed for node in nodes] == [1, 2, 1, 1]
    for node in nodes:
        train_node(plan, node, tmp_path, reporter)
    models = [load_node(node, tmp_path / node.key) for node in nodes[:3]]
    committee = Committee(models)
    assert committee.embedding_dim == 32 + 32 + 16
    signals = [torch.randn(2, leads, 1000) for leads in (12, 12, 6)]
    outputs = committee(signals)
    mean = sum(model(signal).logits for model, signal in zip(models, signals, strict=True)) / 3
    torch.testing.assert_close(outputs.logits, mean)
    assert outputs.embedding.shape == (2, 80)


def test_age_and_sex_shift_the_logits_and_are_hidden_at_times(corpus, tmp_path, reporter):
    plan = plan_with(corpus, student={"person": True}, transfer={})
    (student,) = lineage(plan)
    train_node(plan, student, tmp_path, reporter)
    model, network = load_node(student, tmp_path / student.key), plan.input(student.settings)
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
