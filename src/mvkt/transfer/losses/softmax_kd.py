"""Softmax knowledge distillation: the classes as the outcomes of one variable.

It is the classical rival of MKD. On records with several diseases its premise is false: the probabilities of the
classes compete, and how probable any class is at all is lost (logits that differ by a constant are the same).

Source: Hinton, Vinyals, Dean, *Distilling the Knowledge in a Neural Network*, arXiv 1503.02531 (2015), section 2.
"""

from __future__ import annotations

from typing import Self

from torch import Tensor

from mvkt.transfer.loss import (
    LossSettings,
    Outputs,
    Positive,
    TransferBatch,
    TransferContext,
    TransferLoss,
    full_precision,
)
from mvkt.transfer.losses.mkd import check_same_classes


class SoftmaxKdSettings(LossSettings):
    """Settings of ``[transfer.softmax_kd]``.

    Attributes:
        temperature: Softens the probabilities of both.
    """

    temperature: Positive = 4.0


def softmax_kd_loss(student_logits: Tensor, teacher_logits: Tensor, temperature: float = 4.0) -> Tensor:
    """Return ``temperature² · mean over the batch of KL(softmax(z_t / temperature) || softmax(z_s / temperature))``.

    Args:
        student_logits: ``(batch, classes)``.
        teacher_logits: ``(batch, classes)``.
        temperature: Above 0.

    Raises:
        TrainingError: The logits differ in shape.
    """
    check_same_classes(student_logits, teacher_logits)
    student = (full_precision(student_logits) / temperature).log_softmax(dim=1)
    teacher = (full_precision(teacher_logits) / temperature).log_softmax(dim=1)
    return temperature**2 * (teacher.exp() * (teacher - student)).sum(dim=1).mean()


class SoftmaxKd(TransferLoss):
    """Softmax distillation, as if the classes excluded each other.

    :func:`softmax_kd_loss` with its temperature.
    """

    Settings = SoftmaxKdSettings

    def __init__(self, temperature: float = 4.0) -> None:
        super().__init__()
        self.temperature = temperature

    @classmethod
    def build(cls, settings: SoftmaxKdSettings, context: TransferContext) -> Self:
        """Take the temperature from the settings."""
        return cls(settings.temperature)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        return softmax_kd_loss(student.logits, teacher.logits, self.temperature)
