"""Relational knowledge distillation: how records lie to each other, instead of where each of them lies.

Source: Park, Kim, Lu, Cho, *Relational Knowledge Distillation*, CVPR 2019, equations 5 to 9.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from mvkt.transfer.loss import (
    LossSettings,
    Outputs,
    TransferBatch,
    TransferContext,
    TransferLoss,
    Weight,
    full_precision,
)


class RelationalSettings(LossSettings):
    """Settings of ``[transfer.relational]``.

    Attributes:
        distance: Weight of the distances between two records.
        angle: Weight of the angles between three.
    """

    distance: Weight = 1.0
    angle: Weight = 2.0


def relational_loss(
    student_embedding: Tensor, teacher_embedding: Tensor, distance: float = 1.0, angle: float = 2.0
) -> Tensor:
    """Return the weighted sum of the distance-wise and the angle-wise loss.

    Distances are divided by their mean over the batch; an angle is the cosine at a record between two others. Student
    and teacher are compared by the Huber loss, averaged over all pairs (triplets) of different records. A batch of
    a single record has no pairs and of two there are no triplets: those parts are 0.

    Args:
        student_embedding: ``(batch, dimension)``.
        teacher_embedding: ``(batch, dimension)``; the dimension may differ.
        distance: Weight of the distances.
        angle: Weight of the angles; ``batch³`` numbers are computed for them.
    """
    batch = len(student_embedding)
    student, teacher = (_differences(full_precision(side)) for side in (student_embedding, teacher_embedding))
    loss = student.new_zeros(())
    if distance and batch > 1:
        # A record's distance to itself is 0 in both and adds nothing, nor do angles with fewer than three records.
        loss = loss + distance * _huber(_distances(student), _distances(teacher)) / (batch * (batch - 1))
    if angle and batch > 2:
        triplets = batch * (batch - 1) * (batch - 2)
        loss = loss + angle * _huber(_cosines(student), _cosines(teacher)) / triplets
    return loss


def _differences(embedding: Tensor) -> Tensor:
    return embedding[None] - embedding[:, None]


def _distances(differences: Tensor) -> Tensor:
    """Distances over their mean between different records, ``(batch, batch)``."""
    distances: Tensor = torch.linalg.vector_norm(differences, dim=2)
    pairs = len(distances) * (len(distances) - 1)
    return distances * pairs / distances.sum().clamp(min=1e-12)


def _cosines(differences: Tensor) -> Tensor:
    """Cosine at each record between each two others, ``(batch, batch, batch)``; 0 where two records coincide."""
    length = torch.linalg.vector_norm(differences, dim=2, keepdim=True)
    # No division by almost nothing: its gradient would be almost infinite.
    unit = torch.where(length > 0, differences / torch.where(length > 0, length, 1.0), 0.0)
    return unit @ unit.transpose(1, 2)


def _huber(student: Tensor, teacher: Tensor) -> Tensor:
    return functional.huber_loss(student, teacher, reduction="sum")


class Relational(TransferLoss):
    """Difference of the distances and angles between the records of a batch.

    :func:`relational_loss` of the embeddings.

    Args:
        distance: Weight of the distances.
        angle: Weight of the angles.
    """

    Settings = RelationalSettings

    def __init__(self, distance: float = 1.0, angle: float = 2.0) -> None:
        super().__init__()
        self.distance, self.angle = distance, angle

    @classmethod
    def build(cls, settings: RelationalSettings, context: TransferContext) -> Self:
        """Take the weights from the settings."""
        return cls(settings.distance, settings.angle)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        return relational_loss(student.embedding, teacher.embedding, self.distance, self.angle)
