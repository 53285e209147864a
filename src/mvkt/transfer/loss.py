"""What a transfer loss is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple, Protocol, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from mvkt.settings import Settings

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""How much a loss, or a part of a loss, counts."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A temperature."""

Dimension = Annotated[int, Field(ge=1)]
"""Length of a vector."""


def text_or_number(given: Any) -> str:
    """Return which of a setting's two kinds a value is, so that a fault names the kind that was meant."""
    return "text" if isinstance(given, str) else "number"


class LossSettings(Settings):
    """Base of the table of a loss in ``[transfer]``; a number in the place of the table is the weight.

    Attributes:
        weight: Of the loss; with 0 it is not computed.
    """

    weight: Weight

    @property
    def needs_targets(self) -> bool:
        """Whether the loss is built from the labels of all training records (``context.targets``)."""
        return False

    @model_validator(mode="before")
    @classmethod
    def _a_number_is_the_weight(cls, given: Any) -> Any:
        if isinstance(given, bool) or not isinstance(given, int | float | Mapping | LossSettings):
            raise ValueError(f"expected its weight, or a table with weight and its settings, got {given!r}")
        return {"weight": given} if isinstance(given, int | float) else given


class ModelOutput(Protocol):
    """What a student or teacher returns."""

    @property
    def logits(self) -> Tensor:
        """``(batch, classes)``."""

    @property
    def embedding(self) -> Tensor:
        """``(batch, embedding_dim)``."""


class Outputs(NamedTuple):
    """The outputs of a network for a batch or for all training records.

    Attributes:
        logits: ``(batch, classes)``.
        embedding: ``(batch, embedding_dim)``.
        features: ``(batch, channels, steps)`` of each stage, where a loss needs them; else empty.
    """

    logits: Tensor
    embedding: Tensor
    features: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class TransferContext:
    """What a loss may need to know when it is built.

    Attributes:
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
        targets: ``(records, classes)`` labels of all training records, where a loss needs them.
        fixed_teacher: Whether every batch comes with the teacher's embeddings of all training records.
        teacher_weights: ``(records, classes)``, how much each output of the teacher counts, if given.
        student_channels: Channels of the stages of the student; empty where it has none.
        teacher_channels: Channels of the stages of the teacher; empty where it has none.
    """

    student_dim: int
    teacher_dim: int
    targets: Tensor | None = None
    fixed_teacher: bool = False
    teacher_weights: Tensor | None = None
    student_channels: tuple[int, ...] = ()
    teacher_channels: tuple[int, ...] = ()


@dataclass(frozen=True)
class TransferBatch:
    """What a loss may need to know of a batch beyond the outputs.

    Attributes:
        targets: ``(batch, classes)`` labels, 0 to 1: records that were mixed have shares of labels.
        rows: ``(batch,)`` positions of the batch's records among the training records; of a mixture, the record
            that has the largest part in it.
        teacher_embeddings: ``(records, teacher_dim)`` of all training records where the teacher is fixed.
        generator: Decides everything random; None is PyTorch's global generator.
    """

    targets: Tensor
    rows: Tensor
    teacher_embeddings: Tensor | None = None
    generator: torch.Generator | None = None


class TransferLoss(nn.Module):
    """Base of the losses by which a student learns from a teacher.

    Attributes:
        Settings: The table of the loss in ``[transfer]``.
        needs_features: Whether the outputs must have the features of the stages. The networks then have to keep
            them, and the teacher has to run on every batch.
    """

    Settings: ClassVar[type[LossSettings]]
    needs_features: ClassVar[bool] = False

    @classmethod
    def build(cls, settings: Any, context: TransferContext) -> Self:
        """Build the loss for a student, a teacher and a training set.

        Args:
            settings: An instance of ``Settings``.
            context: Student, teacher and training set.

        Raises:
            RecipeError: The context lacks something that the loss needs.
        """
        raise NotImplementedError

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch, a scalar before weighting; the teacher's output has no gradient."""
        raise NotImplementedError


def full_precision(tensor: Tensor) -> Tensor:
    """Return the tensor in float32, or in float64 where it came so."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()
