"""``mvkt evaluate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.own_corpus import own_corpus

from mvkt.bundle.bundle import Bundle
from mvkt.cli import main
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.training.predict_bundle import predict_bundle

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """150 simulated recordings of 25 s: three windows each."""
    out = tmp_path_factory.mktemp("simulated") / "corpus"
    return prepare(Simulated(records=150, duration=25.0), out, view="I", workers=1)


def run(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(main, ["evaluate", *map(str, args)])


def ignore(done: int, total: int) -> None:
    assert 0 < done <= total


def test_json_holds_the_evaluation(make_bundle: Make, corpus: Corpus) -> None:
    from mvkt.evaluation.evaluate import evaluate
    from mvkt.evaluation.verdicts.calibration import Calibration

    folder = make_bundle(classes=("AF", "NORM", "XYZ"))
    result = run(folder, "--corpus", corpus.path, "--fold", 8, "--fold", 9, "--fold", 10, "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert (content["bundle"], content["corpus"], content["folds"]) == ("tiny", "simulated", [8, 9, 10])
    predictions = predict_bundle(Bundle.open(folder), corpus, (8, 9, 10), ignore)
    calibration = Calibration(temperatures=(1, 1, 1), thresholds=(0.5, 0.5, 0.5))
    titles = {"AF": "atrial fibrillation"}
    assert content["evaluation"] == evaluate(predictions, calibration, titles).model_dump(mode="json")
    assert content["evaluation"]["absent"] == ["XYZ"]


def test_a_corpus_by_its_url(make_bundle: Make, corpus: Corpus, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MVKT_CACHE", str(tmp_path / "cache"))
    folder = make_bundle()
    by_url, by_folder = (run(folder, "--corpus", place, "--json") for place in (corpus.path.as_uri(), corpus.path))
    assert by_url.exit_code == 0, by_url.stderr
    assert by_url.stdout == by_folder.stdout
    result = run(folder, "--corpus", "file:///nothing/here")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: file:///nothing/here/manifest.json is not there" in result.stderr


def test_table_for_people(make_bundle: Make, corpus: Corpus) -> None:
    folder = make_bundle(classes=("AF", "NORM", "XYZ"))
    result = run(folder, "--corpus", corpus.path, "--fold", 9, "--fold", 10)
    assert result.exit_code == 0, result.stderr
    assert "tiny on simulated, fold 9, 10" in result.stdout
    for row in ("macro AUC", "macro F1", "Fmax", "expected calibration error", "AF", "NORM"):
        assert row in result.stdout
    absent = next(line for line in result.stdout.splitlines() if "XYZ" in line)
    assert absent.count("absent") == 3
    assert " to " in result.stdout


def test_test_folds_are_the_default(make_bundle: Make, corpus: Corpus) -> None:
    folder = make_bundle(classes=("AF", "NORM", "RBBB"))
    content = json.loads(run(folder, "--corpus", corpus.path, "--json").stdout)
    assert content["folds"] == list(corpus.manifest.recommended_split.test) == [10]


def test_wrong_calls(make_bundle: Make, tmp_path: Path) -> None:
    assert run(make_bundle()).exit_code == 2
    missing = run(make_bundle("second"), "--corpus", tmp_path / "none")
    assert missing.exit_code == 1
    assert missing.stderr.startswith("error: ")


def test_classes_without_own_labels_are_not_measured(make_bundle: Make, tmp_path: Path) -> None:
    corpus = own_corpus(tmp_path, 30, "labels,fold", lambda row, conditions: f"{';'.join(conditions)},10")
    folder = make_bundle(classes=("AF", "NORM", "XYZ"))
    content = json.loads(run(folder, "--corpus", corpus.path, "--json").stdout)
    assert content["without_labels"] == ["XYZ"]
    assert [row["code"] for row in content["evaluation"]["classes"]] == ["AF", "NORM"]
    text = run(folder, "--corpus", corpus.path).stdout
    assert "not measured, as the corpus has no labels of them: XYZ" in text


def test_a_label_with_another_code_is_named(make_bundle: Make, corpus: Corpus) -> None:
    folder = make_bundle(task="findings", classes=("AFIB", "NORM", "STTC"))
    named = ("--label", "AF=AFIB", "--label", "STD = STTC")
    content = json.loads(run(folder, "--corpus", corpus.path, *named, "--json").stdout)
    assert content["without_labels"] == ["NORM"]
    assert [row["code"] for row in content["evaluation"]["classes"]] == ["AFIB", "STTC"]
    result = run(folder, "--corpus", corpus.path, "--label", "AF")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'AF' is not CODE=CLASS, such as AF=AFIB" in result.stderr
