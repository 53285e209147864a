"""A residual network of depthwise-separable convolutions: the student where parameters or energy are scarce."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from mvkt.models.layers import ConcatPool, KernelSize, Size, average_shortcut, convolution_norm
from mvkt.models.model import StagedModel

_STEM_KERNEL_SIZE = 15


class Separable1d(StagedModel):
    """Residual network whose convolutions are first along the samples, channel by channel, then across the channels.

    A convolution of ``kernel_size`` samples over ``width`` channels costs ``width * (kernel_size + width)`` instead of
    ``width * kernel_size * width`` multiplications a step, so that long kernels are nearly free. Otherwise it is built
    like :class:`mvkt.models.resnet1d.ResNet1d`.

    Source: Howard et al., *MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications*, 2017,
    section 3.1, over one dimension.

    Args:
        leads: Leads of the view.
        classes: Classes of the task.
        widths: Channels of each stage.
        blocks: Residual blocks in every stage.
        kernel_size: Samples under a depthwise kernel.
        dropout: Share of the embedding hidden from the classifier in training.
        stem_stride: Samples from one step of the stem to the next.
    """

    def __init__(
        self,
        *,
        leads: Size,
        classes: Size,
        widths: Annotated[tuple[Size, ...], Field(min_length=1)] = (48, 64, 96, 128),
        blocks: Size = 1,
        kernel_size: KernelSize = 9,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2,
        stem_stride: Size = 4,
    ) -> None:
        super().__init__(leads=leads, classes=classes, embedding_dim=2 * widths[-1])
        self.stem = nn.Sequential(convolution_norm(leads, widths[0], _STEM_KERNEL_SIZE, stride=stem_stride), nn.ReLU())
        stages: list[nn.Module] = []
        for before, width in zip((widths[0], *widths), widths, strict=False):
            stages.append(_Block(before, width, kernel_size, stride=2))
            stages += [_Block(width, width, kernel_size, stride=1) for _ in range(blocks - 1)]
        self.stages = nn.Sequential(*stages)
        self.stage_channels, self.blocks_of_stage = tuple(widths), (blocks,) * len(widths)
        self.pool = ConcatPool()
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.embedding_dim, classes))


class _Block(nn.Module):
    """Two separable convolutions beside a shortcut that averages where the block strides."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int, *, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            _depthwise_norm(inputs, kernel_size, stride),
            nn.ReLU(),
            convolution_norm(inputs, outputs),
            nn.ReLU(),
            _depthwise_norm(outputs, kernel_size, 1),
            nn.ReLU(),
            convolution_norm(outputs, outputs, zero=True),
        )
        self.shortcut = average_shortcut(inputs, outputs, stride=stride)
        self.activation = nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        activated: Tensor = self.activation(self.branch(features) + self.shortcut(features))
        return activated


def _depthwise_norm(channels: int, kernel_size: int, stride: int) -> nn.Sequential:
    """A kernel of its own for every channel, with batch normalisation."""
    layer = nn.Conv2d(
        channels,
        channels,
        (1, kernel_size),
        stride=(1, stride),
        padding=(0, kernel_size // 2),
        groups=channels,
        bias=False,
    )
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(layer, nn.BatchNorm2d(channels))
