"""Decoupled knowledge distillation, adapted to several labels.

Zhao et al. take the divergence of softmax distillation apart: a part about the target class and, multiplied by
``1 - p_t(target)``, a part about the others. That factor couples the second part to how certain the teacher is; they
replace it by a weight of its own.

With several labels every class is a Bernoulli variable, and the divergence of the joint distribution is a sum::

    KL(Π_c Bern(p_t) || Π_c Bern(p_s)) = Σ_c KL_c = n⁺ · mean over the record's classes of KL_c
                                                  + n⁻ · mean over all other classes of KL_c

with ``n⁺`` classes that the record has and ``n⁻`` that it has not. Here these counts are the coupling: what the
teacher gives for the diseases that are there is outnumbered by that for those that are not, the more so the
longer the list of classes is. Our adaptation replaces them by weights of their own, as the paper does with its factor.

Source: Zhao, Cui, Song, Qiu, Liang, *Decoupled Knowledge Distillation*, CVPR 2022, equations 6 and 7.
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
    Weight,
    full_precision,
)
from mvkt.transfer.losses.mkd import bernoulli_divergence, check_same_classes


class DecoupledSettings(LossSettings):
    """Settings of ``[transfer.decoupled]``.

    Attributes:
        target: Weight of the classes that a record has (alpha of the paper).
        other: Weight of the classes that it has not (beta of the paper).
        temperature: Softens the probabilities of both.
    """

    target: Weight = 1.0
    other: Weight = 8.0
    temperature: Positive = 4.0


def decoupled_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    targets: Tensor,
    target: float = 1.0,
    other: float = 8.0,
    temperature: float = 4.0,
) -> Tensor:
    """Return ``temperature² · mean over the batch of (target · mean KL of its classes + other · mean KL of the rest)``.

    A part without classes is 0. Labels between 0 and 1 (of mixed records) belong to both parts by their shares.

    Args:
        student_logits: ``(batch, classes)``.
        teacher_logits: ``(batch, classes)``.
        targets: ``(batch, classes)`` labels, 0 to 1.
        target: Weight of the classes that a record has.
        other: Weight of the others.
        temperature: Above 0.

    Raises:
        TrainingError: The logits differ in shape.
    """
    check_same_classes(student_logits, teacher_logits)
    student, teacher = full_precision(student_logits), full_precision(teacher_logits)
    divergence = bernoulli_divergence(teacher / temperature, student / temperature)
    has = targets.to(divergence.dtype)
    parts = target * _mean(divergence, has) + other * _mean(divergence, 1 - has)
    return temperature**2 * parts.mean()


def _mean(divergence: Tensor, share: Tensor) -> Tensor:
    """Weighted mean over classes; less than a thousandth of a class is none."""
    return (divergence * share).sum(dim=1) / share.sum(dim=1).clamp(min=1e-3)


class Decoupled(TransferLoss):
    """Distillation that weighs the classes a record has and has not apart.

    :func:`decoupled_loss` with its settings.
    """

    Settings = DecoupledSettings

    def __init__(self, settings: DecoupledSettings) -> None:
        super().__init__()
        self.settings = settings

    @classmethod
    def build(cls, settings: DecoupledSettings, context: TransferContext) -> Self:
        """Take weights and temperature from the settings."""
        return cls(settings)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        target, other, temperature = self.settings.target, self.settings.other, self.settings.temperature
        return decoupled_loss(student.logits, teacher.logits, batch.targets, target, other, temperature)
