"""The way to run a network over rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.ecg.signal import standardise
from mvkt.training import predict as module
from mvkt.training.graph import student_node
from mvkt.training.node_model import build
from mvkt.training.predict import outputs, predict


@pytest.fixture
def plan(corpus):
    return plan_with(corpus, student={"person": True})


@pytest.fixture
def model(plan):
    torch.manual_seed(0)
    made = build(student_node(plan))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return made


def test_against_a_plain_loop(plan, model, monkeypatch):
    monkeypatch.setattr(module, "RECORDS_AT_ONCE", 7)
    network, rows = plan.input(plan.recipe.student), plan.validation
    positions = np.array([3, 0, 5, 4, 9, 8, 2, 1], dtype=np.int64)
    model.train()
    made = outputs(model, network, rows, positions)
    assert model.training, "as it was"
    model.eval()
    for place, position in enumerate(positions):
        signal = torch.from_numpy(standardise(rows.select(np.array([position]), network.view), network.spec))
        with torch.no_grad():
            plain = model((signal, torch.from_numpy(rows.persons[[position]])))
        torch.testing.assert_close(made.logits[place], plain.logits[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(made.embedding[place], plain.embedding[0], atol=1e-5, rtol=1e-4)


def test_age_and_sex_can_be_withheld(plan, model):
    network = plan.input(plan.recipe.student)
    known, unknown = (predict(model, network, plan.validation, without_age_and_sex=flag) for flag in (False, True))
    assert np.abs(known.logits - unknown.logits).max() > 1e-4
    np.testing.assert_array_equal(known.targets, plan.validation.targets)
    assert known.classes == plan.validation.classes
