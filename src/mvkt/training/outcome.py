"""The end of a run: test fold, figures, result, examples, bundle, report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt import __version__
from mvkt.ecg.leads import view_leads
from mvkt.evaluation.bootstrap import gap_closed
from mvkt.evaluation.calibration import Calibration, fit_calibration, probabilities
from mvkt.evaluation.evaluate import evaluate
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.report import write_report
from mvkt.evaluation.result import CorpusSummary, ModelResult, ModelResults, Role, RunResult
from mvkt.files import atomic_write
from mvkt.models import EcgModel
from mvkt.training.checkpoint import Progress
from mvkt.training.export import export_run
from mvkt.training.folds import FoldRows
from mvkt.training.loop import predict
from mvkt.training.plan import Plan

_EXAMPLES = 6


def conclude(plan: Plan, models: Mapping[Role, EcgModel], progresses: Mapping[Role, Progress], out: Path) -> RunResult:
    """Measure the trained networks on the test folds and write everything that is left to write.

    Temperatures and thresholds are fitted on the validation folds before the test folds are read.

    Returns:
        What is in ``result.json``.
    """
    calibrations: dict[Role, Calibration] = {}
    for role, model in models.items():
        validation = predict(model, plan.input(role), plan.validation)
        validation.save(out / role / "validation.npz")
        calibrations[role] = fit_calibration(validation)
    rows = plan.test_rows()
    tests: dict[Role, Predictions] = {}
    for role, model in models.items():
        tests[role] = predict(model, plan.input(role), rows)
        tests[role].save(out / role / "test.npz")
    result = _result(plan, models, progresses, calibrations, tests)
    result.save(out / "result.json")
    _save_examples(plan, rows, tests["student"], calibrations["student"], out / "examples.npz")
    export_run(out, "student", out / "bundle")
    write_report(out)
    return result


def _result(
    plan: Plan,
    models: Mapping[Role, EcgModel],
    progresses: Mapping[Role, Progress],
    calibrations: Mapping[Role, Calibration],
    tests: Mapping[Role, Predictions],
) -> RunResult:
    titles = plan.targets.titles
    measured = {
        role: ModelResult(
            view=plan.input(role).view,
            signal=plan.input(role).spec,
            architecture=plan.architecture(role),
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            epochs=progresses[role].epoch,
            best_epoch=progresses[role].best_epoch,
            seconds=progresses[role].seconds,
            validation_macro_auc=progresses[role].best_score,
            calibration=calibrations[role],
            evaluation=evaluate(tests[role], calibrations[role], titles),
        )
        for role, model in models.items()
    }
    manifest = plan.corpus.manifest
    parts = {"training": plan.training, "validation": plan.validation}
    records = {part: len(np.unique(rows.record_id)) for part, rows in parts.items()}
    return RunResult(
        name=plan.recipe.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        tool_version=__version__,
        corpus=CorpusSummary(
            source=manifest.source,
            rows=manifest.rows,
            records=manifest.records,
            licence=manifest.licence,
            checksum=manifest.checksums["signals.npy"],
        ),
        task=plan.recipe.task,
        classes=plan.targets.classes,
        titles=titles,
        split=plan.split.model_dump(),
        records={**records, "test": len(np.unique(tests["student"].record_id))},
        models=ModelResults(**measured),
        transfer=gap_closed(tests["teacher"], tests["baseline"], tests["student"]),
        recipe=plan.recipe.model_dump(mode="json"),
    )


def _save_examples(plan: Plan, rows: FoldRows, predictions: Predictions, calibration: Calibration, path: Path) -> None:
    """Keep a few test windows for the report and for comparing exports."""
    scores = probabilities(predictions.logits, calibration)
    picked = choose_examples(predictions.targets, scores, np.asarray(calibration.thresholds, dtype=np.float32))
    leads = list(dict.fromkeys(view_leads(plan.student_input.view) + view_leads(plan.teacher_input.view)))
    with atomic_write(path) as file:
        np.savez_compressed(
            file,
            record_id=predictions.record_id[picked],
            microvolts=rows.select(picked, "+".join(leads)),
            leads=np.array(leads),
            sampling_frequency=np.float64(plan.student_input.spec.sampling_frequency),
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
