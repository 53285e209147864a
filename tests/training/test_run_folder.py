"""What a run folder belongs to, without training anything."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mvkt.errors import TrainingError
from mvkt.training.checkpoint import Progress
from mvkt.training.run_folder import RunIdentity, adopt_teachers, begin_folder, require_free

RECIPE = {
    **dict.fromkeys(("task", "min_samples", "classes", "seed", "folds", "teacher", "further_teachers", "augmentation")),
    "limits": {},
    "student": {"view": "I", "rhythm": False},
}
RUN = RunIdentity(RECIPE, {"signals.npy": "a"}, (), {}, None)


def test_a_folder_is_gone_on_with_by_the_same_run_alone(tmp_path: Path) -> None:
    out = tmp_path / "run"
    begin_folder(out, RUN, resume=False)
    assert json.loads((out / "recipe.json").read_text()) == {
        "recipe": RECIPE,
        "corpus": {"signals.npy": "a"},
        "unlabelled": [],
    }
    with pytest.raises(TrainingError, match="go on with it by --resume"):
        begin_folder(out, RUN, resume=False)
    begin_folder(out, RUN, resume=True)
    with pytest.raises(TrainingError, match="another recipe or corpus"):
        begin_folder(out, replace(RUN, recipe={**RECIPE, "seed": 1}), resume=True)
    with pytest.raises(TrainingError, match="another start"):
        begin_folder(out, replace(RUN, starts={"student": "b"}), resume=True)


def test_what_comes_after_training_may_change(tmp_path: Path) -> None:
    begin_folder(tmp_path, RUN, resume=False)
    changed = replace(RUN, recipe={**RECIPE, "student": {"view": "I", "rhythm": True}})
    begin_folder(tmp_path, changed, resume=True)
    assert json.loads((tmp_path / "recipe.json").read_text())["recipe"]["student"]["rhythm"]


def test_trained_teachers_are_taken_and_others_refused(tmp_path: Path) -> None:
    theirs, out = tmp_path / "theirs", tmp_path / "out"
    with pytest.raises(TrainingError, match="is no run folder"):
        adopt_teachers(out, RUN, ["teacher"], theirs)
    begin_folder(theirs, RUN, resume=False)
    begin_folder(out, RUN, resume=False)
    with pytest.raises(TrainingError, match="is not trained to the end"):
        adopt_teachers(out, RUN, ["teacher"], theirs)
    (theirs / "teacher").mkdir()
    for name in ("best.safetensors", "metrics.jsonl"):
        (theirs / "teacher" / name).write_bytes(b"7")
    Progress(epoch=1, finished=True).save(theirs / "teacher" / "last.json")
    adopt_teachers(out, RUN, ["teacher"], theirs)
    assert (out / "teacher" / "best.safetensors").read_bytes() == b"7"
    with pytest.raises(TrainingError, match="another seed"):
        adopt_teachers(out, replace(RUN, recipe={**RECIPE, "seed": 2}), ["teacher"], theirs)


def test_a_file_is_no_free_folder(tmp_path: Path) -> None:
    require_free(tmp_path, resume=False)
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="exists"):
        require_free(tmp_path / "file", resume=False)
    with pytest.raises(TrainingError, match="is a file; choose a folder"):
        require_free(tmp_path / "file", resume=True)
