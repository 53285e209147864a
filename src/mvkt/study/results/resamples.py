"""The cells of a study side by side, measured on the same records and on the same resamples of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import PredictionsError, StudyError
from mvkt.evaluation import bootstrap, metrics
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats, ratio
from mvkt.evaluation.verdicts.calibration import Calibration, probabilities
from mvkt.study.results.collect import Collected, FinishedCell
from mvkt.study.results.statistics import Estimate, estimate


@dataclass(frozen=True)
class Draws:
    """The records of a test fold and how often each counts.

    Attributes:
        records: Of any of its cells; they all have the same.
        weights: ``(records, 1 + resamples)``; in column 0 each record counts once.
    """

    records: Predictions
    weights: Floats

    @classmethod
    def of(cls, records: Predictions, resamples: int, seed: int) -> Draws:
        """Draw the patients of a fold.

        Args:
            records: By record.
            resamples: How many.
            seed: Of the draws, another one for each fold.
        """
        blocks = bootstrap.patient_weights(records, resamples, seed)
        return cls(records, np.concatenate([np.ones((len(records), 1)), *blocks], axis=1))

    @cached_property
    def pairs(self) -> Floats:
        """``(1 + resamples, classes)`` pairs of a positive and a negative record."""
        positives: Floats = self.weights.T @ self.records.targets.astype(np.float64)
        negatives: Floats = self.weights.sum(axis=0)[:, np.newaxis] - positives
        return positives * negatives

    def ordered_pairs(self, cell: Predictions) -> Floats:
        """Count the pairs that a cell has in order; a tie counts one half.

        Args:
            cell: Its test predictions, of the same records.

        Returns:
            ``(1 + resamples, classes)``.

        Raises:
            StudyError: The records are others.
        """
        self._check(cell)
        return np.nan_to_num(metrics.roc_auc(cell.targets, cell.logits, self.weights)) * self.pairs

    def macro_f1(self, cell: Predictions, calibration: Calibration) -> Floats:
        """Compute the macro F1 of a cell at the thresholds of its calibration.

        Returns:
            ``(1 + resamples,)``.

        Raises:
            StudyError: The records are others.
        """
        self._check(cell)
        found = probabilities(cell.logits, calibration) >= np.asarray(calibration.thresholds)
        return metrics.macro(metrics.f1(cell.targets, found, self.weights))

    def _check(self, cell: Predictions) -> None:
        try:
            bootstrap.check_same_records([self.records, cell])
        except PredictionsError as error:
            raise StudyError(
                f"the cells of a test fold must hold the same records in the same order; here {len(self.records)} "
                f"records of {', '.join(self.records.classes)} stand against {len(cell)} of {', '.join(cell.classes)}, "
                "and they do not match; were they made from different corpora?"
            ) from error


@dataclass(frozen=True)
class ScoredCells:
    """All cells side by side, measured on the records as they are and on the same resamples of them.

    Attributes:
        cells: Method, seed and test fold to the cell.
        folds: Test folds of which something is finished, in the order of the axes below.
        seeds: In the order of the axes below.
        draws: One a fold.
        pairs: ``(1 + resamples, folds, classes)`` of a positive and a negative record.
        ordered: Method to ``(1 + resamples, folds, seeds, classes)`` pairs that are in order; NaN where there is no
            cell.
    """

    cells: Mapping[tuple[str, int, int], FinishedCell]
    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    draws: tuple[Draws, ...]
    pairs: Floats
    ordered: Mapping[str, Floats]

    @classmethod
    def of(cls, collected: Collected, resamples: int) -> ScoredCells:
        """Draw the resamples of each fold and measure each cell on them."""
        plan, cells = collected.plan, collected.cells
        first: dict[int, FinishedCell] = {}
        for (_, _, fold), cell in cells.items():
            first.setdefault(fold, cell)
        folds = tuple(fold for fold in plan.test_folds if fold in first)
        draws = tuple(Draws.of(first[fold].predictions, resamples, seed=fold) for fold in folds)
        shape = (1 + resamples, len(folds), len(plan.seeds), len(plan.classes))
        ordered = {name: np.full(shape, np.nan) for name in plan.methods}
        for (name, seed, fold), cell in cells.items():
            place = folds.index(fold)
            ordered[name][:, place, plan.seeds.index(seed)] = draws[place].ordered_pairs(cell.predictions)
        metrics.require_a_class(np.concatenate([d.records.targets for d in draws]), plan.classes)
        return cls(cells, folds, plan.seeds, draws, np.stack([d.pairs for d in draws], axis=1), ordered)

    @property
    def resamples(self) -> int:
        """How many there are."""
        return len(self.pairs) - 1

    def cells_of(self, name: str) -> list[FinishedCell]:
        """Return the cells of a method."""
        return [cell for (method, _, _), cell in self.cells.items() if method == name]

    def present(self, *names: str) -> NDArray[np.bool_]:
        """Return which of the ``(folds, seeds)`` all of some methods have."""
        missing = np.stack([np.isnan(self.ordered[name][0]).any(axis=-1) for name in names])
        return np.asarray(~missing.any(axis=0))

    def shares(self, name: str, where: NDArray[np.bool_]) -> Floats:
        """Return what each cell contributes to the AUCs of a method.

        Args:
            name: The method.
            where: ``(folds, seeds)`` the cells to take part.

        Returns:
            ``(1 + resamples, folds with a cell, seeds, classes)``; NaN where there is no cell, or the class is absent.
        """
        used = where.any(axis=1)
        total = self.pairs[:, used].sum(axis=1)[:, np.newaxis, np.newaxis]
        shares = ratio(self.ordered[name][:, used], total)
        shares[:, ~where[used]] = np.nan
        return shares

    def difference(self, name: str, control: str, where: NDArray[np.bool_]) -> Estimate | None:
        """Estimate the difference in macro AUC of two methods over ``(folds, seeds)`` cells that both have.

        None where there is no such cell, or no class that can be evaluated.
        """
        return _estimated(metrics.macro(self.shares(name, where) - self.shares(control, where)))

    def macro_auc(self, name: str) -> Estimate | None:
        """Estimate the macro AUC of a method over its cells; None where no class can be evaluated."""
        return _estimated(metrics.macro(self.shares(name, self.present(name))))

    def macro_f1(self, name: str) -> Estimate | None:
        """Estimate the macro F1 of a method, the mean over its folds; None where no class can be evaluated."""
        found = np.full(self.ordered[name].shape[:-1], np.nan)
        for (method, seed, fold), cell in self.cells.items():
            if method == name:
                place = self.folds.index(fold)
                found[:, place, self.seeds.index(seed)] = self.draws[place].macro_f1(cell.predictions, cell.calibration)
        used = ~np.isnan(found[0]).all(axis=1)
        return _estimated(found[:, used] / max(1, used.sum()))

    def per_cell(self, name: str) -> Floats:
        """Return the macro AUC ``(folds, seeds)`` of each cell alone; NaN where there is none."""
        return metrics.macro(ratio(self.ordered[name][0], self.pairs[0][:, np.newaxis]))

    def by_class(self, shares: Floats) -> list[Estimate | None]:
        """Estimate a figure of each class; None where the class is absent."""
        by_class = np.moveaxis(shares, -1, 0)
        return [_estimated(of_class) for of_class in by_class]


def _estimated(shares: Floats) -> Estimate | None:
    return None if np.isnan(shares[0]).all() else estimate(shares)
