from __future__ import annotations

import pytest

from mvkt.errors import StudyError
from mvkt.study.study_folder import (
    CELL_FILE,
    PLAN_FILE,
    CellResult,
    NetworkResult,
    StudyPlan,
    cell_folder,
    study_folders,
)

CELL = CellResult(
    method="mkd",
    seed=3,
    test_fold=10,
    digest="ab",
    recipe={"name": "mkd"},
    parameters=7,
    networks=(
        NetworkResult(role="teacher", key="k1", epochs=2, best_epoch=1, validation_macro_auc=0.9, seconds=3.0),
        NetworkResult(
            role="student", key="k2", requires=("k1",), epochs=2, best_epoch=2, validation_macro_auc=0.8, seconds=1.0
        ),
    ),
)


def test_a_cell_is_read_as_it_was_written(tmp_path):
    folder = cell_folder(tmp_path, "mkd", 3, 10)
    CELL.save(folder / CELL_FILE)
    assert folder == tmp_path / "cells" / "mkd" / "3-10"
    assert CellResult.load(folder / CELL_FILE) == CELL
    assert CellResult.load(folder / CELL_FILE).student.key == "k2"


def test_missing_and_damaged_files_get_a_message(tmp_path):
    with pytest.raises(StudyError, match="was the study begun"):
        StudyPlan.load(tmp_path / PLAN_FILE)
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(StudyError, match=r"has no format_version .*run the study again"):
        StudyPlan.load(tmp_path / PLAN_FILE)


def test_a_study_of_several_tasks_has_a_folder_for_each(tmp_path):
    with pytest.raises(StudyError, match="no study folder"):
        study_folders(tmp_path)
    for task in ("rhythm", "form"):
        (tmp_path / task).mkdir()
        (tmp_path / task / "plan.json").touch()
    assert study_folders(tmp_path) == (tmp_path / "form", tmp_path / "rhythm")
    (tmp_path / "form" / "I+II").mkdir()
    (tmp_path / "form" / "I+II" / "plan.json").touch()
    assert tmp_path / "form" / "I+II" in study_folders(tmp_path)
    (tmp_path / "plan.json").touch()
    assert study_folders(tmp_path) == (tmp_path,)
