from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tests.embedded.conftest import NETWORKS, noise

from mvkt.embedded.quantise import RANGES, quantise, run_network
from mvkt.errors import BundleError


@pytest.mark.parametrize("name", NETWORKS)
def test_8_bits_compute_nearly_what_float32_computes(name: str, networks: dict[str, bytes]) -> None:
    leads = NETWORKS[name][1]
    exact = run_network(networks[name], noise(leads, seed=3))
    small = run_network(quantise(networks[name], noise(leads)), noise(leads, seed=3))
    assert np.abs(small - exact).max() < 0.25 * np.ptp(exact)
    assert np.abs(small - exact).mean() < 0.05 * np.ptp(exact)


@pytest.mark.parametrize("ranges", RANGES)
def test_every_way_to_choose_ranges(ranges: str, networks: dict[str, bytes], capfd: pytest.CaptureFixture[str]) -> None:
    windows = noise(windows=70)
    content = quantise(networks["plain"], windows, ranges)
    assert content == quantise(networks["plain"], windows, ranges), "the same network gives the same bytes"
    assert capfd.readouterr() == ("", "")
    exact = run_network(networks["plain"], noise(seed=3))
    assert np.abs(run_network(content, noise(seed=3)) - exact).mean() < 0.1 * np.ptp(exact)


def test_weights_have_7_bits_a_channel_and_the_first_layer_stays(quantised: dict[str, bytes]) -> None:
    graph = onnx.load_model_from_string(quantised["plain"]).graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    eight = [values for values in constants.values() if values.dtype == np.int8 and values.ndim > 1]
    assert len(eight) >= 6
    assert all(np.abs(values.astype(int)).max() <= 64 for values in eight)
    first = next(node for node in graph.node if node.op_type == "Conv")
    assert constants[first.input[1]].dtype == np.float32
    assert not {"AveragePool", "Relu"} & {node.op_type for node in graph.node[graph.node[:].index(first) + 2 :]}
    assert graph.node[-1].op_type == "Gemm", "logits are not rounded to 8 bits"
    scales = {node.input[0]: constants[node.input[1]].size for node in graph.node if node.op_type == "DequantizeLinear"}
    widest = max(eight, key=lambda values: values.size)
    name = next(name for name, values in constants.items() if values is widest)
    assert scales[name] == len(widest), "one scale a channel"


def test_8_bits_are_smaller(networks: dict[str, bytes], quantised: dict[str, bytes]) -> None:
    assert len(quantised["separable"]) < len(networks["separable"])


def test_ranges_come_from_the_windows(networks: dict[str, bytes]) -> None:
    exact = run_network(networks["plain"], noise(seed=3))
    absurd = run_network(quantise(networks["plain"], noise() / 1000), noise(seed=3))
    assert np.abs(absurd - exact).mean() > 0.1 * np.ptp(exact)


def test_what_cannot_be_quantised(tiny_network: object) -> None:
    network: bytes = tiny_network(1, 1000, 3).SerializeToString()  # type: ignore[operator]
    with pytest.raises(BundleError, match="has no convolution"):
        quantise(network, noise())


def test_run_network_takes_any_number_of_windows(networks: dict[str, bytes]) -> None:
    many = noise(windows=130)
    logits = run_network(networks["plain"], many)
    assert logits.shape == (130, 3)
    np.testing.assert_allclose(run_network(networks["plain"], many[100:101]), logits[100:101], atol=1e-5)
