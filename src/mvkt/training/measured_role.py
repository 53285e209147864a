"""The networks of a role of a run: fitted on the validation folds, then measured on the test folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.evaluation.evaluate import evaluate
from mvkt.evaluation.false_positives import false_positives
from mvkt.evaluation.metrics import macro_auc
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.result import ModelResult
from mvkt.evaluation.subgroups import subgroups
from mvkt.evaluation.verdicts.band_check import check_verdicts
from mvkt.evaluation.verdicts.calibration import Calibration, fit_calibration
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits
from mvkt.models import EcgModel
from mvkt.training.batches import NetworkInput
from mvkt.training.checkpoint import Progress
from mvkt.training.graph import Node
from mvkt.training.predict import predict
from mvkt.training.rhythm_voice import added, with_rhythm
from mvkt.training.rows import FoldRows

VALIDATION_FILE, TEST_FILE = "validation.npz", "test.npz"


@dataclass(frozen=True)
class Trained:
    """A trained network of a run.

    Attributes:
        node: Which.
        model: With its best weights.
        progress: How its training went.
        network: Its input.
        training: Rows with the labels that it learned from.
    """

    node: Node
    model: EcgModel
    progress: Progress
    network: NetworkInput
    training: FoldRows


@dataclass(frozen=True)
class MeasuredTask:
    """What measuring needs to know about the classes.

    Attributes:
        titles: Of the classes.
        normal: Codes that are no finding.
        without_findings: Records that are labelled and have no finding of the task.
        limits: Class to what is wanted of its limits.
    """

    titles: Mapping[str, str]
    normal: Sequence[str]
    without_findings: NDArray[np.str_]
    limits: Mapping[str, WantedLimits]


@dataclass(frozen=True)
class FittedRole:
    """The networks of a role, with what was fitted to them.

    Attributes:
        role: Which; the name of its folder.
        networks: Measured together, by the mean of their logits.
        head: What beats add, where the recipe wants that.
        validation: Predictions for the validation rows, by window.
        calibration: Fitted to these.
    """

    role: str
    networks: Sequence[Trained]
    head: RhythmHead | None
    validation: Predictions
    calibration: Calibration


def fit_role(role: str, networks: Sequence[Trained], rows: FoldRows, task: MeasuredTask, folder: Path) -> FittedRole:
    """Fit what beats add and the calibration of a role, and keep its predictions for validation rows."""
    head, validation = None, _predictions(networks, rows)
    if networks[0].node.settings.rhythm:
        head, validation = with_rhythm(networks[0].training, rows, networks[0].network.view, validation)
    validation.save(folder / VALIDATION_FILE)
    stored = Predictions.load(folder / VALIDATION_FILE)
    return FittedRole(role, networks, head, stored, fit_calibration(stored, limits=task.limits))


def measure_role(fitted: FittedRole, rows: FoldRows, task: MeasuredTask, folder: Path) -> ModelResult:
    """Measure a role on the test rows, and keep its predictions for them."""
    first = fitted.networks[0]
    test = _predictions(fitted.networks, rows)
    if fitted.head is not None:
        test = added(fitted.head, first.network.view, rows, test)
    test.save(folder / TEST_FILE)
    stored = Predictions.load(folder / TEST_FILE)
    return ModelResult(
        view=first.network.view,
        signal=first.network.spec,
        architecture=first.node.architecture,
        members=len(fitted.networks),
        parameters=sum(weight.numel() for trained in fitted.networks for weight in trained.model.parameters()),
        epochs=first.progress.epoch,
        best_epoch=first.progress.best_epoch,
        seconds=sum(trained.progress.seconds for trained in fitted.networks),
        validation_macro_auc=first.progress.best_score,
        calibration=fitted.calibration,
        rhythm=fitted.head,
        **evaluated(fitted.role, fitted.validation, stored, fitted.calibration, rows, task),
        macro_auc_of_unknown_persons=_without_persons(fitted.networks, rows),
    )


def evaluated(
    role: str, validation: Predictions, test: Predictions, calibration: Calibration, rows: FoldRows, task: MeasuredTask
) -> dict[str, Any]:
    """Return the figures of a model, by the names that they have in :class:`ModelResult`.

    Subgroups are of student and baseline: the teacher is not deployed.

    Args:
        role: Which model; of the teacher there are no subgroups.
        validation: Of the model, by window.
        test: Of the model, by window.
        calibration: Of the model.
        rows: The windows of ``test``.
        task: What is measured.
    """
    clean = np.isin(test.record_id, task.without_findings)
    return {
        "evaluation": evaluate(test, calibration, task.titles),
        "abstention": check_verdicts(validation, test, calibration, task.titles),
        "false_positives": false_positives(test, calibration, task.titles, clean, task.normal),
        "subgroups": subgroups(test, rows.age, rows.sex) if role != "teacher" else (),
    }


def _predictions(networks: Sequence[Trained], rows: FoldRows) -> Predictions:
    """Return the mean of the logits of several networks over rows, in float32."""
    logits = [predict(trained.model, trained.network, rows).logits for trained in networks]
    return rows.predictions(np.mean(logits, axis=0, dtype=np.float32))


def _without_persons(networks: Sequence[Trained], rows: FoldRows) -> float | None:
    first = networks[0]
    if len(networks) > 1 or not first.network.person:
        return None
    by_record = predict(first.model, first.network, rows, without_age_and_sex=True).by_record()
    return macro_auc(by_record.targets, by_record.logits)
