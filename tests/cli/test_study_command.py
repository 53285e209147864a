from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.study.conftest import RECIPE, STUDY

from mvkt.cli import main
from mvkt.cli.study_command import print_failures
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.study.study_folder import CellResult


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    prepare(Simulated(records=200, seed=3), folder / "corpus", workers=1)
    (folder / "tiny-recipe.toml").write_text(RECIPE)
    (folder / "tiny.toml").write_text(STUDY.replace("test_folds = [10, 1]", "test_folds = [10]"))
    return folder


def _study(workplace: Path, *more: str):
    places = ("--corpus", str(workplace / "corpus"), "--out", str(workplace / "out"))
    return CliRunner().invoke(main, ["study", str(workplace / "tiny.toml"), *places, *more])


@pytest.fixture(scope="module")
def done(workplace):
    result = _study(workplace, "--jobs", "1", "--methods", "labels, mkd")
    assert result.exit_code == 0, result.output
    return result


def test_results_on_stdout_progress_on_stderr(done):
    assert "labels alone" in done.stdout
    assert "0/4 networks" not in done.stdout
    assert "0/3 networks and 0/2 cells are there; 1 worker" in done.stderr
    assert "network 3/3" in done.stderr
    assert "study.html" in done.stderr


def test_a_dry_run_lists_what_is_there_and_does_nothing(done, workplace):
    before = sorted(workplace.rglob("*"))
    result = _study(workplace, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "0 of 3 networks to train, each once; 1 of 3 cells to do" in " ".join(result.stdout.split())
    assert sorted(workplace.rglob("*")) == before
    rows = json.loads(_study(workplace, "--dry-run", "--json").stdout)["methods"]
    assert [(row["method"], row["networks"], row["trained"], row["cells"], row["cached"]) for row in rows] == [
        ("labels", 1, 1, 1, 1),
        ("mkd", 2, 2, 1, 1),
        ("teacher", 1, 1, 1, 0),
    ]


def test_a_dry_run_makes_no_folder(workplace, tmp_path):
    command = ["study", str(workplace / "tiny.toml"), "--corpus", str(workplace / "corpus"), "--dry-run"]
    result = CliRunner().invoke(main, [*command, "--out", str(tmp_path / "new")])
    assert result.exit_code == 0, result.output
    assert "3 of 3 networks" in result.stdout
    assert not (tmp_path / "new").exists()


def test_a_corpus_by_its_url(done, workplace, monkeypatch, tmp_path):
    monkeypatch.setenv("MVKT_CACHE", str(tmp_path))
    places = ("--corpus", (workplace / "corpus").as_uri(), "--out", str(workplace / "out"))
    result = CliRunner().invoke(main, ["study", str(workplace / "tiny.toml"), *places, "--methods", "labels,mkd"])
    assert result.exit_code == 0, result.output
    assert "3/3 networks and 2/2 cells are there" in result.stderr
    assert "labels alone" in result.stdout


def test_the_report_is_made_again_without_training(done, workplace):
    (workplace / "out" / "study.json").unlink()
    result = CliRunner().invoke(main, ["study", "report", str(workplace / "out"), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((workplace / "out" / "study.json").read_text())


def test_a_folder_that_is_no_study_is_one_line(tmp_path):
    result = CliRunner().invoke(main, ["study", "report", str(tmp_path)])
    assert result.exit_code == 1
    assert "is no study folder" in result.stderr


def test_failed_cells_are_reported_and_the_exit_code_is_1(done, workplace, tmp_path, monkeypatch):
    from mvkt.study import compare_methods

    failure = CellResult(method="mkd", seed=1, test_fold=10, digest="", recipe={}, error="NonFiniteLossError: nan")
    monkeypatch.setattr(compare_methods, "run_study", lambda *_, **__: [failure])
    result = _study(workplace)
    assert result.exit_code == 1
    assert "1 cell(s) failed (mkd 1-10): NonFiniteLossError: nan" in result.stderr
    assert "labels alone" in result.stdout, "the others are shown"


def test_each_reason_is_reported_once(capsys):
    cells = [CellResult(method="m", seed=s, test_fold=1, digest="", recipe={}, error="disk full") for s in (0, 1)]
    print_failures(cells)
    assert capsys.readouterr().err == "error: 2 cell(s) failed (m 0-1, m 1-1): disk full\n"


def test_those_that_come_with_mvkt():
    result = CliRunner().invoke(main, ["study", "list", "--json"])
    assert result.exit_code == 0, result.output
    studies = {study["name"]: study["methods"] for study in json.loads(result.stdout)["studies"]}
    assert studies["smoke"] == ["teacher", "labels", "mkd", "mkd-clt"]
    assert {"ablation-lead-I", "paper-ptbxl"} <= set(studies)
    assert "smoke" in CliRunner().invoke(main, ["study", "list"]).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["study"], 2, "STUDY"),
        (["study", "--help"], 0, "mvkt study report"),
        (["study", "tiny.toml"], 2, "--corpus"),
        (["study", "--jobs", "0", "smoke"], 2, "--jobs"),
        (["study", "--engine", "threads", "smoke"], 2, "--engine"),
        (["study", "smok", "--corpus", "x", "--out", "y"], 1, "did you mean 'smoke'?"),
        (["study", "smoke", "--corpus", "x", "--out", "y"], 1, "no prepared corpus"),
    ],
)
def test_wrong_calls(arguments, code, message):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code
    assert message in result.output


def test_an_unknown_method_is_answered(workplace):
    result = _study(workplace, "--methods", "labels,nope", "--dry-run")
    assert result.exit_code == 1
    assert "no method nope; it has: labels, mkd, teacher" in result.stderr
