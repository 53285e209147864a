from __future__ import annotations

import copy

import pytest
import torch
from tests.training.conftest import plan_with
from torch import nn

from mvkt.errors import RecipeError, TrainingError
from mvkt.models import build_model
from mvkt.training.graph import lineage, student_node
from mvkt.training.mean_teacher import MeanTeacher
from mvkt.training.network_settings import ConsistencySettings
from mvkt.training.networks import train_node
from mvkt.training.recipe import parse_recipe
from mvkt.transfer import PLAIN, TransferSettings

CONSISTENCY = {"weight": 2.0, "decay": 0.8}
SETTINGS = ConsistencySettings(**CONSISTENCY)


def network(seed: int = 0, leads: int = 1) -> nn.Module:
    torch.manual_seed(seed)
    return build_model("resnet1d", leads=leads, classes=3, widths=[4, 8], kernel_size=3)


def batches(steps: int = 5) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    torch.manual_seed(1)
    made = []
    for _ in range(steps):
        targets = torch.randint(0, 2, (6, 3)).float()
        targets[3:] = torch.nan  # half of the records have no label
        signal = torch.randn(6, 1, 200)
        made.append((signal, signal + 0.1 * torch.randn_like(signal), targets))
    return made


def test_training_is_the_loop_written_out():
    learner = MeanTeacher(network(), PLAIN, consistency=SETTINGS).train()
    optimiser = torch.optim.SGD(learner.trainable_parameters(), lr=0.1)
    student, average = network().train(), network().eval()
    plain = torch.optim.SGD(student.parameters(), lr=0.1)
    for step, (signal, anew, targets) in enumerate(batches()):
        torch.manual_seed(step)  # of what is dropped
        losses = learner(signal, targets, torch.arange(6), anew)
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()

        kept = min(0.8, (1 + step) / (10 + step))
        for name, old in average.state_dict().items():
            new = student.state_dict()[name]
            old.copy_(kept * old + (1 - kept) * new if old.is_floating_point() else new)
        torch.manual_seed(step)
        logits = student(signal).logits
        with torch.no_grad():
            wanted = average(anew).logits.sigmoid()
        labels = nn.functional.binary_cross_entropy_with_logits(logits[:3], targets[:3])
        entropy = nn.functional.binary_cross_entropy(wanted, wanted)
        agreement = nn.functional.binary_cross_entropy_with_logits(logits, wanted) - entropy
        plain.zero_grad()
        (labels + 2.0 * agreement).backward()
        plain.step()
        torch.testing.assert_close(losses["bce"], labels)
        torch.testing.assert_close(losses["consistency"], agreement, atol=1e-5, rtol=1e-4)
    assert float(losses["consistency"].detach()) > 0
    torch.testing.assert_close(dict(learner.student.state_dict()), dict(student.state_dict()), atol=1e-5, rtol=1e-4)


def test_the_average_is_never_optimised_and_not_in_training_mode():
    learner = MeanTeacher(network(), PLAIN, consistency=SETTINGS).train()
    before = copy.deepcopy(learner.averaged.state_dict())
    signal, anew, targets = batches(1)[0]
    learner(signal, targets, torch.arange(6), anew)["total"].backward()
    assert not learner.averaged.training
    assert all(parameter.grad is None for parameter in learner.averaged.parameters())
    torch.testing.assert_close(learner.averaged.state_dict(), before)
    assert {id(each) for each in learner.trainable_parameters()} == {id(each) for each in learner.student.parameters()}


def test_a_teacher_and_the_average_have_each_their_signal():
    teacher = network(5, leads=2)
    learner = MeanTeacher(network(), TransferSettings(mkd=0.5), consistency=SETTINGS, teacher=teacher).eval()
    signal, anew, targets = batches(1)[0]
    seen = torch.randn(6, 2, 200)
    losses = learner(signal, targets, torch.arange(6), (seen, anew))
    assert set(losses) == {"bce", "mkd", "consistency", "total"}
    total = losses["bce"] + 0.5 * losses["mkd"] + 2.0 * losses["consistency"]
    torch.testing.assert_close(losses["total"], total)


def test_without_a_signal_for_the_average_there_is_an_error():
    signal, _, targets = batches(1)[0]
    with pytest.raises(TrainingError, match="give it the batch altered anew"):
        MeanTeacher(network(), PLAIN, consistency=SETTINGS)(signal, targets, torch.arange(6))


def test_records_without_labels_are_learned_from(corpus, tmp_path, reporter):
    changes = {"transfer": {}, "unlabelled_folds": [3, 4, 5, 6, 7, 8]}
    plain, consistent = (
        plan_with(corpus, student=student, **changes) for student in ({}, {"consistency": CONSISTENCY, "person": True})
    )
    (alone,), (student,) = lineage(plain), lineage(consistent)
    assert not alone.needs_no_labels
    assert student.needs_no_labels
    assert student.key != alone.key
    rows = consistent.learning_rows(student.settings, unlabelled=student.needs_no_labels)
    assert len(rows) > 2 * len(consistent.training)
    train_node(consistent, student, tmp_path, reporter)
    ((_, metrics),) = reporter.epochs
    assert metrics["losses"]["consistency"] > 0


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(corpus, tmp_path, reporter, monkeypatch):
    short = {"epochs": 3, "warmup_epochs": 0.5, "batch_size": 32, "precision": "float32"}
    plan = plan_with(corpus, transfer={}, student={"consistency": CONSISTENCY, "training": short})
    node = student_node(plan)
    train_node(plan, node, tmp_path / "whole", reporter)

    def stop(role, metrics):
        if metrics["epoch"] == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reporter, "epoch", stop)
        with pytest.raises(KeyboardInterrupt):
            train_node(plan, node, tmp_path / "parts", reporter)
    train_node(plan, node, tmp_path / "parts", reporter)
    whole, parts = ((tmp_path / part / node.key / "best.safetensors").read_bytes() for part in ("whole", "parts"))
    assert whole == parts


def test_its_settings_are_checked(recipe_data):
    recipe_data["student"]["consistency"] = ""
    assert parse_recipe(recipe_data).student.consistency is None
    recipe_data["student"]["consistency"] = {"weight": 0, "decay": 1.0, "ramp": 3}
    with pytest.raises(RecipeError, match=r"(?s)3 fault.*consistency.weight.*consistency.decay.*consistency.ramp"):
        parse_recipe(recipe_data)
