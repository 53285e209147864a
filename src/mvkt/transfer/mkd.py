"""Multi-label knowledge distillation (MKD): every class is a Bernoulli variable of its own.

Source: Qin et al., *MVKT-ECG*, arXiv 2301.12178, the MKD loss; the temperature after Hinton et al. 2015.
"""

from __future__ import annotations

from typing import Self

from torch import Tensor
from torch.nn import functional

from mvkt.errors import TrainingError
from mvkt.transfer.loss import ModelOutput, TransferBatch, TransferContext, TransferLoss, full_precision
from mvkt.transfer.settings import TemperatureRule


def bernoulli_divergence(logits: Tensor, other_logits: Tensor) -> Tensor:
    """Return ``KL(Bern(sigmoid(logits)) || Bern(sigmoid(other_logits)))`` element by element.

    Computed from log-sigmoids: exact for confident logits, and no logarithm of 0.
    """
    log_ratio = functional.logsigmoid(logits) - functional.logsigmoid(other_logits)
    log_ratio_of_complements = functional.logsigmoid(-logits) - functional.logsigmoid(-other_logits)
    return logits.sigmoid() * log_ratio + (-logits).sigmoid() * log_ratio_of_complements


def mkd_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: float = 1.0,
    rule: TemperatureRule = "logits",
) -> Tensor:
    """Return how far the student's class probabilities are from the teacher's.

    ``logits``: ``temperature² · mean over the batch of the sum over classes of KL(Bern(p_t) || Bern(p_s))``
    with ``p = sigmoid(logits / temperature)``; the factor keeps the size of the gradient.

    ``probabilities``: the published code divides the probabilities by the temperature and averages over the
    batch and the two outcomes, which is the divergence of the unsoftened probabilities over ``2 ·
    temperature``.

    Args:
        student_logits: ``(batch, classes)``.
        teacher_logits: ``(batch, classes)``.
        temperature: Above 0.
        rule: What the temperature divides.

    Raises:
        TrainingError: The logits differ in shape.
    """
    if student_logits.shape != teacher_logits.shape:
        raise TrainingError(
            "student and teacher must judge the same classes, got logits of "
            f"{tuple(student_logits.shape)} and {tuple(teacher_logits.shape)}: train both for the same task"
        )
    student, teacher = full_precision(student_logits), full_precision(teacher_logits)
    if rule == "probabilities":
        return bernoulli_divergence(teacher, student).sum(dim=1).mean() / (2 * temperature)
    divergence = bernoulli_divergence(teacher / temperature, student / temperature)
    return temperature**2 * divergence.sum(dim=1).mean()


class Mkd(TransferLoss):
    """:func:`mkd_loss` with its settings."""

    def __init__(self, temperature: float = 1.0, rule: TemperatureRule = "logits") -> None:
        super().__init__()
        self.temperature = temperature
        self.rule: TemperatureRule = rule

    @classmethod
    def build(cls, context: TransferContext) -> Self:
        """Take temperature and rule from the settings."""
        return cls(context.settings.temperature, context.settings.temperature_rule)

    def forward(self, student: ModelOutput, teacher: ModelOutput, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        return mkd_loss(student.logits, teacher.logits, self.temperature, self.rule)
