"""From a run to a bundle in 8 bits, and to none when it is not as good."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import expit
from tests.training.conftest import Silent, recipe_as_data

from mvkt.bundle.bundle import Bundle
from mvkt.corpora.corpus import Corpus
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.ecg.record import Record
from mvkt.ecg.signal import standardise
from mvkt.embedded import gate
from mvkt.embedded.quantise import RANGES, quantise
from mvkt.errors import BundleError, ExportMismatchError, ResultError, TrainingError
from mvkt.evaluation.result import RunResult
from mvkt.training.export.int8 import export_int8
from mvkt.training.export.run_bundle import load_model
from mvkt.training.recipe import parse_recipe
from mvkt.training.rows import FoldRows
from mvkt.training.run import train_run


@pytest.fixture(scope="module", autouse=True)
def _few_records() -> Iterator[None]:
    """On 23 validation records one turned pair is more than the 0.003 of macro AUC that the gate allows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mvkt.embedded.gate.LARGEST_AUC_LOSS", 0.03)
        yield


@pytest.fixture(scope="module")
def run(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("int8") / "run"
    train_run(parse_recipe(recipe_as_data()), corpus, out, Silent())
    return out


@pytest.fixture(scope="module")
def read_folds() -> list[tuple[int, ...]]:
    """The folds that were read while ``exported`` was made."""
    return []


@pytest.fixture(scope="module")
def exported(run: Path, corpus: Corpus, read_folds: list[tuple[int, ...]]) -> Bundle:
    original = FoldRows.__init__

    def watched(self: FoldRows, corpus: Corpus, folds: Any, *rest: Any) -> None:
        read_folds.append(tuple(folds))
        original(self, corpus, folds, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FoldRows, "__init__", watched)
        return export_int8(run, RunResult.load(run / "result.json").deployed, corpus, run / "small")


def test_the_logits_are_nearly_those_of_the_float32_bundle(run: Path, exported: Bundle, corpus: Corpus) -> None:
    exact = Bundle.open(run / "bundle")
    signal = standardise(corpus.select(corpus.rows([9]), "I"), exact.manifest.signal)
    temperatures = np.array(exact.manifest.temperatures)
    before, after = (expit(bundle.logits(signal) / temperatures) for bundle in (exact, exported))
    assert 0 < np.abs(after - before).max() < 0.1
    assert np.abs(after.mean(axis=0) - before.mean(axis=0)).max() <= 0.02
    for name in ("classes", "view", "signal", "temperatures", "thresholds", "inconclusive"):
        assert getattr(exported.manifest, name) == getattr(exact.manifest, name)
    assert exported.manifest.figures["evaluation"] == exact.manifest.figures["evaluation"]


def test_figures_of_the_gate_are_in_manifest_and_card(exported: Bundle) -> None:
    manifest = exported.manifest
    figures = manifest.figures["int8"]
    assert (manifest.name, manifest.provenance["precision"]) == ("tiny", "int8")
    assert figures["ranges"] in RANGES
    assert figures["bytes"] == (exported.path / "model.onnx").stat().st_size
    assert figures["macro_auc"] >= figures["macro_auc_float"] - gate.LARGEST_AUC_LOSS
    card = (exported.path / "README.md").read_text()
    assert "## In 8-bit whole numbers" in card
    assert f"| macro AUC | {figures['macro_auc_float']:.4f} | {figures['macro_auc']:.4f} | 0.003 less |" in card
    assert "mvkt export RUN --precision int8 --corpus CORPUS --out BUNDLE" in card


def test_it_diagnoses_as_any_other(exported: Bundle, beating: Callable[..., Record]) -> None:
    diagnosis = Diagnoser(exported).diagnose(beating(seconds=20))
    assert [finding.code for finding in diagnosis.findings]


def test_training_can_start_from_it(run: Path, exported: Bundle) -> None:
    """The weights are those of the float32 network, rounded to 16 bits."""
    assert {path.name for path in exported.path.iterdir()} == {
        *("README.md", "bundle.json", "model.onnx", "model.safetensors")
    }
    exact, halved = (load_model(bundle).state_dict() for bundle in (Bundle.open(run / "bundle"), exported))
    assert exact.keys() == halved.keys()
    for name, tensor in exact.items():
        torch.testing.assert_close(halved[name], tensor, rtol=2e-3, atol=1e-6)
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (exported.path, run / "bundle")]
    assert sizes[0] < 0.7 * sizes[1]


def test_it_can_be_made_to_be_run_alone(run: Path, exported: Bundle, corpus: Corpus) -> None:
    light = export_int8(run, exported.manifest.provenance["model"], corpus, run / "light", weights=False)
    assert {path.name for path in light.path.iterdir()} == {"README.md", "bundle.json", "model.onnx"}
    with pytest.raises(BundleError, match="was made to be run"):
        load_model(light)


def test_the_test_folds_are_not_read(exported: Bundle, read_folds: list[tuple[int, ...]]) -> None:
    assert read_folds == [tuple(range(1, 9)), (9,)]


def test_the_same_run_gives_the_same_bytes(run: Path, corpus: Corpus, exported: Bundle) -> None:
    again = export_int8(run, exported.manifest.provenance["model"], corpus, run / "again")
    for path in exported.path.iterdir():
        assert path.read_bytes() == (again.path / path.name).read_bytes()


def test_the_gate_refuses_ranges_that_are_absurd(
    run: Path, corpus: Corpus, exported: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absurd(network: bytes, windows: NDArray[np.float32], ranges: str) -> bytes:
        return quantise(network, windows / 1000, ranges)

    monkeypatch.setattr("mvkt.training.export.int8.quantise", absurd)
    before = (exported.path / "model.onnx").read_bytes()
    with pytest.raises(ExportMismatchError, match=r"8-bit network does not compute .* no bundle was written"):
        export_int8(run, "student", corpus, exported.path)
    assert (exported.path / "model.onnx").read_bytes() == before, "the older bundle stays"
    with pytest.raises(ExportMismatchError):
        export_int8(run, "student", corpus, run / "new" / "bundle")
    assert not (run / "new").exists()


def test_another_corpus_or_an_unfinished_run(run: Path, corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="has the run finished"):
        export_int8(tmp_path, "student", corpus, tmp_path / "bundle")
    content = json.loads((run / "result.json").read_text())
    content["corpus"]["checksum"] = "ab" * 32
    (tmp_path / "result.json").write_text(json.dumps(content))
    with pytest.raises(TrainingError, match="was trained on another corpus"):
        export_int8(tmp_path, "student", corpus, tmp_path / "bundle")
