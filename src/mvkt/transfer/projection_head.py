"""The layer by which the embeddings of student and teacher, of different lengths, become comparable."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class ProjectionHead(nn.Module):
    """Linear layer to the space of comparison, then length 1."""

    def __init__(self, embedding_dim: int, projection_dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(embedding_dim, projection_dim)

    def forward(self, embedding: Tensor) -> Tensor:
        """``(..., embedding_dim)`` to ``(..., projection_dim)``."""
        return functional.normalize(self.linear(embedding), dim=-1)
