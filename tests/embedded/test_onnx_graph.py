from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from mvkt.embedded.onnx_graph import Constant, Graph
from mvkt.embedded.steps import Quantisation, Value
from mvkt.errors import BundleError


def graph_of(nodes: list[onnx.NodeProto], **constants: object) -> Graph:
    made = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    return Graph(helper.make_graph(nodes, "g", [], [], made), Value(1, 10))


def quantised(source: str, result: str, zero: str = "zero") -> onnx.NodeProto:
    return helper.make_node("QuantizeLinear", [source, "size", zero], [result])


SIZE = np.float32(0.5)


def test_results_go_as_far_as_they_are_read_once() -> None:
    conv, relu = helper.make_node("Conv", ["signal"], ["a"]), helper.make_node("Relu", ["a"], ["b"])
    graph = graph_of([conv, relu, quantised("b", "c")], size=SIZE, zero=np.uint8(7))
    assert graph.result(conv, rectifies=True) == ("c", Quantisation(0.5, 7), True)
    assert graph.result(conv) == ("a", None, False)
    twice = graph_of([conv, relu, helper.make_node("Sigmoid", ["a"], ["d"])])
    assert twice.result(conv, rectifies=True) == ("a", None, False)


def test_quantised_constants_stand_for_real_ones() -> None:
    node = helper.make_node("DequantizeLinear", ["w", "size", "zero"], ["d"])
    graph = graph_of([node], w=np.array([0, 3, 255], dtype=np.uint8), size=SIZE, zero=np.uint8(3))
    graph.dequantise(node)
    np.testing.assert_array_equal(graph.constant("d").real, [-1.5, 0, 126])
    np.testing.assert_array_equal(Constant(np.array([1.5])).real, np.array([1.5], dtype=np.float32))
    assert graph.is_constant("d")
    assert not graph.is_constant("signal")


def test_a_constant_in_the_place_of_a_computed_value_is_an_error_and_the_reverse() -> None:
    graph = graph_of([], w=np.zeros(3))
    with pytest.raises(BundleError, match="'w' is a constant where something computed"):
        graph.value("w")
    with pytest.raises(BundleError, match="'signal' is computed where a constant"):
        graph.constant("signal")


def test_quantisation_there_is_no_code_for() -> None:
    node = quantised("signal", "q")
    with pytest.raises(BundleError, match="activations of uint8 with one scale, not for int8"):
        graph_of([node], size=SIZE, zero=np.int8(0)).quantise(node)
    weights = helper.make_node("DequantizeLinear", ["w", "size", "zero"], ["d"], axis=0)
    graph = graph_of([weights], w=np.zeros(2, np.int8), size=np.ones(2, np.float32), zero=np.ones(2, np.int8))
    with pytest.raises(BundleError, match="quantised around 0 only"):
        graph.dequantise(weights)
