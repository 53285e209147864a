"""Layers that depend on the whole batch, in a process that runs a share of it: batch normalisation and dropout.

PyTorch's synchronised batch normalisation needs GPUs; this one runs on any device, and gives a single process's result
but for the order of its sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as group
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from mvkt.transfer.gather import process_count, share_of_batch


@contextmanager
def over_the_whole_batch(network: nn.Module) -> Iterator[None]:
    """Let a network in training normalise by the statistics of the whole batch, and draw its dropout for all of it.

    With one process nothing is changed. The modules stay what they are; afterwards they are as before.
    """
    changed: list[nn.Module] = []
    for layer in network.modules() if process_count() > 1 else ():
        function: Callable[..., Tensor] | None = None
        if isinstance(layer, _BatchNorm):
            function = _normalise
        elif isinstance(layer, nn.Dropout):
            function = _drop
        if function is not None:
            layer.forward = partial(function, layer)
            changed.append(layer)
    try:
        yield
    finally:
        for layer in changed:
            del layer.forward


def _drop(layer: nn.Dropout, share: Tensor) -> Tensor:
    if not layer.training or not layer.p:
        return share
    records = len(share) * process_count()
    # The same draw from the same generator as a single process makes.
    kept = functional.dropout(share.new_ones((records, *share.shape[1:])), layer.p)
    return share * kept[share_of_batch(records)]


def _normalise(layer: _BatchNorm, share: Tensor) -> Tensor:
    if not layer.training:
        normalised: Tensor = type(layer).forward(layer, share)
        return normalised
    normalised, mean, variance = _Normalise.apply(share, layer.weight, layer.bias, layer.eps)  # type: ignore[no-untyped-call]
    if layer.running_mean is not None and layer.running_var is not None and layer.num_batches_tracked is not None:
        layer.num_batches_tracked.add_(1)
        momentum = 1 / float(layer.num_batches_tracked) if layer.momentum is None else layer.momentum
        count = share.numel() // share.shape[1] * process_count()
        layer.running_mean.lerp_(mean, momentum)
        layer.running_var.lerp_(variance * (count / max(1, count - 1)), momentum)
    return normalised


class _Normalise(torch.autograd.Function):
    """Batch normalisation ``(batch, channels, ...)`` over the batches of all processes, which are of equal size."""

    @staticmethod
    def forward(
        context: Any, share: Tensor, weight: Tensor, bias: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        signal = share.float()
        variance, mean = torch.var_mean(signal, _others(share), correction=0)
        own = torch.stack([mean, variance])
        parts = [torch.empty_like(own) for _ in range(process_count())]
        group.all_gather(parts, own)
        means, variances = torch.stack(parts).unbind(dim=1)
        mean, variance = means.mean(dim=0), variances.mean(dim=0) + means.var(dim=0, correction=0)
        inverse = (variance + epsilon).rsqrt()
        context.save_for_backward(share, weight, mean, inverse)
        context.mark_non_differentiable(mean, variance)
        scale = weight * inverse
        normalised = signal * _column(scale, share) + _column(bias - mean * scale, share)
        return normalised.to(share.dtype), mean, variance

    @staticmethod
    def backward(context: Any, gradient: Tensor, *_: Any) -> tuple[Tensor, Tensor, Tensor, None]:
        share, weight, mean, inverse = context.saved_tensors
        gradient = gradient.float()
        standard = (share.float() - _column(mean, share)) * _column(inverse, share)
        of_bias = gradient.sum(_others(share))
        of_weight = (gradient * standard).sum(_others(share))
        sums = torch.stack([of_bias, of_weight])
        group.all_reduce(sums)
        sums /= share.numel() // share.shape[1] * process_count()
        centred = gradient - _column(sums[0], share) - standard * _column(sums[1], share)
        return (centred * _column(weight * inverse, share)).to(share.dtype), of_weight, of_bias, None


def _others(signal: Tensor) -> list[int]:
    return [axis for axis in range(signal.dim()) if axis != 1]


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.view(1, -1, *[1] * (like.dim() - 2))
