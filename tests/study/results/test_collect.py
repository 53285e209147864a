from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.study.made_cells import PREVALENCE, write_cell, write_study

from mvkt.errors import StudyError
from mvkt.evaluation import Predictions, fit_calibration
from mvkt.study.results.collect import collect
from mvkt.study.study_folder import PLAN_FILE, StudyPlan, cell_folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study", {"labels": 1.2, "mkd": 1.6}, seeds=(0, 1), folds=(10, 1), records=60)


def test_finished_cells_are_read(study: Path) -> None:
    found = collect(study)
    assert list(found.cells) == [(m, s, f) for m in ("labels", "mkd") for s in (0, 1) for f in (10, 1)]
    assert found.missing == ()
    cell = found.cells["mkd", 1, 10]
    folder = cell_folder(study, "mkd", 1, 10)
    assert (cell.result.method, cell.result.seed, cell.result.test_fold) == ("mkd", 1, 10)
    np.testing.assert_array_equal(cell.predictions.logits, Predictions.load(folder / "test.npz").logits)
    assert cell.calibration == fit_calibration(Predictions.load(folder / "validation.npz"))


def test_windows_become_records(study: Path) -> None:
    path = cell_folder(study, "mkd", 1, 10) / "test.npz"
    test = Predictions.load(path)
    test.at(np.repeat(np.arange(60), 2)).save(path)
    np.testing.assert_array_equal(collect(study).cells["mkd", 1, 10].predictions.logits, test.logits)


def test_only_the_classes_of_the_study_are_kept(study: Path) -> None:
    path = study / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "classes": ["NORM", "CD"]}))
    cell = collect(study).cells["mkd", 1, 10]
    whole = Predictions.load(cell_folder(study, "mkd", 1, 10) / "test.npz")
    assert cell.predictions.classes == ("NORM", "CD")
    np.testing.assert_array_equal(
        cell.predictions.logits, whole.logits[:, [list(PREVALENCE).index(c) for c in ("NORM", "CD")]]
    )
    assert len(cell.calibration.thresholds) == 2


def test_what_is_missing_failed_or_damaged_is_listed(study: Path) -> None:
    shutil.rmtree(cell_folder(study, "labels", 0, 10))
    write_cell(cell_folder(study, "labels", 1, 10), "labels", 1, 10, error="teacher: the loss became NaN")
    (cell_folder(study, "mkd", 0, 1) / "test.npz").write_bytes(b"PK")
    (cell_folder(study, "mkd", 1, 1) / "cell.json").write_text("{}")
    found = collect(study)
    assert len(found.cells) == 4
    assert [(cell.method, cell.seed, cell.test_fold, cell.failed) for cell in found.missing] == [
        ("labels", 0, 10, False),
        ("labels", 1, 10, True),
        ("mkd", 0, 1, True),
        ("mkd", 1, 1, True),
    ]
    reasons = [cell.reason for cell in found.missing]
    assert reasons[:2] == ["not finished", "teacher: the loss became NaN"]
    assert "test.npz" in reasons[2]
    assert "cell.json" in reasons[3]


def test_a_cell_without_a_class_of_the_study_is_listed(study: Path) -> None:
    path = study / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "classes": ["NORM", "AF"]}))
    with pytest.raises(StudyError, match=r"no finished cell of 8 .*it has no AF, only CD, HYP"):
        collect(study)


def test_nothing_is_finished(study: Path) -> None:
    shutil.rmtree(study / "cells")
    with pytest.raises(StudyError, match=r"no finished cell of 8 \(not finished\); run the study first"):
        collect(study)


def test_no_plan(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"plan\.json"):
        collect(tmp_path)


@pytest.mark.parametrize("role", ["baseline", "reference"])
def test_a_plan_that_names_a_stranger(study: Path, role: str) -> None:
    StudyPlan.load(study / PLAN_FILE).model_copy(update={role: "nobody"}).save(study / PLAN_FILE)
    with pytest.raises(StudyError, match="no method nobody; it has labels, mkd"):
        collect(study)


def test_a_study_on_validation_folds_is_measured_on_them(study: Path) -> None:
    StudyPlan.load(study / PLAN_FILE).model_copy(update={"judged_on": "validation"}).save(study / PLAN_FILE)
    folder = cell_folder(study, "mkd", 1, 10)
    for path in study.glob("cells/*/*/test.npz"):
        path.unlink()
    cell = collect(study).cells["mkd", 1, 10]
    np.testing.assert_array_equal(cell.predictions.logits, Predictions.load(folder / "validation.npz").logits)
