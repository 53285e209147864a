"""``mvkt export``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mvkt.bundle.bundle import Bundle
from mvkt.cli import main


@pytest.fixture
def run(finished_run: Callable[..., Path]) -> Path:
    from mvkt.models import build_model

    student, teacher = (build_model("resnet1d", leads=leads, classes=3, widths=(8, 16)) for leads in (1, 3))
    return finished_run(student, teacher)


def export(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(main, ["export", *map(str, args)])


def test_bundle_of_a_run(run: Path) -> None:
    result = export(run)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"made-up: {run / 'bundle'} (")
    assert Bundle.open(run / "bundle").manifest.view == "I"


def test_other_model_in_another_place_as_json(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere" / "teacher"
    result = export(run, "--model", "teacher", "--out", out, "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    size = sum(file.stat().st_size for file in out.iterdir())
    assert content == {"bundle": str(out), "name": "made-up-teacher", "model": "teacher", "bytes": size}


def test_the_better_one_on_validation_records_is_the_bundle(run: Path) -> None:
    content = json.loads((run / "result.json").read_text())
    assert content["models"]["baseline"]["validation_macro_auc"] == content["models"]["student"]["validation_macro_auc"]
    assert json.loads(export(run, "--json").stdout)["model"] == "student"
    content["models"]["baseline"]["validation_macro_auc"] += 0.001
    (run / "result.json").write_text(json.dumps(content))
    made = json.loads(export(run, "--json").stdout)
    assert (made["model"], made["name"], made["bundle"]) == ("baseline", "made-up", str(run / "bundle"))
    made = json.loads(export(run, "--model", "student", "--json").stdout)
    assert (made["name"], made["bundle"]) == ("made-up-student", str(run / "bundle-student"))
    card = (run / "bundle" / "README.md").read_text()
    assert "learned from the labels alone" in card
    assert "than the student of the run" in card
    assert "mvkt export" not in card


def test_an_unfinished_run_gets_a_message(tmp_path: Path) -> None:
    result = export(tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has the run finished" in result.stderr
    assert export(tmp_path, "--model", "pupil").exit_code == 2


def test_c_code_beside_the_bundle(run: Path, tmp_path: Path) -> None:
    source = tmp_path / "firmware" / "student.c"
    result = export(run, "--c", source, "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert content["c"]["source"] == str(source)
    assert content["c"]["header"] == str(source.with_suffix(".h"))
    assert content["c"]["memory"] == 4 * (500 * 8 + 2 * 250 * 8)
    assert content["c"]["weights"] > 4 * 4_000
    assert '#include "student.h"' in source.read_text()
    assert "int mvkt_judge(const float *window, float *logits)" in source.with_suffix(".h").read_text()
    text = export(run, "--c", source).stdout
    assert f"{content['c']['weights']:,} bytes of weights, {content['c']['memory']:,} of memory" in text
    assert export(run, "--c", tmp_path / "student.h").exit_code == 1


def test_int8_needs_the_corpus(run: Path, tmp_path: Path) -> None:
    result = export(run, "--precision", "int8")
    assert result.exit_code == 2
    assert "give their corpus with --corpus" in result.stderr
    result = export(run, "--precision", "int8", "--corpus", tmp_path)
    assert result.exit_code == 1
    assert "is no prepared corpus" in result.stderr


def test_int8_goes_beside_the_bundle_by_default(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = []

    def exporter(run: Path, role: str, corpus: object, out: Path, *, weights: bool) -> Bundle:
        from mvkt.training.export.run_bundle import export_run

        exported.append((role, corpus, out))
        return export_run(run, role, out, weights=weights)

    monkeypatch.setattr("mvkt.training.export.int8.export_int8", exporter)
    monkeypatch.setattr("mvkt.corpora.Corpus.open", lambda path: path)
    for more in ((), ("--model", "teacher"), ("--out", tmp_path / "there")):
        result = export(run, "--precision", "int8", "--corpus", "corpus", *more)
        assert result.exit_code == 0, result.stderr
    corpus = "corpus"
    assert exported == [
        ("student", corpus, run / "bundle-int8"),
        ("teacher", corpus, run / "bundle-teacher-int8"),
        ("student", corpus, tmp_path / "there"),
    ]
