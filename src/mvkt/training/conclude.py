"""The end of a run: test fold, figures, result, examples, bundle, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt import __version__
from mvkt.ecg.leads import view_leads
from mvkt.evaluation.bootstrap import gap_closed
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.report.run_report import write_report
from mvkt.evaluation.result import LabelsWorth, ModelResult, ModelResults, Role, RunResult
from mvkt.training.example_windows import save_examples
from mvkt.training.export.run_bundle import export_run
from mvkt.training.measured_role import TEST_FILE, MeasuredTask, Trained, fit_role, measure_role
from mvkt.training.plan import Plan
from mvkt.training.rows import FoldRows, HeldOutRows
from mvkt.training.teachers.agreement import teacher_agreement

ALL_LABELS = "all-labels"
"""Folder of the baseline that was trained with all labels."""


def conclude(
    plan: Plan, models: Mapping[Role, Sequence[Trained]], out: Path, whole: Trained | None = None
) -> RunResult:
    """Measure the trained networks on the test folds and write everything that is left to write.

    Several teachers are measured together. Calibrations are fitted on the validation folds before the test folds are
    read.

    Args:
        plan: Of the run.
        models: What was trained for it.
        out: The run folder.
        whole: The baseline that was trained with all labels, where there is one.

    Returns:
        What is in ``result.json``.
    """
    trained: dict[str, Sequence[Trained]] = {**dict(models.items()), **({ALL_LABELS: [whole]} if whole else {})}
    rows = HeldOutRows(plan.validation, plan.test_rows)
    task = MeasuredTask(plan.targets.titles, plan.task.normal, records_without_findings(plan), plan.recipe.limits)
    fitted = [fit_role(role, networks, rows.validation, task, out / role) for role, networks in trained.items()]
    measured = {each.role: measure_role(each, rows.test, task, out / each.role) for each in fitted}
    tests = {role: Predictions.load(out / role / TEST_FILE) for role in trained}
    labels = _labels(measured.pop(ALL_LABELS), whole, tests) if whole else None
    result = run_result(plan, rows.test, ModelResults(**measured), tests, labels)
    result.save(out / "result.json")
    student, teacher = result.models.student, result.models.teacher
    views = [student.view, *([teacher.view] if teacher else [])]
    leads = tuple(dict.fromkeys(lead for view in views for lead in view_leads(view)))
    save_examples(out / "examples.npz", rows.test, leads, tests["student"], student.calibration)
    export_run(out, result.deployed, out / "bundle")
    write_report(out)
    return result


def _labels(model: ModelResult, whole: Trained, tests: Mapping[str, Predictions]) -> LabelsWorth:
    """What the labels would be worth that were kept back."""
    compared = gap_closed(tests[ALL_LABELS], tests["baseline"], tests["student"])
    return LabelsWorth(
        records=len(np.unique(whole.training.record_id)),
        model=model,
        minus_baseline=compared.teacher_minus_baseline,
        replaced=compared.gap_closed,
    )


def records_without_findings(plan: Plan) -> NDArray[np.str_]:
    """Return the records with no label of the task that is a finding, among its classes that are not learned as well.

    With labels; a record occurs once for each of its windows.
    """
    everything = plan.targets if plan.outside else plan.corpus.targets(plan.recipe.task)
    findings = np.array([code not in plan.task.normal for code in everything.classes])
    clean = everything.labelled & ~everything.matrix[:, findings].any(axis=1)
    return plan.corpus.record_id[clean]


def run_result(
    plan: Plan,
    rows: FoldRows,
    models: ModelResults,
    tests: Mapping[str, Predictions],
    labels: LabelsWorth | None = None,
) -> RunResult:
    """Put together what a run found out.

    Args:
        plan: Of the run.
        rows: The test rows.
        models: Their figures.
        tests: Their predictions for these rows.
        labels: What the labels would be worth that were kept back.
    """
    manifest, targets, task = plan.corpus.manifest, plan.targets, plan.task
    parts = {"training": plan.training.record_id, "validation": plan.validation.record_id}
    return RunResult(
        name=plan.recipe.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        tool_version=__version__,
        corpus=manifest.summary,
        task=plan.recipe.task,
        classes=targets.classes,
        titles=targets.titles,
        normal=tuple(code for code in targets.classes if code in task.normal),
        typical={code: task.typical[code] for code in targets.classes if code in task.typical},
        split=plan.split.model_dump(),
        records={part: len(np.unique(names)) for part, names in (*parts.items(), ("test", tests["student"].record_id))},
        unlabelled_records=_unlabelled_records(plan),
        training_positives=_positives(plan),
        models=models,
        labels=labels,
        transfer=gap_closed(tests["teacher"], tests["baseline"], tests["student"]) if "teacher" in tests else None,
        recipe=plan.recipe_data,
        starts=plan.starts.facts,
        outside=teacher_agreement(plan, rows, models.student, tests["student"]) if plan.outside else None,
    )


def _unlabelled_records(plan: Plan) -> int:
    if plan.outside:
        return len(np.unique(plan.training.record_id[~plan.training.labelled]))
    return sum(len(np.unique(rows.record_id)) for rows in plan.unlabelled.rows)


def _positives(plan: Plan) -> dict[str, int]:
    """Count the training records of each class; with a teacher from elsewhere those in which it finds the class."""
    names, matrix = plan.training.record_id, plan.training.targets
    if plan.outside:
        rows = plan.corpus.rows(plan.split.training)
        rows = rows[plan.targets.labelled[rows]]
        names, matrix = plan.corpus.record_id[rows], plan.targets.matrix[rows]
    _, first = np.unique(names, return_index=True)
    return dict(zip(plan.targets.classes, matrix[first].sum(axis=0).tolist(), strict=True))
