"""Weights out of networks in 8 bits: the same function, and a normalisation that a training can begin with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import standardise
from mvkt.embedded.quantise import quantise, run_network
from mvkt.errors import BundleError
from mvkt.models import EcgModel, build_model
from mvkt.training.dequantised import dequantised_weights, fit_norms
from mvkt.training.export.onnx_file import to_onnx
from mvkt.training.export.run_bundle import load_model


def logits(model: EcgModel, windows: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(model.eval()(torch.from_numpy(windows)).logits)


def rebuilt(bundle: Bundle) -> EcgModel:
    model = build_model(**bundle.manifest.architecture)
    model.load_state_dict(dequantised_weights((bundle.path / "model.onnx").read_bytes(), model))
    return model


@pytest.mark.parametrize("name", ["lead-I", "lead-II", "limb", "12-lead"])
def test_the_networks_of_the_box_compute_the_same(name: str, corpus: Corpus) -> None:
    """What is left is the rounding of what lies between the layers, less than that of 8 bits in all."""
    bundle = Bundle.open(find(name))
    windows = standardise(corpus.select(np.arange(60), bundle.manifest.view), bundle.manifest.signal)
    made, expected = logits(rebuilt(bundle), windows), bundle.logits(windows)
    assert np.abs(made - expected).mean() < 0.05 * expected.std()
    assert np.corrcoef(made.ravel(), expected.ravel())[0, 1] > 0.995
    if "model.safetensors" in bundle.manifest.checksums:
        trained = logits(load_model(bundle), windows)
        assert np.abs(made - trained).mean() < np.abs(expected - trained).mean()


def test_training_begins_where_the_network_ended(corpus: Corpus) -> None:
    bundle = Bundle.open(find("lead-I"))
    windows = standardise(corpus.select(np.arange(100), "I"), bundle.manifest.signal)
    model = rebuilt(bundle)
    before = logits(model, windows)
    fit_norms(model, torch.from_numpy(windows))
    np.testing.assert_allclose(logits(model, windows), before, atol=1e-4)
    model.train()
    for layer in model.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    with torch.no_grad():
        np.testing.assert_allclose(model(torch.from_numpy(windows)).logits, before, atol=2e-3)
    unfitted = rebuilt(bundle).train()
    with torch.no_grad():
        assert np.abs(np.asarray(unfitted(torch.from_numpy(windows)).logits) - before).mean() > 0.5


def test_other_layers_and_other_backbones_are_refused() -> None:
    windows = np.random.default_rng(0).normal(size=(32, 1, 200)).astype(np.float32)
    small = build_model("resnet1d", leads=1, classes=3, widths=(8, 16), squeeze_excite=False)
    network = quantise(to_onnx(small.eval(), (1, 200)), windows)
    again = build_model("resnet1d", leads=1, classes=3, widths=(8, 16))
    again.load_state_dict(dequantised_weights(network, again))
    assert np.corrcoef(logits(again, windows).ravel(), run_network(network, windows).ravel())[0, 1] > 0.98
    for widths in ((8, 24), (8, 16, 16), (8,)):
        with pytest.raises(BundleError, match="layers than its manifest states"):
            dequantised_weights(network, build_model("resnet1d", leads=1, classes=3, widths=widths))
    with pytest.raises(BundleError, match="which only a resnet1d can go on from"):
        dequantised_weights(network, build_model("separable1d", leads=1, classes=3))
