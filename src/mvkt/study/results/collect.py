"""What the cells of a study left behind, finished or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from mvkt.errors import ResultError, StudyError
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts.calibration import Calibration, fit_calibration
from mvkt.study.results.study_result import MissingCell
from mvkt.study.study_folder import CELL_FILE, PLAN_FILE, CellResult, StudyPlan, cell_folder, prediction_files


@dataclass(frozen=True)
class FinishedCell:
    """A cell with its predictions.

    Attributes:
        result: How it was trained.
        predictions: On the fold that it is evaluated on, by record, of the classes of the study.
        calibration: Fitted on the cell's own validation records.
    """

    result: CellResult
    predictions: Predictions
    calibration: Calibration


@dataclass(frozen=True)
class Collected:
    """A study as far as it is finished.

    Attributes:
        cells: Method, seed and test fold to what is there, in the order of the plan.
        missing: The other cells of the plan.
    """

    plan: StudyPlan
    cells: Mapping[tuple[str, int, int], FinishedCell]
    missing: tuple[MissingCell, ...]


def collect(out: Path) -> Collected:
    """Read the finished cells of a study and list the others.

    Args:
        out: The folder with ``plan.json``.

    Raises:
        StudyError: There is no readable plan, or no cell is finished.
    """
    plan = StudyPlan.load(out / PLAN_FILE)
    _check_names(plan, out)
    cells: dict[tuple[str, int, int], FinishedCell] = {}
    missing: list[MissingCell] = []
    for method, seed, fold in product(plan.methods, plan.seeds, plan.test_folds):
        folder = cell_folder(out, method, seed, fold)
        if not (folder / CELL_FILE).is_file():
            missing.append(MissingCell(method=method, seed=seed, test_fold=fold, reason="not finished", failed=False))
            continue
        try:
            cells[method, seed, fold] = _finished(folder, plan)
        except (ResultError, StudyError) as error:
            missing.append(MissingCell(method=method, seed=seed, test_fold=fold, reason=str(error), failed=True))
    if not cells:
        reasons = "; ".join(sorted({cell.reason for cell in missing})[:3])
        raise StudyError(f"{out} has no finished cell of {len(missing)} ({reasons}); run the study first")
    return Collected(plan, cells, tuple(missing))


def _finished(folder: Path, plan: StudyPlan) -> FinishedCell:
    result = CellResult.load(folder / CELL_FILE)
    if result.error:
        raise StudyError(result.error)
    names = prediction_files(plan.judged_on)
    validation, scored = (_of_classes(Predictions.load(folder / name), plan.classes) for name in names)
    return FinishedCell(result, scored.by_record(), fit_calibration(validation))


def _of_classes(predictions: Predictions, classes: tuple[str, ...]) -> Predictions:
    lacking = [code for code in classes if code not in predictions.classes]
    if lacking:
        raise StudyError(f"it has no {', '.join(lacking)}, only {', '.join(predictions.classes)}")
    columns = np.array([predictions.classes.index(code) for code in classes])
    return Predictions(
        predictions.record_id,
        predictions.patient_id,
        predictions.targets[:, columns],
        predictions.logits[:, columns],
        classes,
    )


def _check_names(plan: StudyPlan, out: Path) -> None:
    strangers = [name for name in (plan.baseline, plan.reference) if name is not None and name not in plan.methods]
    if strangers:
        raise StudyError(f"the plan of {out} has no method {', '.join(strangers)}; it has {', '.join(plan.methods)}")
