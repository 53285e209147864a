from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.own_corpus import own_corpus

from mvkt.bundle.bundle import Bundle
from mvkt.cli import main
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError
from mvkt.training.export.recalibrated import recalibrate_bundle
from mvkt.training.predict_bundle import predict_bundle

Make = Callable[..., Path]
CLASSES = ("AF", "NORM", "STD")


def calibrated_on(**shares: float) -> dict[str, object]:
    return {"calibration_shares": shares}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    out = tmp_path_factory.mktemp("simulated") / "corpus"
    return prepare(Simulated(records=150), out, view="I", workers=1)


def test_with_labels_the_new_bundle_is_calibrated_and_states_it(
    make_bundle: Make, corpus: Corpus, tmp_path: Path
) -> None:
    bundle = Bundle.open(make_bundle(classes=CLASSES))
    made = recalibrate_bundle(bundle, corpus, tmp_path / "here")
    new = Bundle.open(tmp_path / "here")
    assert (made.by, made.corpus, made.folds) == ("labels", "simulated", tuple(range(1, 10)))
    assert new.manifest.provenance["recalibration"] == json.loads(made.model_dump_json())
    card = (new.path / "README.md").read_text()
    assert "## Calibrated for another place" in card
    assert f"| `AF` | {made.classes[0].positives} |" in card
    before, after = (
        predict_bundle(each, corpus, range(1, 10), lambda done, total: None).by_record() for each in (bundle, new)
    )

    def off(manifest: object, logits: np.ndarray) -> np.ndarray:
        chances = 1 / (1 + np.exp(-logits / np.array(manifest.temperatures)))  # type: ignore[attr-defined]
        return np.abs(chances.mean(axis=0) - before.targets.mean(axis=0))

    assert (off(new.manifest, after.logits) < off(bundle.manifest, before.logits)).all()
    shares = new.manifest.provenance["calibration_shares"]
    chances = 1 / (1 + np.exp(-after.logits / np.array(new.manifest.temperatures)))
    assert [shares[code] for code in CLASSES] == pytest.approx(chances.mean(axis=0), abs=1e-4)


def test_without_labels_frequencies_are_estimated(make_bundle: Make, corpus: Corpus, tmp_path: Path) -> None:
    bundle = Bundle.open(make_bundle(classes=CLASSES, provenance=calibrated_on(AF=0.2, NORM=0.5, STD=0.3)))
    made = recalibrate_bundle(bundle, corpus, tmp_path / "here", without_labels=True)
    assert made.by == "frequencies"
    assert [row.share_before for row in made.classes] == [0.2, 0.5, 0.3]
    card = (tmp_path / "here" / "README.md").read_text()
    assert "Saerens 2002" in card
    assert [row.code for row in made.changed] == [row.code for row in made.classes if f"| `{row.code}` | " in card]
    after = {row.code: row.share_after for row in made.classes}
    assert Bundle.open(tmp_path / "here").manifest.provenance["calibration_shares"] == after
    again = recalibrate_bundle(Bundle.open(tmp_path / "here"), corpus, tmp_path / "again", without_labels=True)
    assert (tmp_path / "again" / "README.md").read_text().count("## Calibrated for another place") == 1
    assert again.records == made.records
    assert [row.share_before for row in again.classes] == list(after.values()), "it goes on from the estimate"


def test_of_the_training_corpus_only_validation_folds_are_used(
    make_bundle: Make, corpus: Corpus, tmp_path: Path
) -> None:
    checksum = corpus.manifest.checksums["signals.npy"]
    bundle = Bundle.open(make_bundle(classes=CLASSES, provenance={"corpus": {"checksum": checksum}}))
    assert recalibrate_bundle(bundle, corpus, tmp_path / "here").folds == (9,)


def test_what_does_not_fit_is_refused_and_nothing_is_written(make_bundle: Make, corpus: Corpus, tmp_path: Path) -> None:
    plain = Bundle.open(make_bundle("plain", classes=CLASSES))
    with pytest.raises(BundleError, match="how common its classes were"):
        recalibrate_bundle(plain, corpus, tmp_path / "here", without_labels=True)
    with pytest.raises(BundleError, match="is the bundle itself"):
        recalibrate_bundle(plain, corpus, plain.path)
    longer = Bundle.open(make_bundle("longer", signal=SignalSpec(window_seconds=30.0)))
    with pytest.raises(BundleError, match="prepared in another way"):
        recalibrate_bundle(longer, corpus, tmp_path / "here")
    assert not (tmp_path / "here").exists()
    assert plain.manifest.provenance == {}


def test_an_archive_without_the_task_needs_no_option(make_bundle: Make, corpus: Corpus, tmp_path: Path) -> None:
    bundle = Bundle.open(
        make_bundle(task="another", classes=CLASSES, provenance=calibrated_on(AF=0.2, NORM=0.5, STD=0.3))
    )
    made = recalibrate_bundle(bundle, corpus, tmp_path / "here")
    assert made.by == "frequencies"
    tasks = ", ".join(corpus.manifest.tasks)
    assert made.note == (
        f"the labels of the corpus are not used: the bundle is for task 'another'; the corpus has {tasks}; "
        "if some mean the same, --label CODE=CLASS states it"
    )


def test_labels_of_other_classes_are_not_used_and_the_command_states_it(
    make_bundle: Make, corpus: Corpus, tmp_path: Path
) -> None:
    folder = make_bundle(classes=("X", "Y"), provenance=calibrated_on(X=0.2, Y=0.5))
    call = ["calibrate", str(folder), "--corpus", str(corpus.path), "--out", str(tmp_path / "here")]
    result = CliRunner(env={"COLUMNS": "400"}).invoke(main, call)
    assert result.exit_code == 0, result.output
    assert "frequencies of the classes" in result.output
    assert "note: the labels of the corpus are not used: they are of other classes" in result.output
    assert "than the bundle's (X, Y)" in result.output


def test_the_command_writes_the_bundle_and_lists_what_changed(
    make_bundle: Make, corpus: Corpus, tmp_path: Path
) -> None:
    folder, out = make_bundle(classes=CLASSES), tmp_path / "here"
    call = ["calibrate", str(folder), "--corpus", str(corpus.path), "--out", str(out), "--fold", "9"]
    result = CliRunner(env={"COLUMNS": "300"}).invoke(main, call)
    assert result.exit_code == 0, result.output
    assert "threshold before" in result.output
    assert result.output.startswith(f"{out}: calibrated by the labels of 8 records of simulated")
    again = CliRunner().invoke(main, [*call, "--json"])
    assert json.loads(again.stdout)["folds"] == [9]


def test_the_command_without_labels_lists_only_what_changed(make_bundle: Make, corpus: Corpus, tmp_path: Path) -> None:
    bundle = Bundle.open(make_bundle(classes=CLASSES, provenance=calibrated_on(AF=0.2, NORM=0.5, STD=0.3)))
    records = predict_bundle(bundle, corpus, range(1, 10), lambda done, total: None, labelled=False).by_record()
    seen = (1 / (1 + np.exp(-records.logits / np.array(bundle.manifest.temperatures)))).mean(axis=0)
    as_here = make_bundle(
        "as-here", classes=CLASSES, provenance=calibrated_on(**dict(zip(CLASSES, map(float, seen), strict=True)))
    )
    other = make_bundle(
        "other", classes=CLASSES, provenance=calibrated_on(AF=0.001, NORM=float(seen[1]), STD=float(seen[2]))
    )
    for folder, changed in ((as_here, False), (other, True)):
        call = ["calibrate", str(folder), "--corpus", str(corpus.path), "--out", str(tmp_path / f"{folder.name}-here")]
        result = CliRunner(env={"COLUMNS": "120"}).invoke(main, [*call, "--without-labels"])
        assert result.exit_code == 0, result.output
        assert ("nothing changes" in result.output) is not changed
        assert ("AF " in result.output) is changed


def test_own_labels_of_some_classes_calibrate_these_alone(make_bundle: Make, tmp_path: Path) -> None:
    corpus = own_corpus(tmp_path, 60, "Fib,PVC", lambda row, conditions: f"{int('AF' in conditions)},0")
    folder = make_bundle(classes=CLASSES, provenance=calibrated_on(AF=0.2, NORM=0.5, STD=0.3))
    before, out = Bundle.open(folder).manifest, tmp_path / "here"
    call = ["calibrate", str(folder), "--corpus", str(corpus.path), "--out", str(out), "--label", "Fib=AF"]
    result = CliRunner(env={"COLUMNS": "400"}).invoke(main, call)
    assert result.exit_code == 0, result.output
    assert "calibrated by the labels of 54 records" in result.output
    assert "The corpus has no labels of NORM, STD: the calibration of these stays." in result.output
    after = Bundle.open(out).manifest
    assert after.temperatures[1:] == before.temperatures[1:]
    assert after.thresholds[1:] == before.thresholds[1:]
    assert after.temperatures[0] != before.temperatures[0]
    shares = after.provenance["calibration_shares"]
    assert (shares["NORM"], shares["STD"]) == (0.5, 0.3)
    assert shares["AF"] != 0.2
    card = (out / "README.md").read_text()
    assert "| `AF` |" in card
    assert "Labels there with another code: `Fib` for `AF`." in card
    assert "| `STD` |" not in card.split("## Calibrated for another place")[1]
