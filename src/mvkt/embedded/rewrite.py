"""Changes of an ONNX network that leave what it computes as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import INPUT_NAME, OUTPUT_NAME

if TYPE_CHECKING:
    import onnx


def averages_as_convolutions(network: onnx.ModelProto) -> onnx.ModelProto:
    """Write every average over neighbouring samples as a convolution of each channel with equal weights.

    ONNX Runtime averages 8-bit numbers ten times more slowly than it convolves them: in a student of 215 K parameters
    half of the time went into four averages. Where the ends of the recording leave fewer samples to average, the
    result is multiplied by a constant.

    Args:
        network: Over ``(batch, channels, 1, samples)``.
    """
    import onnx
    from onnx import helper

    shapes = _shapes(onnx.shape_inference.infer_shapes(network))
    rewritten = onnx.ModelProto()
    rewritten.CopyFrom(network)
    del rewritten.graph.node[:]
    for node in network.graph.node:
        if node.op_type != "AveragePool":
            rewritten.graph.node.append(node)
            continue
        settings = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        nodes, constants = _average(node, settings, shapes[node.input[0]], shapes[node.output[0]])
        rewritten.graph.node.extend(nodes)
        rewritten.graph.initializer.extend(constants)
    return rewritten


def _average(
    node: onnx.NodeProto, settings: Mapping[str, Any], before: list[int], after: list[int]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    from onnx import helper, numpy_helper

    kernel, stride = settings["kernel_shape"][1], settings["strides"][1]
    pads = settings.get("pads", [0, 0, 0, 0])
    left, (channels, samples), steps = pads[1], (before[1], before[3]), after[3]
    right = max(0, (steps - 1) * stride + kernel - samples - left)  # more than the padding where lengths round up
    convolution: dict[str, Any] = {
        "kernel_shape": [1, kernel],
        "strides": [1, stride],
        "pads": [0, left, 0, right],
        "group": channels,
    }
    (result,), weight, scale = node.output, f"{node.output[0]}.weight", f"{node.output[0]}.scale"
    constants = [numpy_helper.from_array(np.full((channels, 1, 1, kernel), 1 / kernel, dtype=np.float32), weight)]
    whole = kernel / _averaged(samples, steps, kernel, stride, pads, settings.get("count_include_pad", 0))
    if (whole == 1).all():
        return [helper.make_node("Conv", [node.input[0], weight], [result], node.name, **convolution)], constants
    sums = f"{result}.sums"
    constants.append(numpy_helper.from_array(whole.astype(np.float32).reshape(1, 1, 1, -1), scale))
    return [
        helper.make_node("Conv", [node.input[0], weight], [sums], node.name, **convolution),
        helper.make_node("Mul", [sums, scale], [result], f"{node.name}.ends"),
    ], constants


def _averaged(
    samples: int, steps: int, kernel: int, stride: int, pads: list[int], with_padding: int
) -> NDArray[np.float64]:
    """How many samples go into each average."""
    low, high = (-pads[1], samples + pads[3]) if with_padding else (0, samples)
    first = np.arange(steps) * stride - pads[1]
    counts: NDArray[np.float64] = (np.minimum(first + kernel, high) - np.maximum(first, low)).astype(np.float64)
    return counts


def _shapes(network: onnx.ModelProto) -> dict[str, list[int]]:
    values = (*network.graph.input, *network.graph.value_info, *network.graph.output)
    return {value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim] for value in values}


def shortened(network: onnx.ModelProto) -> onnx.ModelProto:
    """Give every value but input and output a short name, and keep constants that are equal once.

    In a small 8-bit network, names and zero points take as much room as the weights.
    """
    import onnx

    short = onnx.ModelProto()
    short.CopyFrom(network)
    graph = short.graph
    graph.ClearField("value_info")
    graph.ClearField("initializer")
    names = {INPUT_NAME: INPUT_NAME, OUTPUT_NAME: OUTPUT_NAME, "": ""}
    seen: dict[bytes, str] = {}
    for constant in network.graph.initializer:
        nameless = onnx.TensorProto()
        nameless.CopyFrom(constant)
        nameless.ClearField("name")
        content = nameless.SerializeToString(deterministic=True)
        if content not in seen:
            seen[content] = f"c{len(seen)}"
            nameless.name = seen[content]
            graph.initializer.append(nameless)
        names[constant.name] = seen[content]
    for node in graph.node:
        node.ClearField("name")
        node.input[:] = [names.setdefault(name, f"v{len(names)}") for name in node.input]
        node.output[:] = [names.setdefault(name, f"v{len(names)}") for name in node.output]
    return short
