"""A model as a bundle, and back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import BundleManifest
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, windows
from mvkt.errors import BundleError, ExportMismatchError, ResultError, TrainingError
from mvkt.evaluation.result import RunResult
from mvkt.evaluation.verdicts.calibration import probabilities
from mvkt.models import EcgModel, build_model
from mvkt.training.export.onnx_file import to_onnx
from mvkt.training.export.run_bundle import bundle_manifest, export_bundle, export_run, load_model

SPEC = SignalSpec()


def manifest(**overrides: Any) -> BundleManifest:
    return BundleManifest(
        **{
            "name": "student",
            "task": "conditions",
            "classes": ("AF", "NORM", "STD"),
            "titles": {},
            "view": "I",
            "signal": SPEC,
            "temperatures": (1.0, 2.0, 0.5),
            "thresholds": (0.5, 0.2, 0.1),
            "architecture": {"name": "resnet1d", "leads": 1, "classes": 3, "squeeze_excite": True},
            "tool_version": "0",
            **overrides,
        }
    )


def network(leads: int, **settings: Any) -> EcgModel:
    """A model as if it were trained: no branch is still zero, and the batch norms have seen something."""
    torch.manual_seed(0)
    model = build_model("resnet1d", leads=leads, classes=3, **settings)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.1)
        for _ in range(3):
            model(torch.randn(4, leads, SPEC.window_samples) * 2 + 0.5)
    return model.eval()


@pytest.fixture(scope="module")
def student() -> EcgModel:
    return network(1, squeeze_excite=True)


@pytest.fixture(scope="module")
def small() -> EcgModel:
    return network(1, widths=(8, 16))


@pytest.fixture
def inputs(beating: Callable[..., Record]) -> NDArray[np.float32]:
    return windows(beating(seconds=50), SPEC, "I").signal


class Fragile(EcgModel):
    """A small model that can be made to behave differently once it is exported."""

    def __init__(self, trap: float = 0.0) -> None:
        super().__init__(leads=1, classes=3, embedding_dim=4)
        self.trap = trap

    def embed(self, signal: Tensor) -> Tensor:
        features = signal.abs().mean(dim=(2, 3)).expand(-1, 4)
        return features + self.trap if torch.compiler.is_exporting() else features


@pytest.fixture(scope="module")
def exported(student: EcgModel, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The student's bundle, compared on noise."""
    noise = np.random.default_rng(0).normal(size=(5, 1, SPEC.window_samples)).astype(np.float32)
    return export_bundle(student, manifest(), noise, tmp_path_factory.mktemp("exported") / "bundle", "# card\n")


def test_bundle_computes_what_the_model_computes(
    student: EcgModel, exported: Bundle, inputs: NDArray[np.float32]
) -> None:
    with torch.no_grad():
        expected = student(torch.from_numpy(inputs)).logits.numpy()
    np.testing.assert_allclose(exported.logits(inputs), expected, atol=1e-4)
    np.testing.assert_allclose(exported.logits(inputs[:1]), expected[:1], atol=1e-4)


def test_folder_is_whole_and_readable(exported: Bundle) -> None:
    names = ["README.md", "bundle.json", "model.onnx", "model.safetensors"]
    assert sorted(path.name for path in exported.path.iterdir()) == names
    assert [path.name for path in exported.path.parent.iterdir()] == ["bundle"], "nothing temporary is left"
    assert (exported.path / "README.md").read_text() == "# card\n"
    assert set(exported.manifest.checksums) == {"model.onnx", "model.safetensors"}
    if os.name != "nt":
        assert all(path.stat().st_mode & 0o444 == 0o444 for path in exported.path.iterdir())


def test_network_is_small_and_keeps_no_paths(student: EcgModel, exported: Bundle) -> None:
    content = (exported.path / "model.onnx").read_bytes()
    parameters = sum(parameter.numel() for parameter in student.parameters())
    assert len(content) < 4 * parameters + 20_000
    for trace in (b"site-packages", b"mvkt.models", b"model.py", str(Path.cwd()).encode()):
        assert trace not in content
    graph = onnx.load_model_from_string(content).graph
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    assert [value.name for value in (*graph.input, *graph.output)] == ["signal", "logits"]
    assert "BatchNormalization" not in {node.op_type for node in graph.node}


def test_export_is_quiet_and_gives_the_same_bytes(capfd: pytest.CaptureFixture[str]) -> None:
    model = Fragile().eval()
    assert to_onnx(model, (1, 1000)) == to_onnx(model, (1, 1000))
    assert capfd.readouterr() == ("", "")


def test_model_is_not_changed_by_its_export(inputs: NDArray[np.float32], tmp_path: Path) -> None:
    model = Fragile().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    export_bundle(model, manifest(), inputs, tmp_path / "bundle", "")
    assert model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("trap", [0.1, float("nan")])
def test_network_that_differs_is_not_written(inputs: NDArray[np.float32], tmp_path: Path, trap: float) -> None:
    with pytest.raises(BundleError) as raised:
        export_bundle(Fragile(trap), manifest(), inputs, tmp_path / "out" / "bundle", "")
    if trap == 0.1:
        assert isinstance(raised.value, ExportMismatchError)
        assert "no bundle was written" in str(raised.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_older_bundle_is_replaced_only_by_a_good_one(inputs: NDArray[np.float32], tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    export_bundle(Fragile(), manifest(name="first"), inputs, out, "")
    with pytest.raises(ExportMismatchError):
        export_bundle(Fragile(0.1), manifest(name="second"), inputs, out, "")
    assert Bundle.open(out).manifest.name == "first"
    export_bundle(Fragile(), manifest(name="third"), inputs, out, "")
    assert Bundle.open(out).manifest.name == "third"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_what_is_no_bundle_is_not_replaced(inputs: NDArray[np.float32], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="exists and is no bundle"):
        export_bundle(Fragile(), manifest(), inputs, tmp_path, "")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 1, 1000), dtype=np.float32),
        np.zeros((3, 2, 1000), dtype=np.float32),
        np.zeros((3, 1, 999), dtype=np.float32),
        np.zeros((3, 1, 1000)),
        np.zeros((3, 1000), dtype=np.float32),
    ],
)
def test_comparison_needs_windows_of_the_model(wrong: NDArray[Any], tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"compared on float32 windows of shape \(1 or more, 1, 1000\)"):
        export_bundle(Fragile(), manifest(), wrong, tmp_path / "bundle", "")


def test_weights_come_back(student: EcgModel, exported: Bundle, inputs: NDArray[np.float32]) -> None:
    model = load_model(exported)
    assert not model.training
    with torch.no_grad():
        again, before = model(torch.from_numpy(inputs)), student(torch.from_numpy(inputs))
    assert torch.equal(again.logits, before.logits)


def test_changed_weights_are_refused(inputs: NDArray[np.float32], tmp_path: Path) -> None:
    bundle = export_bundle(Fragile(), manifest(), inputs, tmp_path / "bundle", "")
    with pytest.raises(BundleError, match="does not fit the architecture"):
        load_model(bundle)  # says resnet1d, holds another
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
