"""The common part of the losses that contrast embeddings: heads for student and teacher, entries of a fixed teacher."""

from __future__ import annotations

import torch
from torch import Tensor

from mvkt.errors import RecipeError
from mvkt.transfer.loss import Outputs, TransferBatch, TransferLoss, full_precision
from mvkt.transfer.projection_head import ProjectionHead


class ContrastiveLoss(TransferLoss):
    """Base of the losses that compare projected embeddings of student and teacher.

    Args:
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
        projection_dim: Length of the projected embeddings.
    """

    def __init__(self, student_dim: int, teacher_dim: int, projection_dim: int) -> None:
        super().__init__()
        self.student_head = ProjectionHead(student_dim, projection_dim)
        self.teacher_head = ProjectionHead(teacher_dim, projection_dim)

    def project(self, student: Outputs, teacher: Outputs) -> tuple[Tensor, Tensor]:
        """Return the projected embeddings ``(batch, projection_dim)`` of student and teacher, of length 1."""
        students = self.student_head(full_precision(student.embedding))
        return students, self.teacher_head(full_precision(teacher.embedding))

    @torch.no_grad()
    def teacher_entries(self, batch: TransferBatch, rows: Tensor | None = None) -> Tensor:
        """Project a fixed teacher's embeddings of training records; they get no gradient.

        Args:
            batch: With the embeddings of all training records.
            rows: Which records; None is all.

        Returns:
            ``(rows, projection_dim)``.

        Raises:
            RecipeError: The batch comes without the embeddings.
        """
        embeddings = batch.teacher_embeddings
        if embeddings is None:
            raise RecipeError("the loss was built for a fixed teacher: give its embeddings of all training records")
        entries: Tensor = self.teacher_head(embeddings if rows is None else embeddings.index_select(0, rows))
        return entries
