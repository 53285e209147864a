"""Cells side by side against plain loops over pairs and explicit resamples."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.study.made_cells import made_logits, made_records, write_study

from mvkt.errors import PredictionsError, StudyError
from mvkt.evaluation import Predictions, metrics
from mvkt.study.results.collect import collect
from mvkt.study.results.resamples import Draws, ScoredCells
from mvkt.study.results.statistics import estimate
from mvkt.study.study_folder import cell_folder

RESAMPLES = 25


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    skills = {"labels": 1.2, "mkd": 1.6}
    return write_study(tmp_path_factory.mktemp("scored"), skills, seeds=(3, 5), folds=(10, 1), records=50)


@pytest.fixture(scope="module")
def scored(study: Path) -> ScoredCells:
    return ScoredCells.of(collect(study), RESAMPLES)


def plainly_ordered(targets: NDArray[Any], scores: NDArray[Any]) -> tuple[float, int]:
    """Count the pairs in order, and all pairs."""
    pairs = [float(p > n) + 0.5 * float(p == n) for p in scores[targets] for n in scores[~targets]]
    return sum(pairs), len(pairs)


def plain_macro_auc(scored: ScoredCells, method: str, row: int) -> float:
    """Pool over folds and average over seeds, with every resample written out."""
    aucs = []
    for column in range(5):
        ordered, total = 0.0, 0
        for place, fold in enumerate(scored.folds):
            times = scored.draws[place].weights[:, row].astype(int)
            for seed in scored.seeds:
                test = scored.cells[method, seed, fold].predictions
                targets, scores = (np.repeat(array[:, column], times) for array in (test.targets, test.logits))
                in_order, pairs = plainly_ordered(targets, scores)
                ordered += in_order / len(scored.seeds)
                total += pairs / len(scored.seeds)
        aucs.append(ordered / total if total else np.nan)
    return float(np.nanmean(aucs))


def test_macro_auc_equals_the_plain_one_in_every_resample(scored: ScoredCells) -> None:
    shares = scored.shares("mkd", scored.present("mkd"))
    pooled = metrics.macro(shares).mean(axis=2).sum(axis=1)
    for row in range(0, RESAMPLES + 1, 3):
        assert pooled[row] == pytest.approx(plain_macro_auc(scored, "mkd", row))
    found = scored.macro_auc("mkd")
    assert found is not None
    assert found.value == pytest.approx(plain_macro_auc(scored, "mkd", 0))


def test_scores_of_different_cells_are_not_compared(study: Path, scored: ScoredCells) -> None:
    before = scored.macro_auc("mkd")
    collected = collect(study)
    for (method, _, fold), cell in collected.cells.items():
        if (method, fold) == ("mkd", 10):
            object.__setattr__(cell.predictions, "logits", cell.predictions.logits + 100)
    after = ScoredCells.of(collected, RESAMPLES).macro_auc("mkd")
    assert before is not None
    assert after is not None
    np.testing.assert_allclose(after.replicates, before.replicates, atol=1e-6)


def test_the_same_draws_serve_every_method(scored: ScoredCells) -> None:
    where = scored.present("mkd", "labels")
    none = scored.difference("mkd", "mkd", where)
    assert none is not None
    assert np.ptp(none.replicates) == 0
    paired, first, second = (
        scored.difference("mkd", "labels", where),
        scored.macro_auc("mkd"),
        scored.macro_auc("labels"),
    )
    assert paired is not None
    assert first is not None
    assert second is not None
    assert paired.value == pytest.approx(first.value - second.value)
    assert paired.records_variance < first.records_variance + second.records_variance


def test_patients_are_drawn_within_their_fold(scored: ScoredCells) -> None:
    for draws in scored.draws:
        patient, patients = draws.records.patient_numbers()
        np.testing.assert_array_equal(draws.weights[:, 0], 1)
        drawn = np.zeros((patients, RESAMPLES))
        drawn[patient] = draws.weights[:, 1:]
        np.testing.assert_array_equal(drawn[patient], draws.weights[:, 1:])
        np.testing.assert_array_equal(drawn.sum(axis=0), patients)
    assert (scored.draws[0].weights != scored.draws[1].weights).any()


def test_macro_f1_equals_the_plain_one(scored: ScoredCells) -> None:
    found = scored.macro_f1("labels")
    scores = []
    for fold, seed in product(scored.folds, scored.seeds):
        cell = scored.cells["labels", seed, fold]
        calibration = cell.calibration
        scaled = cell.predictions.logits / np.array(calibration.temperatures) + np.array(calibration.biases)
        called = 1 / (1 + np.exp(-scaled)) >= np.array(calibration.thresholds)
        hits = (called & cell.predictions.targets).sum(axis=0)
        scores.append(np.mean(2 * hits / (called.sum(axis=0) + cell.predictions.targets.sum(axis=0))))
    assert found is not None
    assert found.value == pytest.approx(np.mean(scores))


def test_an_absent_class_is_in_no_figure(study: Path) -> None:
    collected = collect(study)
    for cell in collected.cells.values():
        cell.predictions.targets[:, 1] = False
    scored = ScoredCells.of(collected, RESAMPLES)
    of_classes = scored.by_class(scored.shares("mkd", scored.present("mkd")))
    assert of_classes[1] is None
    assert all(of_classes[column] for column in (0, 2, 3, 4))
    found = scored.macro_auc("mkd")
    assert found is not None
    assert found.value == pytest.approx(np.mean([auc.value for auc in of_classes if auc]))


def test_nothing_to_measure(study: Path) -> None:
    collected = collect(study)
    for cell in collected.cells.values():
        cell.predictions.targets[:] = True
    with pytest.raises(PredictionsError, match="nothing to evaluate"):
        ScoredCells.of(collected, RESAMPLES)


def test_a_fold_with_one_kind_of_records_alone_counts_no_pair(study: Path) -> None:
    collected = collect(study)
    for (_, _, fold), cell in collected.cells.items():
        if fold == 1:
            cell.predictions.targets[:] = True
    scored = ScoredCells.of(collected, RESAMPLES)
    alone = ScoredCells.of(collect(study), RESAMPLES)
    where = alone.present("mkd") & np.array([[True], [False]])
    expected, found = estimate(metrics.macro(alone.shares("mkd", where))), scored.macro_auc("mkd")
    assert found is not None
    assert found.value == pytest.approx(expected.value)
    assert scored.macro_f1("mkd") is not None
    assert np.isnan(scored.per_cell("mkd")[1]).all()


def test_cells_of_a_fold_must_hold_the_same_records(study: Path, tmp_path: Path) -> None:
    out = write_study(tmp_path, {"labels": 1.2, "mkd": 1.6}, seeds=(3,), folds=(10,), records=50)
    path = cell_folder(out, "mkd", 3, 10) / "test.npz"
    test = Predictions.load(path)
    test.at(np.arange(49)).save(path)
    with pytest.raises(StudyError, match=r"50 records of CD.* stand against 49 .* different corpora"):
        ScoredCells.of(collect(out), RESAMPLES)


def test_no_difference_is_found_where_there_is_none() -> None:
    """The AUCs of two equal methods: p below 0.05 in about one of twenty studies, intervals around 0."""
    trials, seen, covered = 60, 0, 0
    for trial in range(trials):
        ordered, pairs = np.zeros((2, 151, 3, 2, 5)), np.zeros((151, 3, 5))
        for fold in range(3):
            records = made_records(1000 * trial + fold, 60)
            draws = Draws.of(records, 150, seed=fold)
            pairs[:, fold] = draws.pairs
            for method, seed in product(range(2), range(2)):
                cell = made_logits(records, 1.4, (trial, fold, method, seed), training=0.2)
                ordered[method, :, fold, seed] = draws.ordered_pairs(cell)
        shares = (ordered[1] - ordered[0]) / pairs.sum(axis=1)[:, np.newaxis, np.newaxis]
        found = estimate(metrics.macro(shares))
        interval = found.interval()
        assert interval is not None
        seen += found.p_value() < 0.05
        covered += interval.low <= 0 <= interval.high
    assert seen <= 7
    assert covered >= 52
