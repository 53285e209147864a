from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mvkt.errors import NonFiniteLossError
from mvkt.evaluation.metrics import macro_auc
from mvkt.training.batches import BatchMaker
from mvkt.training.checkpoint import load_progress, load_tensors
from mvkt.training.graph import nodes_of_run, student_node
from mvkt.training.loop import TrainingJob, _Epochs, fit
from mvkt.training.network_settings import NetworkSettings
from mvkt.training.node_model import build
from mvkt.training.plan import Plan
from mvkt.training.predict import predict
from mvkt.training.recipe import parse_recipe
from mvkt.training.reporter import SilentReporter
from mvkt.transfer import PLAIN, Distiller


def _settings(plan: Plan, role: str) -> NetworkSettings:
    return plan.recipe.teacher if role == "teacher" else plan.recipe.student


def _job(plan: Plan, folder: Path, role: str = "baseline") -> TrainingJob:
    return TrainingJob(
        role=role,
        student=plan.input(_settings(plan, role)),
        teachers=(),
        settings=_settings(plan, role).training,
        augmentation=plan.recipe.augmentation,
        seed=plan.recipe.seed,
        folder=folder,
    )


def _fit(plan: Plan, folder: Path, reporter, role: str = "baseline"):
    model = build(next(node for node in nodes_of_run(plan) if node.kind == role))
    job = _job(plan, folder, role)
    distiller = Distiller(model, PLAIN)
    return model, fit(job, distiller, plan.training, plan.validation, reporter)


def test_a_network_learns_what_twelve_leads_show(corpus, recipe_data, tmp_path, reporter):
    recipe_data["teacher"]["training"] |= {"epochs": 10, "warmup_epochs": 1, "learning_rate": 1e-2}
    plan = Plan.make(parse_recipe(recipe_data | {"augmentation": {}}), corpus)
    model, progress = _fit(plan, tmp_path, reporter, "teacher")
    assert progress.finished
    learnt = predict(model, plan.input(plan.recipe.teacher), plan.training)
    assert macro_auc(learnt.targets, learnt.logits) > 0.65
    losses = [metrics["losses"]["bce"] for _, metrics in reporter.epochs]
    assert losses[-1] < 0.8 * losses[0]


def test_the_best_epoch_is_kept_and_loaded(corpus, recipe_data, tmp_path, reporter):
    recipe_data["student"]["training"] |= {"epochs": 4}
    plan = Plan.make(parse_recipe(recipe_data), corpus)
    model, progress = _fit(plan, tmp_path, reporter)
    scores = [metrics["validation"]["macro_auc"] for _, metrics in reporter.epochs]
    assert progress.best_epoch == int(np.argmax(scores)) + 1
    again = predict(model, plan.input(plan.recipe.student), plan.validation)
    assert macro_auc(again.targets, again.logits) == pytest.approx(max(scores), abs=1e-6)


def test_metrics_are_one_object_an_epoch(corpus, recipe, tmp_path, reporter):
    plan = Plan.make(recipe, corpus)
    _fit(plan, tmp_path, reporter)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert lines == [metrics for _, metrics in reporter.epochs]
    assert reporter.steps == 3 * (len(plan.training) // 32)


def test_patience_stops_early(corpus, recipe_data, tmp_path, reporter):
    recipe_data["student"]["training"] |= {"epochs": 50, "patience": 2, "learning_rate": 1e-9, "warmup_epochs": 0}
    plan = Plan.make(parse_recipe(recipe_data), corpus)
    _, progress = _fit(plan, tmp_path, reporter)
    assert progress.finished
    assert progress.epoch == progress.best_epoch + 2
    assert progress.epoch < 50


def test_a_loss_that_is_not_finite_names_the_batch(corpus, recipe, tmp_path, reporter):
    plan = Plan.make(recipe, corpus)
    model = build(student_node(plan))
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    job = _job(plan, tmp_path)
    with pytest.raises(NonFiniteLossError, match=r"baseline became .*nan.* epoch 1, batch 1 of \d+ \(records "):
        fit(job, Distiller(model, PLAIN), plan.training, plan.validation, reporter)


def test_same_seed_same_weights_other_seed_others(corpus, recipe_data, tmp_path, reporter):
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        plan = Plan.make(parse_recipe(recipe_data | {"seed": seed}), corpus)
        _fit(plan, tmp_path / name, reporter)
        weights.append((tmp_path / name / "best.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]


def test_stopped_between_epochs_goes_on_to_the_same_result(corpus, recipe_data, tmp_path, reporter):
    recipe_data["student"]["training"] |= {"epochs": 4}
    plan = Plan.make(parse_recipe(recipe_data), corpus)
    _fit(plan, tmp_path / "whole", reporter)

    class StopError(Exception):
        pass

    class Stopping(type(reporter)):
        def epoch(self, role, metrics):
            if metrics["epoch"] == 3:
                raise StopError

    with pytest.raises(StopError):
        _fit(plan, tmp_path / "stopped", Stopping())
    _fit(plan, tmp_path / "stopped", reporter)
    assert reporter.begun[-1] == ("baseline", 2)
    names = ["best.safetensors", "last-0004.safetensors"]
    for name in names:
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    lines = (tmp_path / "stopped" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3, 4]


def test_averaged_weights_are_what_is_validated_and_kept(corpus, recipe_data, tmp_path, reporter):
    recipe_data["student"]["training"] |= {"average_decay": 0.9}
    plan = Plan.make(parse_recipe(recipe_data), corpus)
    model, progress = _fit(plan, tmp_path, reporter)
    again = predict(model, plan.input(plan.recipe.student), plan.validation)
    assert macro_auc(again.targets, again.logits) == pytest.approx(progress.best_score, abs=1e-6)
    last = load_tensors(tmp_path / load_progress(tmp_path).tensors)
    assert int(last["state.average_steps"]) == 3 * (len(plan.training) // 32)
    assert not torch.equal(last["state.average.classifier.1.weight"], last["state.student.classifier.1.weight"])


@pytest.mark.parametrize(("kind", "pinned"), [("cpu", 0), ("cuda", 6)])
def test_batches_for_a_gpu_lie_in_pinned_memory(corpus, recipe_data, monkeypatch, kind, pinned):
    """The tensors of a batch on their way to a GPU: three signals, a person, labels, positions; with their values."""
    plan = Plan.make(parse_recipe(recipe_data), corpus)
    student, teacher = plan.input(plan.recipe.student), plan.input(plan.recipe.teacher)
    teachers = (teacher, replace(student, person=True))
    epochs = object.__new__(_Epochs)
    epochs.make_batch = BatchMaker(student, teachers, plan.recipe.augmentation, plan.training)
    epochs.fabric = SimpleNamespace(device=torch.device(kind))
    plain = epochs.make_batch(np.arange(4), np.random.default_rng(0))
    copies: list[torch.Tensor] = []
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: copies.append(tensor.clone()) or copies[-1])
    made, rows = epochs._make(np.arange(4), np.random.default_rng(0))
    assert len(copies) == pinned
    first, (second, person) = made.teachers
    found = (made.student, first, second, person, made.targets, rows)
    expected = (plain.student, plain.teachers[0], *plain.teachers[1], plain.targets, torch.arange(4))
    for tensor, value in zip(found, expected, strict=True):
        torch.testing.assert_close(tensor, value, rtol=0, atol=0, equal_nan=True)
        assert any(tensor is copy for copy in copies) is bool(pinned)


def test_training_in_bfloat16_is_that_in_float32_but_for_its_rounding(corpus, recipe_data, tmp_path):
    """On a processor without bfloat16 of its own, autocast gives the same rounding, only slower."""
    losses = {}
    for precision in ("float32", "bfloat16"):
        recipe_data["student"]["training"] |= {"precision": precision, "epochs": 2}
        plan = Plan.make(parse_recipe(recipe_data), corpus)
        model, progress = _fit(plan, tmp_path / precision, SilentReporter())
        assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
        lines = (tmp_path / precision / "metrics.jsonl").read_text().splitlines()
        losses[precision] = [json.loads(line)["losses"]["bce"] for line in lines]
        assert progress.finished
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.01)
