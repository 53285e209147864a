"""A network as the folder of a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from tests.training.export.made_networks import Fragile, manifest

from mvkt.bundle.bundle import Bundle
from mvkt.errors import BundleError, ExportMismatchError
from mvkt.models import EcgModel
from mvkt.training.export.bundle_folder import export_bundle
from mvkt.training.export.onnx_file import to_onnx


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
