"""Supervised contrast with soft labels: records that share diseases belong together, by how many they share.

Source: Khosla et al., *Supervised Contrastive Learning*, NeurIPS 2020, equation 2 (``L_out``), between the student's
and the teacher's embeddings; the positives weighted by the Jaccard similarity of the label sets.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from mvkt.transfer.contrastive import ContrastiveLoss
from mvkt.transfer.loss import (
    Dimension,
    LossSettings,
    Outputs,
    Positive,
    TransferBatch,
    TransferContext,
    full_precision,
)


class SupConSettings(LossSettings):
    """Settings of ``[transfer.supcon]``.

    Attributes:
        temperature: Divides the similarities.
        projection_dim: Length of the projected embeddings.
    """

    temperature: Positive = 0.1
    projection_dim: Dimension = 128


def label_overlap(targets: Tensor) -> Tensor:
    """Return the Jaccard similarity of the labels of each two records, ``(batch, batch)``; two without labels are 1.

    For labels between 0 and 1 it is ``Σ min / Σ max``.

    Args:
        targets: ``(batch, classes)`` labels, 0 to 1.
    """
    labels = full_precision(targets)
    both = torch.minimum(labels[:, None], labels[None]).sum(dim=2)
    either = torch.maximum(labels[:, None], labels[None]).sum(dim=2)
    return torch.where(either > 0, both / torch.where(either > 0, either, 1.0), 1.0)


def supcon_loss(similarity: Tensor, overlap: Tensor, temperature: float = 0.1) -> Tensor:
    """Return the mean over anchors of ``-Σ_j w_j · log softmax_j(similarity / temperature)``, ``w`` of sum 1.

    Args:
        similarity: ``(batch, batch)`` of anchors and entries of the same records.
        overlap: ``(batch, batch)``, the weights of the positives before they are scaled to sum 1; each record has one
            of 1 with itself.
        temperature: Above 0.
    """
    weights = overlap / overlap.sum(dim=1, keepdim=True)
    return -(weights * (similarity / temperature).log_softmax(dim=1)).sum(dim=1).mean()


class SupCon(ContrastiveLoss):
    """Supervised contrast: records that share labels attract each other.

    Mean of :func:`supcon_loss` of student and teacher anchors, with projection heads.

    Args:
        settings: Of the loss.
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
    """

    Settings = SupConSettings

    def __init__(self, settings: SupConSettings, student_dim: int, teacher_dim: int) -> None:
        super().__init__(student_dim, teacher_dim, settings.projection_dim)
        self.temperature = settings.temperature

    @classmethod
    def build(cls, settings: SupConSettings, context: TransferContext) -> Self:
        """Build the heads."""
        return cls(settings, context.student_dim, context.teacher_dim)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        students, teachers = self.project(student, teacher)
        similarity = students @ teachers.T
        overlap = label_overlap(batch.targets).to(similarity.dtype)
        of_students = supcon_loss(similarity, overlap, self.temperature)
        return (of_students + supcon_loss(similarity.T, overlap, self.temperature)) / 2
