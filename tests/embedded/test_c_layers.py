from __future__ import annotations

import onnx
import pytest
import torch

from mvkt.embedded.c_layers import LAYERS, read_network
from mvkt.embedded.steps import Convolution, Overall, Pooling
from mvkt.errors import BundleError
from mvkt.models import build_model
from mvkt.training.export.onnx_file import to_onnx


@pytest.mark.parametrize("samples", [1000, 999, 250])
def test_shapes_are_those_of_the_model(samples: int) -> None:
    model = build_model("resnet1d", leads=1, classes=5, widths=(8, 16)).eval()
    shapes: list[tuple[int, int]] = []
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.AvgPool2d):
            module.register_forward_hook(lambda _module, _inputs, out: shapes.append((out.shape[1], out.shape[3])))
    network = read_network(to_onnx(model, (1, samples)), 1, samples)
    shapes.clear()
    with torch.no_grad():
        model(torch.zeros(1, 1, samples))
    found = [
        (step.output.channels, step.output.steps)
        for step in network.steps
        if isinstance(step, Convolution | Pooling) and step.output is not network.logits
    ]
    assert sorted(found) == sorted(shapes)
    assert (network.logits.channels, network.logits.steps) == (5, 1)
    assert sum(isinstance(step, Overall) for step in network.steps) == 2


def test_multiplications_against_a_count_by_hand() -> None:
    model = build_model("resnet1d", leads=1, classes=5, widths=(8, 16), kernel_size=5).eval()
    network = read_network(to_onnx(model, (1, 1000)), 1, 1000)
    stem = 500 * 8 * 15
    first = 250 * 5 * (8 * 8 + 8 * 8)
    second = 125 * (5 * (8 * 16 + 16 * 16) + 8 * 16)
    assert network.multiplications == stem + first + second + 32 * 5
    separable = build_model("separable1d", leads=1, classes=5, widths=(8,), kernel_size=9).eval()
    network = read_network(to_onnx(separable, (1, 1000)), 1, 1000)
    assert network.multiplications == 250 * 8 * 15 + 125 * 2 * (8 * 9 + 8 * 8) + 16 * 5


def test_relus_are_computed_with_their_layers(networks: dict[str, bytes], quantised: dict[str, bytes]) -> None:
    for content in (networks["plain"], quantised["plain"]):
        graph = onnx.load_model_from_string(content).graph
        layers = sum(node.op_type in ("Conv", "Gemm") for node in graph.node)
        steps = read_network(content, 1, 1000).steps
        assert sum(isinstance(step, Convolution) for step in steps) == layers
        assert not any(type(step).__name__ == "Elementwise" for step in steps)


def test_a_layer_without_code_is_named(tiny_network: object) -> None:
    network: bytes = tiny_network(1, 1000, 3).SerializeToString()  # type: ignore[operator]
    with pytest.raises(BundleError, match="there is no C code for Abs; known: " + ", ".join(sorted(LAYERS))):
        read_network(network, 1, 1000)


def _dilated(node: onnx.NodeProto) -> None:
    next(attribute for attribute in node.attribute if attribute.name == "dilations").ints[:] = [1, 2]


def _scaled(node: onnx.NodeProto) -> None:
    next(attribute for attribute in node.attribute if attribute.name == "alpha").f = 2.0


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [("Conv", _dilated, "a convolution of"), ("Gemm", _scaled, "a fully connected layer with")],
)
def test_settings_without_code_are_refused(kind: str, change: object, message: str, networks: dict[str, bytes]) -> None:
    model = onnx.load_model_from_string(networks["plain"])
    change(next(node for node in model.graph.node if node.op_type == kind))  # type: ignore[operator]
    with pytest.raises(BundleError, match=f"there is no C code for {message}"):
        read_network(model.SerializeToString(), 1, 1000)


def test_values_that_move_between_layers_are_refused(networks: dict[str, bytes]) -> None:
    model = onnx.load_model_from_string(networks["plain"])
    relu = next(node for node in model.graph.node if node.op_type == "Relu")
    relu.op_type = "Transpose"
    with pytest.raises(BundleError, match="no C code for Transpose between the layers"):
        read_network(model.SerializeToString(), 1, 1000)
