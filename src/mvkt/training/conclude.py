"""The end of a run: test fold, figures, result, examples, bundle, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt import __version__
from mvkt.ecg.leads import view_leads
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.evaluation.bootstrap import gap_closed
from mvkt.evaluation.evaluate import evaluate
from mvkt.evaluation.false_positives import false_positives
from mvkt.evaluation.metrics import macro_auc
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.report.run_report import write_report
from mvkt.evaluation.result import LabelsWorth, ModelResult, ModelResults, Role, RunResult
from mvkt.evaluation.subgroups import subgroups
from mvkt.evaluation.verdicts.band_check import check_verdicts
from mvkt.evaluation.verdicts.calibration import Calibration, fit_calibration, probabilities
from mvkt.files import atomic_write
from mvkt.models import EcgModel
from mvkt.training.checkpoint import Progress
from mvkt.training.export.run_bundle import export_run
from mvkt.training.graph import Node
from mvkt.training.networks import predict_together
from mvkt.training.plan import Plan
from mvkt.training.predict import predict
from mvkt.training.rhythm_voice import added, with_rhythm
from mvkt.training.rows import FoldRows
from mvkt.training.teachers.agreement import teacher_agreement

ALL_LABELS = "all-labels"
"""Folder of the baseline that was trained with all labels."""

_EXAMPLES = 6


@dataclass(frozen=True)
class Trained:
    """A trained network of a run, and the plan by which it was trained."""

    plan: Plan
    node: Node
    model: EcgModel
    progress: Progress


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
    trained: dict[str, Sequence[Trained]] = dict(models.items())
    if whole:
        trained[ALL_LABELS] = [whole]
    heads: dict[str, RhythmHead | None] = {}
    for role, networks in trained.items():
        alone = _predict(networks, plan.validation)
        heads[role], validation = with_rhythm(networks[0].plan, networks[0].node.settings, alone)
        validation.save(out / role / "validation.npz")
    validations = {role: Predictions.load(out / role / "validation.npz") for role in trained}
    limits = plan.recipe.limits
    calibrations = {role: fit_calibration(each, limits=limits) for role, each in validations.items()}
    rows = plan.test_rows()
    for role, networks in trained.items():
        alone = _predict(networks, rows)
        added(heads[role], networks[0].plan, networks[0].node.settings, rows, alone).save(out / role / "test.npz")
    tests = {role: Predictions.load(out / role / "test.npz") for role in trained}
    unknown_persons = {role: _without_persons(networks, rows) for role, networks in trained.items()}
    measured = {
        role: ModelResult(
            **_facts(networks),
            calibration=calibrations[role],
            rhythm=heads[role],
            **evaluated(plan, role, validations[role], tests[role], calibrations[role], rows),
            macro_auc_of_unknown_persons=unknown_persons[role],
        )
        for role, networks in trained.items()
    }
    labels = _labels(measured.pop(ALL_LABELS), whole, tests) if whole else None
    result = run_result(plan, ModelResults(**measured), tests, labels)
    result.save(out / "result.json")
    _save_examples(plan, rows, tests["student"], calibrations["student"], out / "examples.npz")
    export_run(out, result.deployed, out / "bundle")
    write_report(out)
    return result


def _labels(model: ModelResult, whole: Trained, tests: Mapping[str, Predictions]) -> LabelsWorth:
    """What the labels would be worth that were kept back."""
    compared = gap_closed(tests[ALL_LABELS], tests["baseline"], tests["student"])
    return LabelsWorth(
        records=len(np.unique(whole.plan.training.record_id)),
        model=model,
        minus_baseline=compared.teacher_minus_baseline,
        replaced=compared.gap_closed,
    )


def _predict(networks: Sequence[Trained], rows: FoldRows) -> Predictions:
    plan = networks[0].plan
    return predict_together(plan, [trained.node for trained in networks], [trained.model for trained in networks], rows)


def _without_persons(networks: Sequence[Trained], rows: FoldRows) -> float | None:
    first = networks[0]
    if len(networks) > 1 or not first.node.settings.person:
        return None
    by_record = predict(first.model, first.plan.input(first.node.settings), rows, without_age_and_sex=True).by_record()
    return macro_auc(by_record.targets, by_record.logits)


def _facts(networks: Sequence[Trained]) -> dict[str, Any]:
    """The facts of a model that need no measurement: of several networks those of the first, and their sums."""
    first = networks[0]
    network = first.plan.input(first.node.settings)
    return {
        "view": network.view,
        "signal": network.spec,
        "architecture": first.node.architecture,
        "members": len(networks),
        "parameters": sum(weight.numel() for trained in networks for weight in trained.model.parameters()),
        "epochs": first.progress.epoch,
        "best_epoch": first.progress.best_epoch,
        "seconds": sum(trained.progress.seconds for trained in networks),
        "validation_macro_auc": first.progress.best_score,
    }


def evaluated(
    plan: Plan, role: str, validation: Predictions, test: Predictions, calibration: Calibration, rows: FoldRows
) -> dict[str, Any]:
    """Return the figures of a model, by the names that they have in :class:`ModelResult`.

    Subgroups are of student and baseline: the teacher is not deployed.

    Args:
        plan: Of the run.
        role: Which model; of the teacher there are no subgroups.
        validation: Of the model, by window.
        test: Of the model, by window.
        calibration: Of the model.
        rows: The windows of ``test``.
    """
    titles, task, clean = plan.targets.titles, plan.task, _clean(plan, test)
    return {
        "evaluation": evaluate(test, calibration, titles),
        "abstention": check_verdicts(validation, test, calibration, titles),
        "false_positives": false_positives(test, calibration, titles, clean, task.normal),
        "subgroups": subgroups(test, rows.age, rows.sex) if role != "teacher" else (),
    }


def _clean(plan: Plan, test: Predictions) -> NDArray[np.bool_]:
    """Return which rows have no label of the task that is a finding, among its classes that are not learned as well."""
    everything = plan.targets if plan.outside else plan.corpus.targets(plan.recipe.task)
    normal = plan.task.normal
    findings = np.array([code not in normal for code in everything.classes])
    clean = everything.labelled & ~everything.matrix[:, findings].any(axis=1)
    return np.isin(test.record_id, plan.corpus.record_id[clean])


def run_result(
    plan: Plan, models: ModelResults, tests: Mapping[str, Predictions], labels: LabelsWorth | None = None
) -> RunResult:
    """Put together what a run found out."""
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
        outside=teacher_agreement(plan, models.student, tests["student"]) if plan.outside else None,
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


def _save_examples(plan: Plan, rows: FoldRows, predictions: Predictions, calibration: Calibration, path: Path) -> None:
    """Keep a few test windows for the report and for comparing exports."""
    scores = probabilities(predictions.logits, calibration)
    picked = choose_examples(predictions.targets, scores, np.asarray(calibration.thresholds, dtype=np.float32))
    recipe = plan.recipe
    trained_here = recipe.transfer.uses_teacher and plan.outside is None
    views = [recipe.student.view, *([recipe.teacher.view] if trained_here else [])]
    leads = list(dict.fromkeys(lead for view in views for lead in view_leads(view)))
    with atomic_write(path) as file:
        np.savez_compressed(
            file,
            record_id=predictions.record_id[picked],
            microvolts=rows.select(picked, "+".join(leads)),
            leads=np.array(leads),
            sampling_frequency=np.float64(plan.corpus.signal.sampling_frequency),
            targets=predictions.targets[picked],
            probabilities=scores[picked],
        )


def choose_examples(
    targets: NDArray[np.bool_], scores: NDArray[np.float32], thresholds: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Choose windows that show what the student does: typical hits, then its worst miss and its worst false alarm.

    Args:
        targets: ``(n, classes)``.
        scores: ``(n, classes)`` calibrated probabilities.
        thresholds: ``(classes,)``.

    Returns:
        Up to six positions, all different.
    """
    found = scores >= thresholds
    right = (found == targets).all(axis=1)
    chosen: list[int] = []
    for column in range(targets.shape[1]):
        hits = np.flatnonzero(right & targets[:, column])
        ranked = hits[np.argsort(scores[hits, column])]
        fresh = [int(row) for row in (ranked[len(ranked) // 2 :]) if int(row) not in chosen]
        chosen += fresh[:1]
    missed_by = np.where(targets, thresholds - scores, 0.0).max(axis=1)
    alarmed_by = np.where(targets, 0.0, scores - thresholds).max(axis=1)
    worst = [int(np.argmax(margin)) for margin in (missed_by, alarmed_by) if margin.max() > 0]
    picked = list(dict.fromkeys([*chosen[: _EXAMPLES - len(set(worst))], *worst])) or [0]
    return np.array(picked, dtype=np.int64)
