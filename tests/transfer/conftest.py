from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from mvkt.transfer import Outputs


class TinyNetwork(nn.Module):
    """A network with batch normalisation and dropout: what training mode would change."""

    def __init__(self, leads: int, classes: int = 3, embedding_dim: int = 6) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim
        self.body = nn.Sequential(
            nn.Conv1d(leads, embedding_dim, 5), nn.BatchNorm1d(embedding_dim), nn.ReLU(), nn.Dropout(0.3)
        )
        self.classifier = nn.Linear(embedding_dim, classes)

    def forward(self, signal: Tensor) -> Outputs:
        embedding = self.body(signal).mean(dim=2)
        return Outputs(self.classifier(embedding), embedding)


class StagedNetwork(TinyNetwork):
    """The same with two stages whose features can be computed."""

    def __init__(self, leads: int, channels: int = 4, embedding_dim: int = 6) -> None:
        super().__init__(leads, embedding_dim=embedding_dim)
        self.stage_channels = (channels, embedding_dim)
        self.first = nn.Conv1d(leads, channels, 5, stride=2)
        self.second = nn.Sequential(nn.Conv1d(channels, embedding_dim, 3), nn.BatchNorm1d(embedding_dim))

    def stage_features(self, signal: Tensor) -> tuple[Outputs, tuple[Tensor, ...]]:
        first = self.first(signal)
        return self._outputs(first), (first, self.second(first.relu()))

    def forward(self, signal: Tensor) -> Outputs:
        return self._outputs(self.first(signal))

    def _outputs(self, first: Tensor) -> Outputs:
        embedding = self.second(first.relu()).mean(dim=2)
        return Outputs(self.classifier(embedding), embedding)


@pytest.fixture
def staged_student() -> StagedNetwork:
    torch.manual_seed(1)
    return StagedNetwork(leads=1)


@pytest.fixture
def staged_teacher() -> StagedNetwork:
    torch.manual_seed(2)
    return StagedNetwork(leads=2, channels=5, embedding_dim=10)


@pytest.fixture
def student() -> TinyNetwork:
    torch.manual_seed(1)
    return TinyNetwork(leads=1)


@pytest.fixture
def teacher() -> TinyNetwork:
    torch.manual_seed(2)
    return TinyNetwork(leads=2, embedding_dim=10)


@pytest.fixture
def targets() -> Tensor:
    """Twelve records of three classes: some with two labels, one with none."""
    return torch.tensor(
        [[1, 0, 0]] * 3 + [[0, 1, 0]] * 3 + [[0, 0, 1]] * 2 + [[1, 1, 0]] * 2 + [[0, 1, 1], [0, 0, 0]],
        dtype=torch.bool,
    )


@pytest.fixture
def signals() -> Tensor:
    """Two leads of the twelve records."""
    return torch.randn(12, 2, 40, generator=torch.Generator().manual_seed(0))
