"""Opening a bundle: what is checked, and that it computes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.bundle.bundle import Bundle
from mvkt.errors import BundleError

Make = Callable[..., Path]


def replace_model(folder: Path, content: bytes) -> Path:
    """Put another network into a bundle, checksum and all, as a forger would."""
    (folder / "model.onnx").write_bytes(content)
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["checksums"]["model.onnx"] = hashlib.sha256(content).hexdigest()
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder


def test_logits_are_those_of_the_network(make_bundle: Make) -> None:
    signal = np.random.default_rng(0).normal(size=(7, 1, 1000)).astype(np.float32)
    logits = Bundle.open(make_bundle()).logits(signal)
    expected = np.abs(signal).mean(axis=2) + np.array([-1, 0, 1])
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_a_window_does_not_depend_on_its_batch(make_bundle: Make) -> None:
    bundle = Bundle.open(make_bundle())
    signal = np.random.default_rng(0).normal(size=(33, 1, 1000)).astype(np.float32)
    alone = np.concatenate([bundle.logits(window[np.newaxis]) for window in signal])
    np.testing.assert_allclose(bundle.logits(signal), alone, atol=1e-6)


def test_changed_model_is_refused(make_bundle: Make) -> None:
    folder = make_bundle()
    content = bytearray((folder / "model.onnx").read_bytes())
    content[-20] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(BundleError, match="SHA-256 differs"):
        Bundle.open(folder)


def test_missing_model_and_missing_checksum(make_bundle: Make) -> None:
    folder = make_bundle()
    manifest = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps(manifest | {"checksums": {}}))
    with pytest.raises(BundleError, match=r"no checksum of model\.onnx"):
        Bundle.open(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"has no model\.onnx"):
        Bundle.open(folder)


@pytest.mark.parametrize("content", [b"", b"garbage" * 100, b"\x00" * 64])
def test_what_is_no_network_is_refused(make_bundle: Make, content: bytes) -> None:
    with pytest.raises(BundleError):
        Bundle.open(replace_model(make_bundle(), content))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"leads": 2}, r"'batch', 1, 1000"),
        ({"samples": 999}, r"'batch', 1, 1000"),
        ({"classes": 4}, r"'batch', 3"),
        ({"batch": 1}, "do not belong together"),
    ],
)
def test_network_must_fit_the_manifest(
    make_bundle: Make, tiny_network: Callable[..., Any], shape: dict[str, Any], message: str
) -> None:
    network = tiny_network(**{"leads": 1, "samples": 1000, "classes": 3, **shape})
    with pytest.raises(BundleError, match=message):
        Bundle.open(make_bundle(network=network))


def test_network_with_other_names_is_refused(make_bundle: Make, tiny_network: Callable[..., Any]) -> None:
    network = tiny_network(leads=1, samples=1000, classes=3)
    network.graph.input[0].name = network.graph.node[0].input[0] = "x"
    with pytest.raises(BundleError, match=r"the one tensor.* 'signal', it has x"):
        Bundle.open(make_bundle(network=network))


def test_weights_in_other_files_are_refused(
    make_bundle: Make, tiny_network: Callable[..., Any], tmp_path: Path
) -> None:
    import onnx

    network = tiny_network(leads=1, samples=1000, classes=3)
    onnx.save(network, tmp_path / "m", save_as_external_data=True, location="elsewhere", size_threshold=0)
    content = (tmp_path / "m").read_bytes()
    with pytest.raises(BundleError, match="keeps weights in other files"):
        Bundle.open(replace_model(make_bundle(), content))


def test_weights_in_other_files_are_found_however_protobuf_writes_it(make_bundle: Make) -> None:
    for key in (b"\x0a\x08location", b"\x8a\x00\x08location", b"\x0a\x88\x80\x00location"):
        with pytest.raises(BundleError, match="keeps weights in other files"):
            Bundle.open(replace_model(make_bundle(f"bundle-{key.hex()}"), b"\x08\x08" + key))


def test_network_that_gives_nan_is_refused(make_bundle: Make, tiny_network: Callable[..., Any]) -> None:
    from onnx import numpy_helper

    network = tiny_network(leads=1, samples=1000, classes=3)
    bias = np.array([0, np.nan, 0], dtype=np.float32)
    network.graph.initializer[1].CopyFrom(numpy_helper.from_array(bias, "bias"))
    bundle = Bundle.open(make_bundle(network=network))
    with pytest.raises(BundleError, match="not numbers"):
        bundle.logits(np.zeros((1, 1, 1000), dtype=np.float32))


def test_input_of_another_shape_is_an_error_of_ours(make_bundle: Make) -> None:
    with pytest.raises(BundleError, match=r"does not run on \(1, 2, 1000\)"):
        Bundle.open(make_bundle()).logits(np.zeros((1, 2, 1000), dtype=np.float32))
