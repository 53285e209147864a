"""Weights for PyTorch out of a network in 8 bits, whose batch normalisation is a part of its convolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mvkt.errors import BundleError
from mvkt.models import EcgModel

if TYPE_CHECKING:
    import onnx

_KNOWN_ORDER = ("ResNet1d",)
"""Backbones whose layers are computed in the order in which they are listed, so that weights find their places."""

_RECORDS_AT_ONCE = 64


class _Layer(NamedTuple):
    """Weights and biases of a convolution or of the last layer, batch normalisation included."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def dequantised_weights(network: bytes, model: EcgModel) -> dict[str, Tensor]:
    """Return the weights of a network for a model of the same architecture.

    In evaluation the model computes what the network does, but for rounding. Each normalisation passes its input on and
    adds the bias; what it would measure in training is unknown, see :func:`fit_norms`.

    Args:
        network: ONNX in 8 bits, as made by :func:`mvkt.embedded.quantise.quantise`.
        model: Of the same architecture, with any weights.

    Raises:
        BundleError: The layers of the network are not those of the model, or its backbone is another than ``resnet1d``.
    """
    name = type(model).__name__
    if name not in _KNOWN_ORDER:
        raise BundleError(
            f"the weights of this {name} are there in 8 bits alone, which only a resnet1d can go on from; export it "
            "again with weights"
        )
    import onnx

    found = _layers(onnx.load_model_from_string(network))
    state = model.state_dict()
    made: dict[str, Tensor] = {}
    for names in _places(model):
        layer = next(found, None)
        if layer is None or state[names[0]].shape != layer.weight.shape:
            raise BundleError("the network in 8 bits has other layers than its manifest states; export it again")
        made |= _given(names, layer, model)
    if next(found, None) is not None:
        raise BundleError("the network in 8 bits has more layers than its manifest states; export it again")
    return {**state, **made}


def _given(names: tuple[str, ...], layer: _Layer, model: EcgModel) -> dict[str, Tensor]:
    weight, *norm = names
    made = {weight: torch.from_numpy(layer.weight.copy())}
    if norm == [weight.removesuffix("weight") + "bias"]:
        return {**made, norm[0]: torch.from_numpy(layer.bias.copy())}
    (prefix,) = norm
    module = cast(nn.BatchNorm2d, model.get_submodule(prefix))
    nothing = torch.zeros(len(layer.bias))
    return {
        **made,
        f"{prefix}.weight": torch.full_like(nothing, (1 + module.eps) ** 0.5),
        f"{prefix}.bias": torch.from_numpy(layer.bias.copy()),
        f"{prefix}.running_mean": nothing,
        f"{prefix}.running_var": torch.ones_like(nothing),
    }


def _places(model: EcgModel) -> Iterator[tuple[str, ...]]:
    """Yield the name of the weights of each layer, with its normalisation or its bias."""
    in_order = sorted(model.named_modules(), key=lambda named: named[0].startswith("classifier"))
    for name, module in in_order:
        if isinstance(module, nn.Conv2d) and module.bias is None:
            container, _, number = name.rpartition(".")
            yield f"{name}.weight", f"{container}.{int(number) + 1}"
        elif isinstance(module, nn.Conv2d) or (isinstance(module, nn.Linear) and name.startswith("classifier")):
            yield f"{name}.weight", f"{name}.bias"


def _layers(network: onnx.ModelProto) -> Iterator[_Layer]:
    """Yield the layers in the order in which they are computed; averages over neighbouring samples are none."""
    from onnx import numpy_helper

    values = {each.name: numpy_helper.to_array(each) for each in network.graph.initializer}
    for node in network.graph.node:
        if node.op_type == "DequantizeLinear" and all(name in values for name in node.input):
            numbers, scale, zero = (values[name] for name in node.input)
            shape = (-1, *([1] * (numbers.ndim - 1))) if scale.ndim else ()
            centred = numbers.astype(np.float32) - zero.astype(np.float32).reshape(shape)
            values[node.output[0]] = centred * scale.reshape(shape)
        elif node.op_type in ("Conv", "Gemm"):
            weight, *bias = (values[name].astype(np.float32) for name in node.input[1:])
            if bias or _groups(node) == 1:
                yield _Layer(weight, bias[0] if bias else np.zeros(len(weight), dtype=np.float32))


def _groups(node: onnx.NodeProto) -> int:
    return next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)


@torch.no_grad()
def fit_norms(model: nn.Module, signals: Tensor) -> None:
    """Give each batch normalisation the mean and variance of what it is given, without a change of what it computes.

    In training a normalisation uses the mean and variance of the batch. Where they are not those that it has stored,
    the first step of a training would compute something else than the network that it goes on from.

    Args:
        model: Any network with batch normalisation.
        signals: ``(records, leads, samples)``, standardised: input of the network.
    """
    norms = {name: module for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)}
    sums = {name: torch.zeros(3, norm.num_features, dtype=torch.float64) for name, norm in norms.items()}

    def counting(total: Tensor) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def count(_: nn.Module, taken: tuple[Tensor, ...]) -> None:
            features = taken[0].double().transpose(0, 1).flatten(1)
            number = torch.full((len(features),), float(features.shape[1]), dtype=torch.float64)
            total.add_(torch.stack([features.sum(1), features.square().sum(1), number]))

        return count

    handles = [norm.register_forward_pre_hook(counting(sums[name])) for name, norm in norms.items()]
    was_training = model.training
    model.eval()
    for start in range(0, len(signals), _RECORDS_AT_ONCE):
        model(signals[start : start + _RECORDS_AT_ONCE])
    model.train(was_training)
    for handle in handles:
        handle.remove()
    for name, norm in norms.items():
        total, squares, number = sums[name]
        stored_mean, stored_variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
        mean = total / number
        variance = (squares / number - mean.square()).clamp(min=0)
        scale = norm.weight.double() / (stored_variance.double() + norm.eps).sqrt()
        shift = norm.bias.double() - scale * stored_mean.double()
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.bias.copy_(shift + scale * mean)
        stored_mean.copy_(mean)
        stored_variance.copy_(variance)
