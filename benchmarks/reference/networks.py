"""The two backbones over ``Conv1d``; both return logits and the embedding that the classifier is given."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def conv_norm(inputs: int, outputs: int, kernel_size: int = 1, stride: int = 1) -> nn.Sequential:
    """Convolution and batch normalisation."""
    convolution = nn.Conv1d(inputs, outputs, kernel_size, stride, padding=kernel_size // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs))


class Block(nn.Module):
    """Residual block: ``relu(branch(x) + shortcut(x))``. The branch begins as 0, so the block as its shortcut."""

    def __init__(self, branch: list[nn.Module], shortcut: list[nn.Module]) -> None:
        super().__init__()
        self.branch, self.shortcut = nn.Sequential(*branch), nn.Sequential(*shortcut)
        last = [module for module in self.branch.modules() if isinstance(module, nn.BatchNorm1d)][-1]
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.branch(x) + self.shortcut(x))


class Network(nn.Module):
    """Stem, stages, maxima and means over time, dropout, linear classifier."""

    def __init__(self, stem: nn.Module, stages: nn.Module, channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.stem, self.stages = stem, stages
        self.embedding_dim = 2 * channels
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.embedding_dim, classes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.stages(self.stem(x))
        embedding = torch.cat([features.amax(dim=2), features.mean(dim=2)], dim=1)
        return self.classifier(embedding), embedding


def resnet1d(
    leads: int, classes: int, widths: tuple[int, ...] = (32, 64, 96, 128), kernel_size: int = 7, dropout: float = 0.2
) -> Network:
    """The small residual network: one strided block a width."""
    stem = nn.Sequential(conv_norm(leads, widths[0], 15, stride=2), nn.ReLU())
    stages, inputs = [], widths[0]
    for width in widths:
        branch = [conv_norm(inputs, width, kernel_size, stride=2), nn.ReLU(), conv_norm(width, width, kernel_size)]
        shortcut: list[nn.Module] = [nn.AvgPool1d(3, stride=2, padding=1, count_include_pad=False)]
        if inputs != width:
            shortcut.append(conv_norm(inputs, width))
        stages.append(Block(branch, shortcut))
        inputs = width
    return Network(stem, nn.Sequential(*stages), inputs, classes, dropout)


def xresnet1d(
    leads: int,
    classes: int,
    blocks: tuple[int, int, int, int] = (3, 4, 23, 3),
    expansion: int = 4,
    widths: tuple[int, int, int, int] = (64, 128, 256, 512),
    dropout: float = 0.0,
) -> Network:
    """The paper's network; by default the one of 101 layers. With ``expansion`` 1 the blocks are plain ones.

    Source: He et al., *Bag of Tricks*, CVPR 2019, over one dimension as in Strodthoff et al., IEEE JBHI 2021.
    """
    stem: list[nn.Module] = []
    inputs = leads
    for width, stride in ((32, 2), (64, 1), (64, 1)):
        stem += [conv_norm(inputs, width, 3, stride), nn.ReLU()]
        inputs = width
    stages = []
    for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
        for number in range(count):
            stride = 2 if stage > 0 and number == 0 else 1
            stages.append(_xresnet_block(inputs, width, expansion, stride))
            inputs = width * expansion
    stem.append(nn.MaxPool1d(3, stride=2, padding=1))
    return Network(nn.Sequential(*stem), nn.Sequential(*stages), inputs, classes, dropout)


def _xresnet_block(inputs: int, width: int, expansion: int, stride: int) -> Block:
    outputs = width * expansion
    if expansion == 1:
        branch = [conv_norm(inputs, width, 3, stride), nn.ReLU(), conv_norm(width, outputs, 3)]
    else:
        branch = [conv_norm(inputs, width), nn.ReLU(), conv_norm(width, width, 3, stride), nn.ReLU()]
        branch.append(conv_norm(width, outputs))
    shortcut: list[nn.Module] = [nn.AvgPool1d(2, stride=2, ceil_mode=True)] if stride != 1 else []
    if inputs != outputs:
        shortcut.append(conv_norm(inputs, outputs))
    return Block(branch, shortcut)
