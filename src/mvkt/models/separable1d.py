"""A residual network of depthwise-separable convolutions: the student where parameters or energy are scarce."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import nn

from mvkt.models.layers import KernelSize, Size, convolution_norm
from mvkt.models.resnet1d import ResidualBlock, ResidualNetwork


class Separable1d(ResidualNetwork):
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
        def block(inputs: int, outputs: int, stride: int) -> ResidualBlock:
            branch = nn.Sequential(
                convolution_norm(inputs, inputs, kernel_size, stride=stride, groups=inputs),
                nn.ReLU(),
                convolution_norm(inputs, outputs),
                nn.ReLU(),
                convolution_norm(outputs, outputs, kernel_size, groups=outputs),
                nn.ReLU(),
                convolution_norm(outputs, outputs, zero=True),
            )
            return ResidualBlock(branch, inputs, outputs, stride)

        super().__init__(leads, classes, widths, blocks, dropout, stem_stride, block)
