from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mvkt.cli import main
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated

RECIPE = """
name = "tiny"
task = "conditions"
min_samples = 10

[teacher]
view = "12-lead"
model = { widths = [8], kernel_size = 5 }
training = { epochs = 1, batch_size = 32, warmup_epochs = 0.5 }

[student]
view = "I"
model = { widths = [8], kernel_size = 5 }
training = { epochs = 1, batch_size = 32, warmup_epochs = 0.5 }

[transfer]
mkd = 0.5
clt = { weight = 0.1, negatives_per_anchor = 8 }
"""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    prepare(Simulated(records=240, seed=3), folder / "corpus", workers=1)
    (folder / "tiny.toml").write_text(RECIPE)
    return folder


def _train(workplace: Path, out: str, *more: str):
    return CliRunner().invoke(
        main, ["train", str(workplace / "tiny.toml"), "--corpus", str(workplace / "corpus"), "--out", out, *more]
    )


@pytest.fixture(scope="module")
def trained(workplace):
    result = _train(workplace, str(workplace / "run"), "--tensorboard")
    assert result.exit_code == 0, result.output
    return result


def test_results_on_stdout_progress_on_stderr(trained):
    for word in ("teacher", "baseline", "student", "12-lead", "macro AUC", "student - baseline", "report.html"):
        assert word in trained.stdout
    assert "epoch   1/1" in trained.stderr
    assert "epoch" not in trained.stdout


def test_everything_is_written(trained, workplace):
    names = {path.name for path in (workplace / "run").iterdir()}
    assert {"recipe.json", "result.json", "report.html", "bundle", "teacher", "baseline", "student"} <= names
    assert list((workplace / "run" / "tensorboard").glob("events.*"))


def test_json_is_the_result_and_resume_does_not_train(trained, workplace):
    result = _train(workplace, str(workplace / "run"), "--resume", "--json")
    assert result.exit_code == 0, result.output
    assert "epoch" not in result.stderr
    parsed = json.loads(result.stdout)
    assert parsed["models"] == json.loads((workplace / "run" / "result.json").read_text())["models"]


def test_a_taken_folder_is_one_line_and_exit_1(trained, workplace):
    result = _train(workplace, str(workplace / "run"))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "--resume" in result.stderr


def test_an_override_that_is_wrong_is_answered(workplace, tmp_path):
    result = _train(workplace, str(tmp_path / "x"), "--set", "student.training.epoch=3")
    assert result.exit_code == 1
    assert "did you mean 'epochs'?" in result.stderr
    assert not (tmp_path / "x").exists()


def test_an_unknown_recipe_names_those_in_the_box(workplace, tmp_path):
    result = CliRunner().invoke(
        main, ["train", "nothing-like-it", "--corpus", str(workplace / "corpus"), "--out", str(tmp_path / "x")]
    )
    assert result.exit_code == 1
    assert "demo" in result.stderr


def test_missing_options_are_a_wrong_call(workplace):
    assert CliRunner().invoke(main, ["train", "demo"]).exit_code == 2
