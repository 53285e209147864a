"""The report of a run: one HTML file that holds everything it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mvkt.errors import ResultError
from mvkt.evaluation.bootstrap import check_same_records
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.report import run_drawings, run_wording
from mvkt.evaluation.report.axis import Axis
from mvkt.evaluation.report.curves import reliability, roc_curve
from mvkt.evaluation.report.examples import read_examples
from mvkt.evaluation.report.html_page import page_template
from mvkt.evaluation.report.toml_text import to_toml
from mvkt.evaluation.report.training_history import EpochMetrics, mean_gradient_shares, read_history
from mvkt.evaluation.result import ClassFigures, ModelResult, Role, RunResult
from mvkt.evaluation.verdicts.calibration import probabilities
from mvkt.files import write_text

_MOST_CURVES = 12


@dataclass(frozen=True)
class ClassCurves:
    """The drawings of one class."""

    figures: ClassFigures
    roc: str
    reliability: str


def write_report(run: Path) -> Path:
    """Write ``report.html`` into a finished run folder.

    Args:
        run: Holds ``result.json``, ``examples.npz``, and ``test.npz`` and ``metrics.jsonl`` for each model.

    Returns:
        Where the report is.

    Raises:
        ResultError: A file of the run is missing, damaged, or does not fit the others.
        MissingExtraError: matplotlib or jinja2 is not installed.
    """
    template = page_template("report.html.j2", "evaluation/report", leads_of=run_wording.leads_of)
    content = _content(run)
    path = run / "report.html"
    write_text(path, template.render(content))
    return path


def _content(run: Path) -> dict[str, Any]:
    """Read everything, then draw: what is missing is an error at once."""
    result = RunResult.load(run / "result.json")
    roles = [role for role, _ in result.models.items()]
    tests = {role: _test_predictions(run, role, result) for role in roles}
    check_same_records(list(tests.values()))
    history = {role: read_history(run / role / "metrics.jsonl") for role in roles}
    examples = read_examples(run / "examples.npz", result)
    return {
        "run": result,
        "headline": run_wording.headline(result),
        "shown": _shown(result),
        "macro_scale": _macro_scale(result),
        "class_scale": _class_scale(result),
        "curves": _class_curves(tests, result),
        "measured": len(result.classes) - len(result.models.student.evaluation.absent),
        "risk": _risk(result),
        "learning": _learning(history, result),
        "gradient_shares": {role: shares for role in roles if (shares := mean_gradient_shares(history[role]))},
        "examples": examples,
        "recipe": to_toml(result.recipe),
    }


def _shown(result: RunResult) -> list[tuple[str, ModelResult]]:
    """The models of the run, and the baseline with all labels where that was trained."""
    models: list[tuple[str, ModelResult]] = list(result.models.items())
    return [*models, *([("all-labels", result.labels.model)] if result.labels else [])]


def _macro_scale(result: RunResult) -> Axis:
    intervals = [model.evaluation.macro_auc for _, model in _shown(result)]
    return Axis.covering(value for i in intervals for value in (i.low, i.value, i.high))


def _class_scale(result: RunResult) -> Axis:
    aucs = [found.auc for _, model in result.models.items() for found in model.evaluation.classes]
    return Axis.covering(value for auc in aucs if auc for value in (auc.low, auc.value, auc.high))


def _class_curves(tests: Mapping[Role, Predictions], result: RunResult) -> list[ClassCurves]:
    """Draw the classes that are present; of many the most frequent ones."""
    student, calibration = tests["student"], result.models.student.calibration
    scaled = probabilities(student.logits, calibration)
    classes = result.models.student.evaluation.classes
    present = [column for column, found in enumerate(classes) if found.auc is not None]
    frequent = sorted(present, key=lambda column: -classes[column].positives)[:_MOST_CURVES]
    drawn = []
    for column in sorted(frequent):
        targets, name = student.targets[:, column], classes[column].title
        found = scaled[:, column] >= calibration.thresholds[column]
        roc = run_drawings.roc(
            f"roc-{column}",
            {role: roc_curve(targets, predictions.logits[:, column]) for role, predictions in tests.items()},
            (float(found[~targets].mean()), float(found[targets].mean())),
            f"ROC curves of {_listed(tests)} for {name}",
        )
        calibrated = run_drawings.reliability_diagram(
            f"reliability-{column}",
            reliability(targets, scaled[:, column]),
            scaled[:, column],
            f"Predicted probability against observed share for {name}",
        )
        drawn.append(ClassCurves(classes[column], roc, calibrated))
    return drawn


def _risk(result: RunResult) -> str:
    """Draw what the student leaves open, or nothing when it never does."""
    abstention = result.models.student.abstention
    if abstention is None or abstention.error is None or not abstention.curve:
        return ""
    return run_drawings.risk_curve(
        "risk",
        [(point.decided, point.error) for point in abstention.curve],
        (abstention.decided.value, abstention.error.value),
        "Share of the verdicts that are decided against the share of these that are wrong",
    )


def _test_predictions(run: Path, role: Role, result: RunResult) -> Predictions:
    path = run / role / "test.npz"
    predictions = Predictions.load(path).by_record()
    if predictions.classes != result.classes or len(predictions) != result.models.student.evaluation.records:
        raise ResultError(
            f"{path} has {len(predictions)} records of {', '.join(predictions.classes)}, but result.json is "
            f"about {result.models.student.evaluation.records} of {', '.join(result.classes)}; "
            "evaluate the run again"
        )
    return predictions


def _listed(roles: Iterable[Role]) -> str:
    *others, last = roles
    return f"{', '.join(others)} and {last}" if others else last


def _learning(history: Mapping[Role, list[EpochMetrics]], result: RunResult) -> dict[str, str]:
    """Draw the validation macro AUC of all models and the losses of each."""
    epochs = {role: [metrics.epoch for metrics in course] for role, course in history.items()}
    drawn = {
        "auc": run_drawings.learning_curves(
            "learning",
            {role: (epochs[role], [m.validation.macro_auc for m in course]) for role, course in history.items()},
            {role: model.best_epoch for role, model in result.models.items()},
            f"Validation macro AUC of {_listed(history)} by epoch",
        )
    }
    for role, course in history.items():
        drawn[role] = run_drawings.loss_curves(
            f"losses-{role}",
            epochs[role],
            {name: [metrics.losses[name] for metrics in course] for name in course[0].losses},
            [metrics.validation.loss for metrics in course],
            f"Losses of the {role} by epoch",
        )
    return drawn
