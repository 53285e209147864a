"""The result of a study with chosen effects, and of one that is not finished."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.study.made_cells import SKILLS, write_study
from tests.study.results.conftest import RESAMPLES

from mvkt.evaluation import metrics
from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure, printable
from mvkt.study.results.statistics import holm
from mvkt.study.results.study_result import StudyResult


def test_the_figures_of_a_method(study: Path, result: StudyResult) -> None:
    cells = collect(study).cells
    method = result.method("mkd")
    assert method.macro_auc is not None
    assert method.macro_auc.low < method.macro_auc.value < method.macro_auc.high
    assert [class_.code for class_ in method.classes] == list(result.classes)
    assert method.macro_auc.value == pytest.approx(
        np.mean([class_.auc.value for class_ in method.classes if class_.auc])
    )
    assert (method.parameters, method.view, len(method.cells)) == (402_117, "I", 9)
    assert method.seconds == pytest.approx(np.mean([cell.seconds for cell in method.cells]))
    assert method.gradient_shares == {"bce": 0.5, "mkd": 0.5}
    assert result.losses == ("bce", "mkd")
    assert result.method("labels").gradient_shares == {}
    for cell in method.cells:
        test = cells["mkd", cell.seed, cell.test_fold].predictions
        assert cell.macro_auc == pytest.approx(metrics.macro_auc(test.targets, test.logits))
        assert cell.best_epoch == 15 + cell.seed
    by_fold = [[cell.macro_auc for cell in method.cells if cell.test_fold == fold] for fold in result.test_folds]
    variances = [np.var([auc for auc in aucs if auc], ddof=1) for aucs in by_fold]
    assert method.cell_spread == pytest.approx(np.sqrt(np.mean(variances)))
    assert method.seed_spread is not None
    assert method.seed_spread < method.cell_spread
    assert method.macro_f1 is not None
    assert 0.3 < method.macro_f1.value < 0.9
    assert method.calibration_error is not None
    assert result.calibration_error_by_chance == pytest.approx(0.07, abs=0.03)


def test_the_study_counts_what_it_read(study: Path, result: StudyResult) -> None:
    tests = [collect(study).cells["labels", 0, fold].predictions for fold in result.test_folds]
    assert result.records == 450
    assert result.patients == sum(len(set(test.patient_id)) for test in tests)
    assert result.positives["MI"] == sum(int(test.targets[:, 2].sum()) for test in tests)
    assert (result.resamples, result.missing) == (RESAMPLES, ())


def test_differences_are_those_of_the_figures_and_verdicts_follow_the_effects(result: StudyResult) -> None:
    baseline = result.method("labels").macro_auc
    assert baseline is not None
    assert [comparison.method for comparison in result.comparisons] == ["mkd", "better"]
    for comparison in (*result.comparisons, result.of_reference):
        assert comparison is not None
        auc = result.method(comparison.method).macro_auc
        assert auc is not None
        assert comparison.difference.value == pytest.approx(auc.value - baseline.value)
        by_class = [of_class.difference.value for of_class in comparison.classes if of_class.difference]
        assert comparison.difference.value == pytest.approx(np.mean(by_class))
        assert comparison.cells == 9
        assert comparison.several_seeds
        assert 0 < comparison.detectable < comparison.detectable_corrected
    mkd, better = result.comparisons
    assert (mkd.verdict, better.verdict) == ("no evidence", "better")
    assert [mkd.p_corrected, better.p_corrected] == pytest.approx(holm([mkd.p_value, better.p_value]))


def test_the_reference_is_no_candidate(result: StudyResult) -> None:
    comparison = result.of_reference
    assert comparison is not None
    assert comparison.p_corrected == comparison.p_value
    assert comparison.gap_closed is None
    assert result.comparison("teacher") is comparison
    assert result.comparison("labels") is None


def test_a_worse_method_is_called_worse(tmp_path: Path) -> None:
    out = write_study(tmp_path, {"labels": 1.8, "bad": 1.2}, records=150)
    comparison = measure(collect(out), RESAMPLES).comparisons[0]
    assert comparison.verdict == "worse"
    assert comparison.p_corrected == comparison.p_value
    assert comparison.detectable == comparison.detectable_corrected
    assert (comparison.gap_closed, comparison.gap_note) == (None, "")


def test_the_same_cells_give_the_same_result(study: Path, result: StudyResult) -> None:
    assert measure(collect(study), RESAMPLES) == result


def test_without_the_baseline_methods_are_evaluated_but_not_compared(tmp_path: Path) -> None:
    out = write_study(tmp_path, SKILLS, reference="teacher", records=80, folds=(1,), seeds=(0,))
    shutil.rmtree(out / "cells" / "labels")
    result = measure(collect(out), RESAMPLES)
    assert (result.comparisons, result.of_reference, result.calibration_error_by_chance) == ((), None, None)
    assert result.method("mkd").macro_auc is not None


def test_one_seed(tmp_path: Path) -> None:
    out = write_study(tmp_path, SKILLS, records=80, seeds=(7,))
    result = measure(collect(out), RESAMPLES)
    assert not result.comparisons[0].several_seeds
    assert result.method("mkd").seed_spread is None
    assert result.method("mkd").cell_spread is None


def test_names_cannot_steer_a_terminal() -> None:
    assert printable("ST/T – µ\x1b[31m\n") == "ST/T – µ\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}"
