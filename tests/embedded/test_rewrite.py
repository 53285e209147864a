"""What is rewritten computes the same."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.embedded.conftest import noise

from mvkt.embedded.quantise import run_network
from mvkt.embedded.rewrite import averages_as_convolutions, shortened


def averaging(samples: int, **settings: object) -> onnx.ModelProto:
    """A network that is nothing but an average over ``(batch, 2, 1, samples)``."""
    graph = helper.make_graph(
        [helper.make_node("AveragePool", ["signal"], ["logits"], name="average", **settings)],
        "average",
        [helper.make_tensor_value_info("signal", TensorProto.FLOAT, ["batch", 2, 1, samples])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.mark.parametrize("samples", [10, 11])
@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_shape": [1, 3], "strides": [1, 2], "pads": [0, 1, 0, 1], "count_include_pad": 0},
        {"kernel_shape": [1, 3], "strides": [1, 2], "pads": [0, 1, 0, 1], "count_include_pad": 1},
        {"kernel_shape": [1, 2], "strides": [1, 2], "ceil_mode": 1},
        {"kernel_shape": [1, 4], "strides": [1, 1], "pads": [0, 2, 0, 1]},
    ],
)
def test_averages_stay_what_they_are(samples: int, settings: dict[str, object]) -> None:
    network = averaging(samples, **settings)
    signal = np.random.default_rng(0).normal(size=(3, 2, 1, samples)).astype(np.float32)
    rewritten = averages_as_convolutions(network)
    kinds = {node.op_type for node in rewritten.graph.node}
    assert "Conv" in kinds
    assert "AveragePool" not in kinds
    expected = run_network(network.SerializeToString(), signal)
    np.testing.assert_allclose(run_network(rewritten.SerializeToString(), signal), expected, atol=1e-6)
    assert [node.op_type for node in network.graph.node] == ["AveragePool"], "the original is left alone"


def test_ends_are_scaled_only_where_samples_are_missing() -> None:
    whole = averages_as_convolutions(averaging(10, kernel_shape=[1, 2], strides=[1, 2]))
    assert [node.op_type for node in whole.graph.node] == ["Conv"]
    padded = averages_as_convolutions(averaging(10, kernel_shape=[1, 3], strides=[1, 2], pads=[0, 1, 0, 1]))
    assert [node.op_type for node in padded.graph.node] == ["Conv", "Mul"]


def test_a_network_with_short_names_computes_the_same(networks: dict[str, bytes], quantised: dict[str, bytes]) -> None:
    for content in (networks["plain"], quantised["plain"]):
        network = onnx.load_model_from_string(content)
        short = shortened(network)
        onnx.checker.check_model(short, full_check=True)
        assert [value.name for value in (*short.graph.input, *short.graph.output)] == ["signal", "logits"]
        assert max(len(name) for node in short.graph.node for name in (*node.input, *node.output)) <= len("signal")
        assert short.ByteSize() <= network.ByteSize()
        contents = [
            (constant.data_type, tuple(constant.dims), numpy_helper.to_array(constant).tobytes())
            for constant in short.graph.initializer
        ]
        assert len(set(contents)) == len(contents)
        np.testing.assert_array_equal(run_network(short.SerializeToString(), noise()), run_network(content, noise()))
