"""From an ONNX network to steps: one function a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mvkt.bundle.bundle import OUTPUT_NAME
from mvkt.embedded.onnx_graph import Constant, Graph
from mvkt.embedded.steps import (
    Addition,
    Convolution,
    Elementwise,
    Gating,
    Joining,
    Overall,
    Pooling,
    Step,
    StepScaling,
    Value,
)
from mvkt.errors import BundleError

if TYPE_CHECKING:
    import onnx


class NetworkSteps(NamedTuple):
    """What is to be computed: ``steps`` in order, from ``signal`` to ``logits``."""

    signal: Value
    logits: Value
    steps: tuple[Step, ...]

    @property
    def multiplications(self) -> int:
        """Multiply-accumulates for one window, in convolutions and fully connected layers."""
        return sum(step.multiplications for step in self.steps if isinstance(step, Convolution))


def read_network(content: bytes, leads: int, samples: int) -> NetworkSteps:
    """Read what a bundle's network computes.

    Args:
        content: ONNX, in float32 or with quantise-dequantise pairs.
        leads: Of its input.
        samples: Of its input.

    Raises:
        BundleError: It has a layer that is not known here.
    """
    import onnx

    content_graph = onnx.load_model_from_string(content).graph
    graph = Graph(content_graph, Value(leads, samples))
    for node in content_graph.node:
        if node.op_type not in LAYERS:
            raise BundleError(f"there is no C code for {node.op_type}; known: {', '.join(sorted(LAYERS))}")
        if not graph.known(node):
            LAYERS[node.op_type](graph, node)
    return NetworkSteps(graph.signal, graph.value(OUTPUT_NAME), tuple(graph.steps))


def _convolve(graph: Graph, node: onnx.NodeProto) -> None:
    settings, value, weights = _settings(node), graph.value(node.input[0]), graph.constant(node.input[1])
    outputs, inputs, height, kernel = weights.numbers.shape
    depthwise = settings.get("group", 1) == value.channels == outputs > 1
    dilated = any(dilation != 1 for dilation in settings.get("dilations", ()))
    if height != 1 or dilated or (not depthwise and inputs != value.channels):
        raise BundleError(f"there is no C code for a convolution of {weights.numbers.shape} with {settings}")
    left, right = _padding(settings)
    stride = settings.get("strides", [1, 1])[1]
    steps = (value.steps + left + right - kernel) // stride + 1
    reshaped = weights._replace(numbers=weights.numbers.reshape(outputs, inputs, kernel))
    bias = graph.constant(node.input[2]) if len(node.input) > 2 else None
    _keep_convolution(graph, node, reshaped, bias, steps, stride=stride, padding=left, depthwise=depthwise)


def _connect(graph: Graph, node: onnx.NodeProto) -> None:
    settings, weights = {"alpha": 1, "beta": 1, **_settings(node)}, graph.constant(node.input[1])
    if [settings.get(name) for name in ("transB", "alpha", "beta")] != [1, 1, 1]:
        raise BundleError(f"there is no C code for a fully connected layer with {settings}")
    reshaped = weights._replace(numbers=weights.numbers[:, :, np.newaxis])
    _keep_convolution(graph, node, reshaped, graph.constant(node.input[2]), 1)


def _keep_convolution(
    graph: Graph, node: onnx.NodeProto, weights: Constant, bias: Constant | None, steps: int, **settings: Any
) -> None:
    value, result = graph.value(node.input[0]), graph.result(node, rectifies=True)
    outputs = len(weights.numbers)
    if value.scale is None:
        numbers, scales = weights.real, np.empty(0, dtype=np.float32)
        offset = np.zeros(outputs, dtype=np.float32) if bias is None else bias.real
    elif weights.scales is None or weights.numbers.dtype != np.int8:
        raise BundleError("there is no C code for weights in float32 of values in 8 bits")
    else:
        numbers, scales = weights.numbers, np.broadcast_to(weights.scales, outputs)
        offset = np.zeros(outputs, dtype=np.int32) if bias is None else bias.numbers
    output = Value(outputs, steps, result.scale)
    step = Convolution((value,), output, numbers, offset, scales, rectified=result.rectified, **settings)
    graph.keep(step, node, result.name)


def _add(graph: Graph, node: onnx.NodeProto) -> None:
    first, second = (graph.value(name) for name in node.input)
    if (first.channels, first.steps) != (second.channels, second.steps):
        raise BundleError("there is C code for sums of values of one shape only")
    result = graph.result(node, rectifies=True)
    output = Value(first.channels, first.steps, result.scale)
    graph.keep(Addition((first, second), output, result.rectified), node, result.name)


def _multiply(graph: Graph, node: onnx.NodeProto) -> None:
    value, result = graph.value(node.input[0]), graph.result(node)
    output = Value(value.channels, value.steps, result.scale)
    if graph.is_constant(node.input[1]):
        factors = graph.constant(node.input[1])
        if factors.numbers.shape != (1, 1, 1, value.steps):
            raise BundleError("there is C code for a product with one constant a step only")
        graph.keep(StepScaling((value,), output, factors.real.ravel()), node, result.name)
        return
    gate = graph.value(node.input[1])
    if gate.steps != 1 or gate.channels != value.channels:
        raise BundleError("there is C code for a product with one number a channel only")
    graph.keep(Gating((value, gate), output), node, result.name)


def _pool(graph: Graph, node: onnx.NodeProto) -> None:
    settings, value, result = _settings(node), graph.value(node.input[0]), graph.result(node)
    kernel, stride = settings["kernel_shape"][1], settings.get("strides", [1, 1])[1]
    left, right = _padding(settings)
    spare = value.steps + left + right - kernel
    steps = (-(-spare // stride) if settings.get("ceil_mode", 0) else spare // stride) + 1
    counted: tuple[int, ...] = ()
    if node.op_type == "AveragePool":
        low, high = (-left, value.steps + right) if settings.get("count_include_pad", 0) else (0, value.steps)
        first = np.arange(steps) * stride - left
        counted = tuple((np.minimum(first + kernel, high) - np.maximum(first, low)).tolist())
    output = Value(value.channels, steps, result.scale)
    graph.keep(Pooling((value,), output, kernel, stride, left, counted), node, result.name)


def _reduce(graph: Graph, node: onnx.NodeProto) -> None:
    value, result = graph.value(node.input[0]), graph.result(node)
    kind = "mean" if node.op_type == "ReduceMean" else "maximum"
    graph.keep(Overall((value,), Value(value.channels, 1, result.scale), kind), node, result.name)


def _join(graph: Graph, node: onnx.NodeProto) -> None:
    values, result = tuple(graph.value(name) for name in node.input), graph.result(node)
    if any(value.steps != 1 for value in values):
        raise BundleError("there is C code for Concat behind the pooling only")
    output = Value(sum(value.channels for value in values), 1, result.scale)
    graph.keep(Joining(values, output), node, result.name)


def _apply(graph: Graph, node: onnx.NodeProto) -> None:
    value = graph.value(node.input[0])
    kind = "rectify" if node.op_type == "Relu" else "sigmoid"
    graph.keep(Elementwise((value,), Value(value.channels, value.steps), kind), node, node.output[0])


def _settings(node: onnx.NodeProto) -> dict[str, Any]:
    from onnx import helper

    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _padding(settings: Mapping[str, Any]) -> tuple[int, int]:
    pads = settings.get("pads", [0, 0, 0, 0])
    return pads[1], pads[3]


LAYERS: Mapping[str, Callable[[Graph, onnx.NodeProto], None]] = {
    "Add": _add,
    "AveragePool": _pool,
    "Concat": _join,
    "Conv": _convolve,
    "DequantizeLinear": Graph.dequantise,
    "Gemm": _connect,
    "MaxPool": _pool,
    "Mul": _multiply,
    "QuantizeLinear": Graph.quantise,
    "ReduceMax": _reduce,
    "ReduceMean": _reduce,
    "Relu": _apply,
    "Sigmoid": _apply,
    **dict.fromkeys(("Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"), Graph.pass_on),
}
"""ONNX operators for which there is C code."""
