"""The model of a network, before and after its training."""

from __future__ import annotations

import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.errors import TrainingError
from mvkt.training.graph import baseline_node, student_node
from mvkt.training.node_model import build, load_node


def test_baseline_and_student_begin_with_the_same_weights(corpus):
    plan = plan_with(corpus)
    baseline, student = build(baseline_node(plan)).state_dict(), build(student_node(plan)).state_dict()
    assert all(torch.equal(baseline[key], student[key]) for key in baseline)


def test_a_model_has_the_classes_that_its_network_learns(corpus, tmp_path):
    few = corpus.targets("conditions", 10).classes[:2]
    changes = {"auxiliary_task": "conditions", "auxiliary_min_samples": 1}
    plan = plan_with(corpus, classes=few, student=changes, transfer={})
    node = student_node(plan)
    assert node.classes == plan.training_rows(node.settings).classes
    assert node.classes[: len(few)] == few
    assert build(node).classes == len(few) == node.architecture["classes"]
    assert build(node, len(node.classes)).classes > len(few)
    with pytest.raises(TrainingError, match=r"the student in .* is not trained to the end; train it first"):
        load_node(node, tmp_path)
