"""The small residual network: our own student, and wider, our own teacher."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from mvkt.models.layers import ConcatPool, KernelSize, Size, SqueezeExcite, average_shortcut, convolution_norm
from mvkt.models.model import StagedModel

_STEM_KERNEL_SIZE = 15


class ResidualBlock(nn.Module):
    """A branch of convolutions beside a shortcut that averages where the block strides."""

    def __init__(self, branch: nn.Sequential, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = average_shortcut(inputs, outputs, stride=stride)
        self.activation = nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        """``(batch, inputs, 1, samples)`` to ``(batch, outputs, 1, ceil(samples / stride))``."""
        activated: Tensor = self.activation(self.branch(features) + self.shortcut(features))
        return activated


class ResidualNetwork(StagedModel):
    """Stem, a stage of residual blocks a width, whose first block strides by 2, and maxima and means of the last.

    Args:
        leads: Leads of the view.
        classes: Classes of the task.
        widths: Channels of each stage.
        blocks: Residual blocks in every stage.
        dropout: Share of the embedding hidden from the classifier in training.
        stem_stride: Samples from one step of the stem to the next.
        block: Makes a block from its channels before and after, and its stride.
    """

    def __init__(
        self,
        leads: int,
        classes: int,
        widths: tuple[int, ...],
        blocks: int,
        dropout: float,
        stem_stride: int,
        block: Callable[[int, int, int], ResidualBlock],
    ) -> None:
        super().__init__(leads=leads, classes=classes, embedding_dim=2 * widths[-1])
        self.stem = nn.Sequential(convolution_norm(leads, widths[0], _STEM_KERNEL_SIZE, stride=stem_stride), nn.ReLU())
        stages: list[nn.Module] = []
        for before, width in zip((widths[0], *widths), widths, strict=False):
            stages.append(block(before, width, 2))
            stages += [block(width, width, 1) for _ in range(blocks - 1)]
        self.stages = nn.Sequential(*stages)
        self.stage_channels, self.blocks_of_stage = tuple(widths), (blocks,) * len(widths)
        self.pool = ConcatPool()
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.embedding_dim, classes))


class ResNet1d(ResidualNetwork):
    """Residual network with one strided stage a width.

    The stem and every stage halve the samples: with four stages, 1,000 samples become 32 steps, which are
    pooled by maximum and mean. Widths in multiples of 32 suit the matrix units of processors. Nearly all of the
    computing is behind the stem, so a stem that strides by 4 makes the network twice as fast.

    Args:
        leads: Leads of the view.
        classes: Classes of the task.
        widths: Channels of each stage. (64, 128, 192, 256) makes a teacher of about 1.5 M parameters.
        blocks: Residual blocks in every stage.
        kernel_size: Samples under a kernel of the blocks.
        dropout: Share of the embedding hidden from the classifier in training.
        squeeze_excite: Whether each block ends in a squeeze-and-excitation gate.
        stem_stride: Samples from one step of the stem to the next.
    """

    def __init__(
        self,
        *,
        leads: Size,
        classes: Size,
        widths: Annotated[tuple[Size, ...], Field(min_length=1)] = (32, 64, 96, 128),
        blocks: Size = 1,
        kernel_size: KernelSize = 7,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2,
        squeeze_excite: bool = False,
        stem_stride: Size = 2,
    ) -> None:
        def block(inputs: int, outputs: int, stride: int) -> ResidualBlock:
            branch = nn.Sequential(
                convolution_norm(inputs, outputs, kernel_size, stride=stride),
                nn.ReLU(),
                convolution_norm(outputs, outputs, kernel_size, zero=True),
            )
            if squeeze_excite:
                branch.append(SqueezeExcite(outputs))
            return ResidualBlock(branch, inputs, outputs, stride)

        super().__init__(leads, classes, widths, blocks, dropout, stem_stride, block)
