"""From the finished cells of a study to its result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mvkt import __version__
from mvkt.evaluation import metrics
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.verdicts.calibration import probabilities
from mvkt.numbers import Interval
from mvkt.study.results.collect import Collected, FinishedCell
from mvkt.study.results.paired_comparison import compare
from mvkt.study.results.resamples import ScoredCells
from mvkt.study.results.statistics import Estimate
from mvkt.study.results.study_result import CellFigures, ClassAuc, MethodFigures, StudyResult

RESAMPLES = 2000
"""Of the patients and of the seeds."""


def measure(collected: Collected, resamples: int = RESAMPLES) -> StudyResult:
    """Compute all figures of a study.

    Args:
        collected: What is finished.
        resamples: Of the bootstrap.

    Raises:
        StudyError: Cells of a fold hold different records.
        PredictionsError: No class can be evaluated.
    """
    plan = collected.plan
    scored = ScoredCells.of(collected, resamples)
    comparisons = compare(plan, scored)
    records = [draws.records for draws in scored.draws]
    positives = np.sum([fold.targets.sum(axis=0) for fold in records], axis=0)
    return StudyResult(
        tool_version=__version__,
        name=plan.name,
        title=printable(plan.title),
        corpus=plan.corpus,
        classes=plan.classes,
        titles={code: printable(plan.titles.get(code, code)) for code in plan.classes},
        baseline=plan.baseline,
        reference=plan.reference,
        judged_on=plan.judged_on,
        seeds=plan.seeds,
        test_folds=plan.test_folds,
        records=sum(map(len, records)),
        patients=sum(fold.patient_numbers()[1] for fold in records),
        positives=dict(zip(plan.classes, positives.tolist(), strict=True)),
        resamples=scored.resamples,
        methods=tuple(_method(scored, collected, name) for name in plan.methods),
        comparisons=tuple(comparison for comparison in comparisons if comparison.method != plan.reference),
        of_reference=next((comparison for comparison in comparisons if comparison.method == plan.reference), None),
        calibration_error_by_chance=_by_chance(scored.cells_of(plan.baseline)),
        missing=collected.missing,
    )


def printable(text: str) -> str:
    """Return text that can steer neither a terminal nor a table: a study file is written by anyone."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _method(scored: ScoredCells, collected: Collected, name: str) -> MethodFigures:
    plan, cells = collected.plan.methods[name], scored.cells_of(name)
    names = {"name": name, "title": printable(plan.title), "note": printable(plan.note)}
    size = {"family": printable(plan.family), "fraction": plan.fraction}
    if not cells:
        return MethodFigures(**names, **size)
    where = scored.present(name)
    shares, per_cell = scored.shares(name, where), scored.per_cell(name)
    of_classes = zip(collected.plan.classes, scored.by_class(shares), strict=True)
    return MethodFigures(
        **names,
        **size,
        view=cells[0].result.view,
        parameters=cells[0].result.parameters,
        macro_auc=_interval(scored.macro_auc(name)),
        classes=tuple(ClassAuc(code=code, auc=_interval(found)) for code, found in of_classes),
        macro_f1=_interval(scored.macro_f1(name)),
        calibration_error=_calibration_error(cells),
        seed_spread=_spread(metrics.macro(shares[0]).sum(axis=0)),
        cell_spread=_root_mean_square([_spread(of_fold) for of_fold in per_cell]),
        gradient_shares=_gradient_shares(cells),
        cells=tuple(_cell_figures(cell, scored, per_cell) for cell in cells),
    )


def _interval(found: Estimate | None) -> Interval | None:
    return found.interval() if found else None


def _cell_figures(cell: FinishedCell, scored: ScoredCells, per_cell: Floats) -> CellFigures:
    result = cell.result
    macro_auc = float(per_cell[scored.folds.index(result.test_fold), scored.seeds.index(result.seed)])
    return CellFigures(
        seed=result.seed,
        test_fold=result.test_fold,
        macro_auc=macro_auc if np.isfinite(macro_auc) else None,
        best_epoch=result.student.best_epoch,
        validation_macro_auc=result.student.validation_macro_auc,
        seconds=result.student.seconds,
    )


def _gradient_shares(cells: Sequence[FinishedCell]) -> dict[str, float]:
    """Average over the cells; networks that were trained before shares were kept count for nothing."""
    kept = [cell.result.student.gradient_shares for cell in cells if cell.result.student.gradient_shares]
    return {name: float(np.mean([shares[name] for shares in kept])) for name in (kept[0] if kept else ())}


def _calibration_error(cells: Sequence[FinishedCell]) -> float:
    """Average over classes and seeds, then over the folds."""
    by_fold: dict[int, list[float]] = {}
    for cell in cells:
        scaled = probabilities(cell.predictions.logits, cell.calibration)
        errors = metrics.expected_calibration_error(cell.predictions.targets, scaled)
        by_fold.setdefault(cell.result.test_fold, []).append(_of_present(errors, cell))
    return float(np.mean([np.mean(errors) for errors in by_fold.values()]))


def _by_chance(cells: Sequence[FinishedCell]) -> float | None:
    if not cells:
        return None
    scaled = [probabilities(cell.predictions.logits, cell.calibration) for cell in cells]
    errors = (metrics.calibration_error_by_chance(found) for found in scaled)
    return float(np.mean([_of_present(found, cell) for found, cell in zip(errors, cells, strict=True)]))


def _of_present(errors: Floats, cell: FinishedCell) -> float:
    present = metrics.present(cell.predictions.targets)
    return float(errors[present].mean()) if present.any() else float(errors.mean())


def _spread(values: Floats) -> float | None:
    """Return the standard deviation of those that exist; None for fewer than two."""
    finite = values[np.isfinite(values)]
    return float(np.std(finite, ddof=1)) if len(finite) > 1 else None


def _root_mean_square(spreads: Sequence[float | None]) -> float | None:
    known = [spread for spread in spreads if spread is not None]
    return float(np.sqrt(np.mean(np.square(known)))) if known else None
