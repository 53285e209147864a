from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mvkt.embedded.quantise import quantise, run_network
from mvkt.embedded.shift_logits import shift_logits
from mvkt.errors import BundleError

SHIFT = (0.5, -1.25, 0.0)


def test_logits_are_moved_by_the_shift(tiny_network: Callable[..., Any]) -> None:
    network = tiny_network(1, 100, 3).SerializeToString()
    windows = np.random.default_rng(0).normal(size=(5, 1, 100)).astype(np.float32)
    expected = run_network(network, windows) + np.array(SHIFT, dtype=np.float32)
    np.testing.assert_allclose(run_network(shift_logits(network, SHIFT), windows), expected, atol=1e-6)


def test_logits_of_an_8_bit_network_are_moved_alike() -> None:
    import torch

    from mvkt.models import build_model
    from mvkt.training.export.onnx_file import to_onnx

    torch.manual_seed(0)
    model = build_model("resnet1d", leads=1, classes=3, widths=(8, 8), blocks=1).eval()
    windows = np.random.default_rng(0).normal(size=(64, 1, 200)).astype(np.float32)
    network = quantise(to_onnx(model, (1, 200)), windows)
    expected = run_network(network, windows) + np.array(SHIFT, dtype=np.float32)
    np.testing.assert_allclose(run_network(shift_logits(network, SHIFT), windows), expected, atol=2e-3)


def test_a_shift_of_another_length_is_refused(tiny_network: Callable[..., Any]) -> None:
    with pytest.raises(BundleError, match=r"shape \(2,\) for logits of shape \(3,\)"):
        shift_logits(tiny_network(1, 100, 3).SerializeToString(), (0.0, 1.0))


def test_a_network_that_ends_in_something_else_is_refused(tiny_network: Callable[..., Any]) -> None:
    model = tiny_network(1, 100, 3)
    model.graph.node[-1].output[0] = "almost"
    model.graph.node.append(type(model.graph.node[0])(op_type="Relu", input=["almost"], output=["logits"]))
    with pytest.raises(BundleError, match="ends in Relu"):
        shift_logits(model.SerializeToString(), SHIFT)
