"""``mvkt evaluate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mvkt.bundle.bundle import Bundle
from mvkt.cli import main
from mvkt.cli.evaluate_command import predict
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, CorpusError

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


def test_predictions_are_of_the_bundle_and_the_folds(make_bundle: Make, corpus: Corpus) -> None:
    bundle = Bundle.open(make_bundle(classes=("STD", "AF"), thresholds=(0.5, 0.5), temperatures=(1, 1)))
    predictions = predict(bundle, corpus, (9, 10), ignore)
    matrix = corpus.targets("conditions")
    columns = [matrix.classes.index("STD"), matrix.classes.index("AF")]
    rows = corpus.rows((9, 10))
    rows = rows[matrix.matrix[rows][:, columns].any(axis=1)]
    assert len(rows) >= 6
    assert predictions.classes == ("STD", "AF")
    np.testing.assert_array_equal(predictions.record_id, corpus.record_id[rows])
    np.testing.assert_array_equal(predictions.patient_id, corpus.patient_id[rows])
    np.testing.assert_array_equal(predictions.targets, matrix.matrix[rows][:, columns])
    np.testing.assert_allclose(predictions.logits, bundle.logits(corpus.batch(rows, "I")), atol=1e-5)


def test_standardisation_is_that_of_the_bundle(make_bundle: Make, corpus: Corpus) -> None:
    spec = SignalSpec(standardise="global", mean=0.0, std=0.5)
    bundle = Bundle.open(make_bundle(signal=spec))
    from mvkt.ecg.signal import standardise

    predictions = predict(bundle, corpus, (10,), ignore)
    rows = corpus.rows((10,))
    rows = rows[np.isin(corpus.record_id[rows], predictions.record_id)]
    expected = bundle.logits(standardise(corpus.select(rows, "I"), spec))
    np.testing.assert_allclose(predictions.logits, expected, atol=1e-5)


def test_json_holds_the_evaluation(make_bundle: Make, corpus: Corpus) -> None:
    from mvkt.evaluation.evaluate import evaluate
    from mvkt.evaluation.verdicts.calibration import Calibration

    folder = make_bundle(classes=("AF", "NORM", "XYZ"))
    result = run(folder, "--corpus", corpus.path, "--fold", 8, "--fold", 9, "--fold", 10, "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert (content["bundle"], content["corpus"], content["folds"]) == ("tiny", "simulated", [8, 9, 10])
    predictions = predict(Bundle.open(folder), corpus, (8, 9, 10), ignore)
    calibration = Calibration(temperatures=(1, 1, 1), thresholds=(0.5, 0.5, 0.5))
    titles = {"AF": "atrial fibrillation"}
    assert content["evaluation"] == evaluate(predictions, calibration, titles).model_dump(mode="json")
    assert content["evaluation"]["absent"] == ["XYZ"]


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


@pytest.mark.parametrize(
    ("bundle", "folds", "error", "message"),
    [
        ({"signal": SignalSpec(band=(0.5, 35.0))}, (10,), BundleError, r"band: \(0.5, 35.0\) in the bundle"),
        (
            {"signal": SignalSpec(hop_seconds=5)},
            (10,),
            BundleError,
            "hop_seconds: 5.0 in the bundle, 10.0 in the",
        ),
        ({"task": "rhythm"}, (10,), BundleError, "for task 'rhythm'; the corpus has conditions"),
        ({"classes": ("A", "B", "C")}, (10,), CorpusError, "no record with one of A, B, C"),
        ({}, (10, 11), CorpusError, "no fold 11; the corpus has 1, 2, 3"),
        ({"view": "V1"}, (10,), LookupError, "this corpus holds I"),
    ],
)
def test_what_does_not_fit_is_named(
    make_bundle: Make,
    corpus: Corpus,
    bundle: dict[str, Any],
    folds: tuple[int, ...],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        predict(Bundle.open(make_bundle(**bundle)), corpus, folds, ignore)


def test_wrong_calls(make_bundle: Make, tmp_path: Path) -> None:
    assert run(make_bundle()).exit_code == 2
    missing = run(make_bundle("second"), "--corpus", tmp_path / "none")
    assert missing.exit_code == 1
    assert missing.stderr.startswith("error: ")
