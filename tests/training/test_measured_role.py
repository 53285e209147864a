"""The figures of a network, without training it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.evaluation import Predictions, fit_calibration
from mvkt.training.checkpoint import Progress
from mvkt.training.conclude import records_without_findings
from mvkt.training.graph import student_node
from mvkt.training.measured_role import MeasuredTask, Trained, evaluated, fit_role, measure_role
from mvkt.training.node_model import build
from mvkt.training.plan import Plan
from mvkt.training.rows import FoldRows


@pytest.fixture(scope="module")
def plan(corpus: Corpus) -> Plan:
    return plan_with(corpus, student={"rhythm": True, "person": True}, min_samples=0)


def task_of(plan: Plan) -> MeasuredTask:
    return MeasuredTask(plan.targets.titles, plan.task.normal, records_without_findings(plan), plan.recipe.limits)


def trained(plan: Plan, **progress: Any) -> Trained:
    node = student_node(plan)
    return Trained(node, build(node).eval(), Progress(**progress), plan.input(node.settings), plan.training)


def guess(rows: FoldRows, seed: int) -> Predictions:
    noise = np.random.default_rng(seed).normal(size=rows.targets.shape)
    return rows.predictions((2.0 * rows.targets + noise - 1).astype(np.float32))


def test_false_positives_are_counted_on_records_without_findings(plan: Plan) -> None:
    rows, validation = plan.test_rows(), guess(plan.validation, 0)
    test, calibration, task = guess(rows, 1), fit_calibration(validation), task_of(plan)
    found = evaluated("student", validation, test, calibration, rows, task)
    assert found["false_positives"].records == len(set(rows.record_id) & set(task.without_findings)) > 0
    assert found["false_positives"].normal == ("NORM",)
    assert sum(group.records for group in found["subgroups"] if group.by == "sex") == len(np.unique(rows.record_id))
    assert found["abstention"] is not None
    assert evaluated("teacher", validation, test, calibration, rows, task)["subgroups"] == ()


def test_networks_of_a_role_are_fitted_and_measured_together(plan: Plan, tmp_path: Path) -> None:
    network, task = trained(plan, epoch=2, best_epoch=1, seconds=3.0), task_of(plan)
    fitted = fit_role("student", [network, network], plan.validation, task, tmp_path)
    assert fitted.head is not None
    figures = measure_role(fitted, plan.test_rows(), task, tmp_path)
    assert (figures.members, figures.seconds, figures.epochs, figures.rhythm) == (2, 6.0, 2, fitted.head)
    assert figures.macro_auc_of_unknown_persons is None  # measured of a single network alone
    alone = fit_role("student", [network], plan.validation, task, tmp_path)
    assert measure_role(alone, plan.test_rows(), task, tmp_path).macro_auc_of_unknown_persons
    assert Predictions.load(tmp_path / "test.npz").record_id.tolist() == plan.test_rows().record_id.tolist()


def test_without_the_setting_beats_add_nothing(corpus: Corpus, tmp_path: Path) -> None:
    plain = plan_with(corpus, min_samples=0)
    assert fit_role("student", [trained(plain)], plain.validation, task_of(plain), tmp_path).head is None
