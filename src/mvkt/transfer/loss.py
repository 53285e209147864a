"""What a transfer loss is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor, nn

from mvkt.transfer.settings import TransferSettings


class ModelOutput(Protocol):
    """What a student or teacher returns."""

    @property
    def logits(self) -> Tensor:
        """``(batch, classes)``."""

    @property
    def embedding(self) -> Tensor:
        """``(batch, embedding_dim)``."""


class Outputs(NamedTuple):
    """Logits and embeddings, of a batch or of all training records."""

    logits: Tensor
    embedding: Tensor


@dataclass(frozen=True)
class TransferContext:
    """What a loss may need to know when it is built.

    Attributes:
        settings: Of the transfer.
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
        targets: ``(records, classes)`` labels of all training records, if they were given.
        fixed_teacher: Whether every batch comes with the teacher's embeddings of all training records.
    """

    settings: TransferSettings
    student_dim: int
    teacher_dim: int
    targets: Tensor | None
    fixed_teacher: bool


@dataclass(frozen=True)
class TransferBatch:
    """What a loss may need to know of a batch beyond the outputs.

    Attributes:
        targets: ``(batch, classes)`` labels.
        rows: ``(batch,)`` positions of the batch's records among the training records.
        teacher_embeddings: ``(records, teacher_dim)`` of all training records where the teacher is fixed.
        generator: Decides everything random; None is PyTorch's global one.
    """

    targets: Tensor
    rows: Tensor
    teacher_embeddings: Tensor | None = None
    generator: torch.Generator | None = None


class TransferLoss(nn.Module):
    """Base of the losses by which a student learns from a teacher."""

    @classmethod
    def build(cls, context: TransferContext) -> Self:
        """Build the loss for a student, a teacher and a training set.

        Raises:
            RecipeError: The context lacks something that the loss needs.
        """
        raise NotImplementedError

    def forward(self, student: ModelOutput, teacher: ModelOutput, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch, a scalar before weighting; the teacher's output has no gradient."""
        raise NotImplementedError


def full_precision(tensor: Tensor) -> Tensor:
    """Return the tensor in float32, or in float64 where it came so."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()
