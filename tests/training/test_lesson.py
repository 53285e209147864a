"""What a network begins with, and what is left behind when it has learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.training.graph import lineage
from mvkt.training.networks import predict_node, train_node
from mvkt.training.node_model import build, load_node


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
    assert load_node(student, tmp_path / student.key).classes == len(rows.classes)
    assert predict_node(plan, student, tmp_path, plan.validation).classes == plan.targets.classes


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
    before = load_node(start, tmp_path / start.key).state_dict()
    fresh = build(start).state_dict()
    assert not torch.equal(before["stem.0.0.weight"], fresh["stem.0.0.weight"])
    train_node(plan, student, tmp_path, reporter)
    after = load_node(student, tmp_path / student.key).state_dict()
    # One epoch moves the first layer less than starting elsewhere would.
    moved = (after["stem.0.0.weight"] - before["stem.0.0.weight"]).norm()
    assert moved < (after["stem.0.0.weight"] - fresh["stem.0.0.weight"]).norm()
