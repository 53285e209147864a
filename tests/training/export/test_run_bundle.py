"""A run as a bundle, and a bundle as a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import expit
from tests.training.export.made_networks import Fragile, manifest, network

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import BundleManifest
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, ResultError, TrainingError
from mvkt.evaluation.result import RunResult
from mvkt.evaluation.verdicts.calibration import probabilities
from mvkt.models import EcgModel
from mvkt.training.export.bundle_folder import export_bundle
from mvkt.training.export.run_bundle import bundle_manifest, export_run, load_model


@pytest.fixture(scope="module")
def small() -> EcgModel:
    return network(1, widths=(8, 16))


def test_weights_come_back(student: EcgModel, exported: Bundle, inputs: NDArray[np.float32]) -> None:
    model = load_model(exported)
    assert not model.training
    with torch.no_grad():
        again, before = model(torch.from_numpy(inputs)), student(torch.from_numpy(inputs))
    assert torch.equal(again.logits, before.logits)


def test_changed_weights_are_refused(inputs: NDArray[np.float32], tmp_path: Path) -> None:
    bundle = export_bundle(Fragile(), manifest(), inputs, tmp_path / "bundle", "")
    with pytest.raises(BundleError, match="does not fit the architecture"):
        load_model(bundle)  # the manifest names resnet1d, the weights are of another
    weights = bundle.path / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")
    with pytest.raises(BundleError, match="SHA-256 differs"):
        load_model(bundle)
    weights.unlink()
    with pytest.raises(BundleError, match="cannot read the weights"):
        load_model(bundle)


def test_run_becomes_a_bundle(finished_run: Callable[..., Path], small: EcgModel) -> None:
    spec = SignalSpec(standardise="global", std=0.2)
    run = finished_run(small, network(3, widths=(8, 16)), spec)
    result = RunResult.load(run / "result.json")
    bundle = export_run(run, "student", run / "bundle")
    found = Bundle.open(run / "bundle").manifest
    assert (found.name, found.view, found.classes, found.task) == (
        "made-up",
        "I",
        result.classes,
        "conditions",
    )
    assert found.signal == spec
    assert found.thresholds == result.models.student.calibration.thresholds
    calibration = result.models.student.calibration
    assert found.temperatures == calibration.temperatures
    assert found.inconclusive == calibration.inconclusive
    assert any(calibration.biases)
    assert found.figures["evaluation"] == result.models.student.evaluation.model_dump(mode="json")
    assert found.figures["transfer"] == result.transfer.model_dump(mode="json")
    assert found.provenance["recipe"] == {"name": "made-up", "seed": 0}
    promise = calibration.promise
    assert promise is not None
    for code, has, lacks in zip(found.classes, promise.positives, promise.negatives, strict=True):
        assert found.provenance["calibration_shares"][code] == has / (has + lacks)
    assert found.provenance["corpus"]["source"] == "ptb-xl"
    signal = np.random.default_rng(0).normal(size=(2, 1, 1000)).astype(np.float32)
    with torch.no_grad():
        expected = small(torch.from_numpy(signal)).logits.numpy()
    shifted = expected + np.multiply(calibration.biases, calibration.temperatures)
    np.testing.assert_allclose(bundle.logits(signal), shifted, atol=1e-4)
    with torch.no_grad():
        np.testing.assert_allclose(load_model(bundle)(torch.from_numpy(signal)).logits, shifted, atol=1e-4)
    scaled = probabilities(expected, calibration)
    np.testing.assert_allclose(expit(bundle.logits(signal) / found.temperatures), scaled, atol=1e-5)
    assert (run / "bundle" / "README.md").read_text().startswith("---\nlicense: cc-by-4.0\n")


def test_the_same_run_gives_the_same_bundle(finished_run: Callable[..., Path], small: EcgModel) -> None:
    run = finished_run(small, network(3, widths=(8, 16)))
    export_run(run, "student", run / "first")
    content = json.loads((run / "result.json").read_text())
    content["created"] = "2031-01-01T00:00:00+00:00"
    for model in content["models"].values():
        model["seconds"] = 99.5
    (run / "result.json").write_text(json.dumps(content))
    export_run(run, "student", run / "second")
    names = sorted(path.name for path in (run / "first").iterdir())
    assert names == ["README.md", "bundle.json", "model.onnx", "model.safetensors"]
    for name in names:
        assert (run / "first" / name).read_bytes() == (run / "second" / name).read_bytes(), name


def test_a_bundle_without_weights_runs(finished_run: Callable[..., Path], small: EcgModel) -> None:
    run = finished_run(small, network(3, widths=(8, 16)))
    full, light = export_run(run, "student", run / "full"), export_run(run, "student", run / "light", weights=False)
    assert sorted(path.name for path in light.path.iterdir()) == ["README.md", "bundle.json", "model.onnx"]
    assert set(light.manifest.checksums) == {"model.onnx"}
    signal = np.random.default_rng(0).normal(size=(2, 1, 1000)).astype(np.float32)
    np.testing.assert_array_equal(light.logits(signal), full.logits(signal))
    with pytest.raises(BundleError, match=r"was made to be run, without model\.safetensors"):
        load_model(light)


def test_sections_of_the_result_are_in_the_bundle(finished_run: Callable[..., Path], small: EcgModel) -> None:
    run = finished_run(small, small)
    content = json.loads((run / "result.json").read_text())
    group = {"by": "sex", "name": "female", "records": 3, "patients": 3, "macro_auc": None, "classes": []}
    content["models"]["student"]["subgroups"] = [group]
    content["typical"] = {"AF": "typical of an irregular rhythm"}
    content["unlabelled_records"] = 7
    made = bundle_manifest(RunResult.model_validate(content), "student")
    assert made.figures["subgroups"] == [group]
    assert "abstention" not in made.figures
    assert made.typical == {"AF": "typical of an irregular rhythm"}
    assert made.provenance["unlabelled_records"] == 7
    assert "unlabelled_records" not in bundle_manifest(RunResult.model_validate(content), "baseline").provenance


class Headless(Fragile):
    """A model whose classifier has nothing to add a bias to."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = torch.nn.Linear(4, 3, bias=False)


def test_biases_need_a_place(
    finished_run: Callable[..., Path], small: EcgModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(small, small)
    monkeypatch.setattr("mvkt.training.export.run_bundle._build", lambda *_: Headless())
    with pytest.raises(BundleError, match="the classifier of Headless does not end in a linear layer with a bias"):
        export_run(run, "student", run / "bundle")


def test_teacher_can_be_exported_as_well(finished_run: Callable[..., Path], small: EcgModel) -> None:
    run = finished_run(small, network(3, widths=(8, 16)))
    bundle = export_run(run, "teacher", run / "teacher-bundle")
    assert (bundle.manifest.name, bundle.manifest.leads) == ("made-up-teacher", ("I", "II", "V2"))
    assert "transfer" not in bundle.manifest.figures


def test_runs_that_cannot_be_exported(finished_run: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="has the run finished"):
        export_run(tmp_path, "student", tmp_path / "bundle")
    run = finished_run(Fragile(), Fragile())
    with pytest.raises(BundleError, match="does not fit the architecture"):
        export_run(run, "student", run / "bundle")
    (run / "student" / "best.safetensors").write_bytes(b"torn")
    with pytest.raises(TrainingError, match="cannot read the weights"):
        export_run(run, "student", run / "bundle")


def test_examples_must_have_the_leads(finished_run: Callable[..., Path], small: EcgModel) -> None:
    run = finished_run(small, network(3, widths=(8, 16)))
    with np.load(run / "examples.npz") as examples:
        np.savez(run / "fewer.npz", microvolts=examples["microvolts"][:, :1], leads=examples["leads"][:1])
    (run / "fewer.npz").rename(run / "examples.npz")
    with pytest.raises(BundleError, match="has leads I; the model reads II, V2 as well"):
        export_run(run, "teacher", run / "bundle")


def test_manifest_is_plain_json(finished_run: Callable[..., Path], small: EcgModel) -> None:
    run = finished_run(small, small)
    made = bundle_manifest(RunResult.load(run / "result.json"), "student")
    assert BundleManifest.model_validate(json.loads(made.model_dump_json())) == made
