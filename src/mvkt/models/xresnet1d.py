"""The paper's backbone: xresnet over one dimension.

Source: He et al., *Bag of Tricks for Image Classification with Convolutional Neural Networks*, CVPR 2019 (the
"D" shortcut and the three-layer stem), over one dimension as in Strodthoff et al., *Deep Learning for ECG
Analysis: Benchmarks and Insights from PTB-XL*, IEEE JBHI 2021.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn

from mvkt.models.layers import ConcatPool, KernelSize, Size, convolution_norm
from mvkt.models.model import StagedModel

_STEM_STRIDES = (2, 1, 1)


class XResNet1d(StagedModel):
    """Family of the xresnets; a subclass gives the depth.

    The defaults are those of MVKT-ECG's published code. The smaller networks of the PTB-XL benchmark are
    ``stem_widths=(32, 32, 64)``, ``widths=(64, 64, 64, 64)``, ``kernel_size=5``, ``stem_kernel_size=5``.

    Args:
        leads: Leads of the view.
        classes: Classes of the task.
        stem_widths: Channels of the three convolutions of the stem.
        widths: Inner channels of the blocks of the four stages.
        kernel_size: Samples under a kernel of the blocks.
        stem_kernel_size: The same in the stem.
        dropout: Share of the embedding hidden from the classifier in training.
    """

    blocks: ClassVar[tuple[int, int, int, int]]
    """Residual blocks of each stage."""
    expansion: ClassVar[int]
    """Output channels over inner channels; above 1 the block is a bottleneck."""

    def __init__(
        self,
        *,
        leads: Size,
        classes: Size,
        stem_widths: tuple[Size, Size, Size] = (32, 64, 64),
        widths: tuple[Size, Size, Size, Size] = (64, 128, 256, 512),
        kernel_size: KernelSize = 3,
        stem_kernel_size: KernelSize = 3,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    ) -> None:
        super().__init__(leads=leads, classes=classes, embedding_dim=2 * widths[-1] * self.expansion)
        stem: list[nn.Module] = []
        channels = leads
        for width, stride in zip(stem_widths, _STEM_STRIDES, strict=True):
            stem += [convolution_norm(channels, width, stem_kernel_size, stride=stride), nn.ReLU()]
            channels = width
        self.stem = nn.Sequential(*stem, nn.MaxPool2d((1, 3), stride=(1, 2), padding=(0, 1)))
        stages: list[nn.Module] = []
        for stage, (count, width) in enumerate(zip(self.blocks, widths, strict=True)):
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                stages.append(_Block(channels, width, self.expansion, kernel_size, stride))
                channels = width * self.expansion
        self.stages = nn.Sequential(*stages)
        self.stage_channels = tuple(width * self.expansion for width in widths)
        self.blocks_of_stage = self.blocks
        self.pool = ConcatPool()
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.embedding_dim, classes))


class XResNet1d18(XResNet1d):
    """Eighteen layers."""

    blocks = (2, 2, 2, 2)
    expansion = 1


class XResNet1d34(XResNet1d):
    """Thirty-four layers."""

    blocks = (3, 4, 6, 3)
    expansion = 1


class XResNet1d50(XResNet1d):
    """Fifty layers, in bottlenecks."""

    blocks = (3, 4, 6, 3)
    expansion = 4


class XResNet1d101(XResNet1d):
    """A hundred and one layers, in bottlenecks: the paper's teacher and student."""

    blocks = (3, 4, 23, 3)
    expansion = 4


class _Block(nn.Module):
    """Residual block, plain where ``expansion`` is 1, else a bottleneck."""

    def __init__(self, inputs: int, width: int, expansion: int, kernel_size: int, stride: int) -> None:
        super().__init__()
        outputs = width * expansion
        if expansion == 1:
            layers = [
                convolution_norm(inputs, width, kernel_size, stride=stride),
                nn.ReLU(),
                convolution_norm(width, outputs, kernel_size, zero=True),
            ]
        else:
            layers = [
                convolution_norm(inputs, width),
                nn.ReLU(),
                convolution_norm(width, width, kernel_size, stride=stride),
                nn.ReLU(),
                convolution_norm(width, outputs, zero=True),
            ]
        self.branch = nn.Sequential(*layers)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut.append(nn.AvgPool2d((1, 2), stride=(1, 2), ceil_mode=True))
        if inputs != outputs:
            self.shortcut.append(convolution_norm(inputs, outputs))
        self.activation = nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        activated: Tensor = self.activation(self.branch(features) + self.shortcut(features))
        return activated
