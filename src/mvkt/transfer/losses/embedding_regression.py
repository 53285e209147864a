"""Embedding regression: the teacher's embedding is predicted linearly from the student's.

The student predicts the teacher's embedding; each dimension counts the same.

Source: FitNets (Romero et al., ICLR 2015, equation 3) at the last layer, with standardised targets.
"""

from __future__ import annotations

from typing import Self

from torch import Tensor, nn
from torch.nn import functional

from mvkt.transfer.loss import LossSettings, Outputs, TransferBatch, TransferContext, TransferLoss, full_precision


class EmbeddingRegressionSettings(LossSettings):
    """Settings of ``[transfer.embedding_regression]``."""


class EmbeddingRegression(TransferLoss):
    """Error of predicting the teacher's embedding from the student's.

    Mean squared error of the prediction over batch and dimensions: 1 for a prediction of nothing but the means.

    Means and variances of the teacher's dimensions are those of all batches so far; they are part of the state.

    Args:
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
    """

    Settings = EmbeddingRegressionSettings

    def __init__(self, student_dim: int, teacher_dim: int) -> None:
        super().__init__()
        self.regressor = nn.Linear(student_dim, teacher_dim)
        # No momentum: the teacher does not change, so all batches count the same.
        self.statistics = nn.BatchNorm1d(teacher_dim, affine=False, momentum=None)

    @classmethod
    def build(cls, settings: EmbeddingRegressionSettings, context: TransferContext) -> Self:
        """Build the regressor."""
        return cls(context.student_dim, context.teacher_dim)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch; in training, the statistics take the batch in before."""
        embedding = full_precision(teacher.embedding)
        if self.training:
            self.statistics(embedding)
        target = functional.batch_norm(embedding, self.statistics.running_mean, self.statistics.running_var)
        return functional.mse_loss(self.regressor(full_precision(student.embedding)), target)
