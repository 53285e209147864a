"""The pieces that backbones are made of: layers along the samples, as two-dimensional layers of height one."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import AfterValidator, Field
from torch import Tensor, nn
from torch.nn import functional

Size = Annotated[int, Field(ge=1)]
"""A count of leads, classes, channels or blocks."""


def _odd(kernel_size: int) -> int:
    if kernel_size % 2 == 0:
        raise ValueError(f"must be odd, so that a step has as many samples before it as after it, got {kernel_size}")
    return kernel_size


KernelSize = Annotated[int, Field(ge=1), AfterValidator(_odd)]
"""Samples under a kernel, odd."""


def convolution(inputs: int, outputs: int, kernel_size: int = 1, *, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """Return a convolution along the samples, without bias, that keeps ``ceil(samples / stride)`` of them.

    Weights are drawn as by He et al. (2015) for ReLU networks. ``kernel_size`` is odd.
    """
    size, strides, padding = (1, kernel_size), (1, stride), (0, kernel_size // 2)
    layer = nn.Conv2d(inputs, outputs, size, strides, padding, groups=groups, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


def convolution_norm(
    inputs: int, outputs: int, kernel_size: int = 1, *, stride: int = 1, groups: int = 1, zero: bool = False
) -> nn.Sequential:
    """Return a convolution with batch normalisation; ``zero`` starts it as the constant 0.

    With as many ``groups`` as channels each channel has a kernel of its own.

    A residual branch that ends in zero lets a block begin as the identity (Goyal et al. 2017, section 5.1).
    """
    norm = nn.BatchNorm2d(outputs)
    if zero:
        nn.init.zeros_(norm.weight)
    return nn.Sequential(convolution(inputs, outputs, kernel_size, stride=stride, groups=groups), norm)


def average_shortcut(inputs: int, outputs: int, *, stride: int) -> nn.Sequential:
    """Return the shortcut of a residual block: a mean where the block strides, a projection where the width changes."""
    shortcut = nn.Sequential()
    if stride != 1:
        # Three samples wide with padding: ceil(samples / 2) steps for even and odd lengths alike.
        shortcut.append(nn.AvgPool2d((1, 3), stride=(1, stride), padding=(0, 1), count_include_pad=False))
    if inputs != outputs:
        shortcut.append(convolution_norm(inputs, outputs))
    return shortcut


class ConcatPool(nn.Module):
    """``(batch, channels, 1, samples)`` to ``(batch, 2 * channels)``: maxima, then means."""

    def forward(self, features: Tensor) -> Tensor:
        """Pool over the samples."""
        if self.training:
            # The same figures. Gradients of reductions are not in channels_last, and all that follows would be slow.
            whole = (1, features.shape[3])
            pooled = [functional.max_pool2d(features, whole), functional.avg_pool2d(features, whole)]
            return torch.cat(pooled, dim=1).flatten(1)
        return torch.cat([features.amax((2, 3)), features.mean((2, 3))], dim=1)


class SqueezeExcite(nn.Module):
    """Scale each channel by a gate that is computed from the whole window.

    Source: Hu et al., *Squeeze-and-Excitation Networks*, CVPR 2018, with reduction 8.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(8, channels // 8)
        self.gate = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1), nn.Sigmoid()
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return ``features`` with every channel scaled by 0 to 1."""
        scaled: Tensor = features * self.gate(features.mean((2, 3), keepdim=True))
        return scaled
