from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.training.conftest import Silent, recipe_as_data

from mvkt.bundle.bundle import Bundle
from mvkt.errors import BundleError, RecipeError, ResultError, TrainingError
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.result import RunResult
from mvkt.training.export.run_bundle import export_run
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe
from mvkt.training.run import train_run

ROLES = ("teacher", "baseline", "student")


def _weights(out: Path) -> dict[str, bytes]:
    return {role: (out / role / "best.safetensors").read_bytes() for role in ROLES}


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory) -> tuple[Path, RunResult, Silent, list[list[str]]]:
    """A run, its result, its reporter, and the networks that were trained whenever the test folds were read."""
    out, reporter, trained_before_test = tmp_path_factory.mktemp("runs") / "run", Silent(), []
    original = Plan.test_rows

    def watched(self):
        trained_before_test.append([role for role, _ in reporter.epochs])
        return original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "test_rows", watched)
        result = train_run(parse_recipe(recipe_as_data()), corpus, out, reporter)
    return out, result, reporter, trained_before_test


def test_a_run_ends_with_everything(corpus, finished):
    out, result, _, _ = finished
    assert RunResult.load(out / "result.json") == result
    assert result.models.teacher.view == "12-lead"
    assert result.models.student.parameters == result.models.baseline.parameters
    assert result.split == {"training": tuple(range(1, 9)), "validation": (9,), "test": (10,)}
    assert (out / "report.html").stat().st_size > 10_000
    bundle = Bundle.open(out / "bundle")
    assert bundle.manifest.view == "I"
    assert bundle.manifest.provenance["model"] == result.deployed
    test = Predictions.load(out / result.deployed / "test.npz")
    assert set(test.record_id) <= set(corpus.record_id[corpus.fold == 10])
    # What was measured is what was exported.
    rows = [list(corpus.record_id).index(record) for record in test.record_id]
    calibration = getattr(result.models, result.deployed).calibration
    shift = np.multiply(calibration.biases, calibration.temperatures)  # the bundle's network has the biases in it
    np.testing.assert_allclose(bundle.logits(corpus.batch(rows, "I")), test.logits + shift, atol=1e-3)


def test_the_test_folds_are_read_once_when_all_is_trained(finished):
    _, _, _, trained_before_test = finished
    assert trained_before_test == [["teacher"] * 3 + ["baseline"] * 3 + ["student"] * 3]


def test_no_file_of_a_run_names_the_machine(finished):
    out, _, _, _ = finished
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 15
    for path in files:
        assert str(out.parent).encode() not in path.read_bytes(), path.name


def test_every_loss_of_the_student_is_finite_and_reported(finished):
    _, _, reporter, _ = finished
    losses = [metrics["losses"] for role, metrics in reporter.epochs if role == "student"]
    assert all(set(epoch) == {"bce", "mkd", "clt", "total"} for epoch in losses)
    assert all(np.isfinite(value) for epoch in losses for value in epoch.values())


def test_resume_makes_the_result_of_a_finished_run_again(corpus, finished, reporter):
    out, result, _, _ = finished
    (out / "result.json").unlink()
    again = train_run(parse_recipe(recipe_as_data()), corpus, out, reporter, resume=True)
    assert reporter.steps == 0, "nothing is trained again"
    assert again.models == result.models


def test_limits_of_a_finished_run_may_change(corpus, finished, tmp_path, reporter):
    out, result, _, _ = finished
    code, other = result.classes[:2]
    limits = {code: {"found": 0.8, "false_alarms": {other: 0.2}}}
    shutil.copytree(out, tmp_path / "run")
    changed = train_run(
        parse_recipe(recipe_as_data() | {"limits": limits}), corpus, tmp_path / "run", reporter, resume=True
    )
    assert reporter.steps == 0, "nothing is trained again"
    student, before = changed.models.student, result.models.student
    assert student.calibration.temperatures == before.calibration.temperatures
    assert student.calibration.promise.limits[code].found == 0.8
    assert {row.other for row in student.abstention.limits} == {code, other}
    assert changed.recipe["limits"][code]["found"] == 0.8
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["recipe"]["limits"][code]["found"] == 0.8
    card = (tmp_path / "run" / "bundle" / "README.md").read_text()
    assert f"For `{code}` the recipe wants something else: found in at least 80 %" in card
    assert f"found in at most 20 % of `{other}`" in card


def test_beats_may_be_added_to_a_finished_run(corpus, finished, tmp_path, reporter):
    out, result, _, _ = finished
    data = recipe_as_data()
    data["student"]["rhythm"] = True
    shutil.copytree(out, tmp_path / "run")
    changed = train_run(parse_recipe(data), corpus, tmp_path / "run", reporter, resume=True)
    assert reporter.steps == 0, "nothing is trained again"
    before, after = result.models.student, changed.models.student
    assert (before.rhythm, result.models.baseline.rhythm) == (None, None)
    assert changed.models.teacher.rhythm is None, "its settings are its own"
    kept = [Predictions.load(folder / "student" / "test.npz").logits for folder in (out, tmp_path / "run")]
    assert not np.allclose(*kept)
    exported = export_run(tmp_path / "run", "student", tmp_path / "bundle")
    assert exported.manifest.rhythm == after.rhythm
    assert after.rhythm is not None
    card = (tmp_path / "bundle" / "README.md").read_text()
    assert "`model.onnx` and the C code are the network\n   alone" in card
    assert "without what the beats add" in card


def test_limits_of_a_class_that_the_task_does_not_have(corpus, tmp_path, reporter):
    recipe = parse_recipe(recipe_as_data() | {"limits": {"AFIBS": {"missed": 0.1}}})
    with pytest.raises(RecipeError, match="limits name AFIBS; the classes are"):
        train_run(recipe, corpus, tmp_path / "run", reporter)


def test_a_taken_folder_is_refused(corpus, finished, reporter):
    out, _, _, _ = finished
    with pytest.raises(TrainingError, match="--resume"):
        train_run(parse_recipe(recipe_as_data()), corpus, out, reporter)
    other = parse_recipe(recipe_as_data() | {"seed": 9})
    with pytest.raises(TrainingError, match="another recipe"):
        train_run(other, corpus, out, reporter, resume=True)


def test_a_teacher_is_reused_and_a_fixed_teacher_runs_once(corpus, finished, tmp_path, reporter):
    first, _, _, _ = finished
    data = recipe_as_data()
    data["transfer"]["mkd"] = {"weight": 0.5, "temperature": 2.0}
    train_run(parse_recipe(data), corpus, tmp_path / "second", reporter, teacher_run=first)
    assert [role for role, _ in reporter.begun] == ["baseline", "student"]
    assert _weights(first)["teacher"] == _weights(tmp_path / "second")["teacher"]


def test_another_teacher_is_refused(corpus, finished, tmp_path, reporter):
    first, _, _, _ = finished
    data = recipe_as_data()
    data["teacher"]["model"] = {"widths": [8]}
    with pytest.raises(TrainingError, match="another teacher"):
        train_run(parse_recipe(data), corpus, tmp_path / "third", reporter, teacher_run=first)
    with pytest.raises(TrainingError, match="no run folder"):
        train_run(parse_recipe(data), corpus, tmp_path / "fourth", reporter, teacher_run=tmp_path / "absent")


def test_without_augmentation_the_teacher_runs_once(corpus, tmp_path, reporter):
    data = recipe_as_data() | {"augmentation": {}}
    train_run(parse_recipe(data), corpus, tmp_path / "run", reporter)
    losses = [metrics["losses"] for role, metrics in reporter.epochs if role == "student"]
    assert losses[-1]["total"] < losses[0]["total"]


def test_whatever_a_recipe_teaches_ends_in_a_plain_bundle(corpus, tmp_path, reporter):
    """A committee, a pretraining, auxiliary classes, age and sex: the bundle is one network for the task's classes."""
    data = recipe_as_data()
    short = {"epochs": 1, "batch_size": 32, "warmup_epochs": 0, "precision": "float32"}
    few = corpus.targets("conditions", 10).classes[:3]
    for role in ("teacher", "student"):
        data[role]["training"] = short
    data["teacher"]["members"] = 2
    data["student"] |= {"person": True, "auxiliary_task": "conditions", "auxiliary_min_samples": 1}
    data["student"]["pretraining"] = {"objective": "any-lead", "training": short}
    recipe = parse_recipe(data | {"classes": few})
    result = train_run(recipe, corpus, tmp_path / "run", reporter)
    assert sorted({role.split("-")[0] for role, _ in reporter.epochs}) == [
        "baseline", "pretraining", "student", "teacher",
    ]  # fmt: skip
    assert len(reporter.epochs) == 5  # one pretraining for baseline and student
    assert result.models.teacher.members == 2
    assert result.models.student.macro_auc_of_unknown_persons is not None
    assert result.models.teacher.macro_auc_of_unknown_persons is None
    manifest = Bundle.open(tmp_path / "run" / "bundle").manifest
    assert manifest.classes == few
    assert len(manifest.person_weights) == 3
    assert "age and sex" in (tmp_path / "run" / "bundle" / "README.md").read_text().lower()
    with pytest.raises(BundleError, match="2 networks"):
        export_run(tmp_path / "run", "teacher", tmp_path / "teacher")


@pytest.mark.slow
def test_killed_at_any_moment_resume_gives_the_bit_identical_result(corpus, finished, tmp_path):
    whole, _, _, _ = finished
    config = tmp_path / "recipe.json"
    config.write_text(json.dumps(recipe_as_data()))
    out = tmp_path / "killed"
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from mvkt.cli.training_progress import TrainingProgress\n"
        "from mvkt.corpora.corpus import Corpus\n"
        "from mvkt.training.recipe import parse_recipe\n"
        "from mvkt.training.run import train_run\n"
        "recipe = parse_recipe(json.loads(Path(sys.argv[1]).read_text()))\n"
        "with TrainingProgress() as progress:\n"
        "    train_run(recipe, Corpus.open(Path(sys.argv[2])), Path(sys.argv[3]), progress, resume=True)\n"
    )
    command = [sys.executable, "-c", script, str(config), str(corpus.path), str(out)]
    kills = 0
    for role, epoch in (("teacher", 1), ("baseline", 2), ("student", 1)):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(role) and f"epoch   {epoch}/" in line:
                time.sleep(0.02 * kills)  # in the middle of what comes next: checkpoint, next epoch, next network
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        process.stderr.close()
        process.wait()
    assert kills == 3
    subprocess.run(command, check=True, capture_output=True)
    assert _weights(out) == _weights(whole)
    for role in ROLES:
        for part in ("validation.npz", "test.npz"):
            assert (out / role / part).read_bytes() == (whole / role / part).read_bytes()
    assert (out / "bundle" / "model.onnx").read_bytes() == (whole / "bundle" / "model.onnx").read_bytes()


def test_a_run_without_transfer_has_a_student_alone(corpus, recipe_data, tmp_path, reporter):
    recipe = parse_recipe({**recipe_data, "transfer": {}, "teacher": {"view": "limb"}})
    result = train_run(recipe, corpus, tmp_path / "run", reporter)
    assert [role for role, _ in result.models.items()] == ["student"]
    assert {role for role, _ in reporter.begun} == {"student"}
    assert result.transfer is None
    assert result.deployed == "student"
    assert RunResult.load(tmp_path / "run" / "result.json") == result
    report = (tmp_path / "run" / "report.html").read_text()
    assert "Trained without a teacher." in report
    card = (tmp_path / "run" / "bundle" / "README.md").read_text()
    assert "It learned from the labels alone, without a teacher." in card
    with pytest.raises(ResultError, match="the run has no baseline"):
        export_run(tmp_path / "run", "baseline", tmp_path / "baseline")
