"""``mvkt demo``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.test_train_command import RECIPE

from mvkt.cli import demo_command, main
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import OutputFolderError
from mvkt.evaluation.result import RunResult
from mvkt.training.recipe import Recipe


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    prepare(Simulated(records=240, seed=3), folder / "corpus", workers=1)
    (folder / "tiny.toml").write_text(RECIPE)
    return folder


def test_demo_on_a_corpus_ends_with_a_diagnosis(workplace, monkeypatch):
    monkeypatch.setattr(demo_command, "_RECIPE", str(workplace / "tiny.toml"))
    out = workplace / "demo"
    command = ["demo", "--corpus", str(workplace / "corpus"), "--out", str(out)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    for word in ("student - baseline", "recording.csv", "Its labels: ", "verdict", "report.html", "not a medical"):
        assert word in result.stdout
    assert (out / "recording.csv").exists()
    assert (out / "run" / "bundle" / "model.onnx").exists()
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1
    assert "--overwrite" in again.stderr


FEW_LABELS = """
extends = "few-labels"
training_records = 30
[teacher]
model = { name = "resnet1d", widths = [8, 8], stem_stride = 4 }
training = { epochs = 1, steps = 2, warmup_epochs = 0 }
[student]
model = { name = "resnet1d", widths = [8, 8], stem_stride = 4 }
training = { epochs = 1, steps = 2, warmup_epochs = 0 }
"""


def test_without_a_corpus_few_simulated_recordings_have_labels(tmp_path, monkeypatch):
    (tmp_path / "tiny.toml").write_text(FEW_LABELS)
    monkeypatch.setattr(demo_command, "_SIMULATED_RECIPE", str(tmp_path / "tiny.toml"))
    monkeypatch.setattr(demo_command, "_RECORDS", 400)
    result = CliRunner().invoke(main, ["demo", "--out", str(tmp_path / "demo"), "--json"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    run = printed["result"]
    assert run["records"]["training"] == 30
    assert run["unlabelled_records"] > 4 * 30
    assert run["labels"]["records"] > 4 * 30
    assert run["labels"]["model"]["view"] == "I"
    report = (tmp_path / "demo" / "run" / "report.html").read_text()
    assert "<b>All labels</b>" in report
    assert "<h2>Four models</h2>" in report
    assert "the others were trained with those of 30." in report
    learned = f"learned from 30 simulated recordings; and from {run['unlabelled_records']} without labels"
    deployed = RunResult.load(tmp_path / "demo" / "run" / "result.json").deployed
    assert (learned in printed["diagnosis"]["bundle"]["worth"]) == (deployed == "student"), (
        "the baseline has labels alone"
    )
    assert set(run["classes"]) == set(demo_command._SIMULATED_CLASSES)
    titles = {run["titles"][code] for code in demo_command._SIMULATED_CLASSES if code != "NORM"}
    assert titles & set(printed["labels"])


def test_baseline_and_student_train_equally_long():
    recipe = Recipe.load("few-labels")
    assert recipe.student.training.steps > 0
    assert set(recipe.unlabelled_folds) < set(recipe.folds.training)


def test_demo_never_removes_what_it_did_not_make(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputFolderError, match="not empty; choose another folder"):
        demo_command._make_room(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").exists()
    (tmp_path / "thesis.tex").unlink()
    demo_command._make_room(tmp_path, overwrite=True)
    assert not list(tmp_path.iterdir())
