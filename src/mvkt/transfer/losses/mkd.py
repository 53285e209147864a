"""Multi-label knowledge distillation (MKD): every class is a Bernoulli variable of its own.

Source: Qin et al., *MVKT-ECG*, arXiv 2301.12178, the MKD loss; the temperature after Hinton et al. 2015.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

import torch
from pydantic import AfterValidator, Discriminator, Field, Tag
from torch import Tensor
from torch.nn import functional

from mvkt.errors import RecipeError, TrainingError
from mvkt.transfer.loss import (
    LossSettings,
    Outputs,
    Positive,
    TransferBatch,
    TransferContext,
    TransferLoss,
    Weight,
    full_precision,
    text_or_number,
)

TemperatureRule = Literal["logits", "probabilities"]
Reduction = Literal["mean", "sum"]


def _not_all_zero(weights: tuple[float, ...]) -> tuple[float, ...]:
    if not any(weights):
        raise ValueError("all class weights are 0: to learn nothing from the teacher's logits set mkd = 0")
    return weights


ClassWeights = Annotated[
    Annotated[Literal["equal", "recoverable"], Tag("text")]
    | Annotated[tuple[Weight, ...], Field(min_length=1), AfterValidator(_not_all_zero), Tag("number")],
    Discriminator(text_or_number),
]


class MkdSettings(LossSettings):
    """Settings of ``[transfer.mkd]``.

    Attributes:
        weight: Weight of multi-label knowledge distillation.
        temperature: Softens the probabilities of teacher and student.
        temperature_rule: ``logits`` divides logits by the temperature; ``probabilities`` is the rule of the
            published code, which only rescales the loss. See :func:`mkd_loss`.
        reduction: ``mean`` over the classes, as the cross-entropy with the labels is reduced, so that their ratio does
            not depend on the number of classes; ``sum``, as published, is as many times larger as there are classes.
        class_weights: Shares of the divergences: ``equal``; a weight for each class, in the order of the task; or
            ``recoverable``, a weight for each class of each record: how much of the teacher's output the student's view
            shows. Two networks of the student's kind estimate it, each trained to repeat the teacher on half of the
            patients (:mod:`mvkt.transfer.recoverability`). The weights are divided by their mean.
    """

    temperature: Positive = 1.0
    temperature_rule: TemperatureRule = "logits"
    reduction: Reduction = "mean"
    class_weights: ClassWeights = "equal"


def bernoulli_divergence(logits: Tensor, other_logits: Tensor) -> Tensor:
    """Return ``KL(Bern(sigmoid(logits)) || Bern(sigmoid(other_logits)))`` element by element.

    Computed from log-sigmoids: exact for confident logits, and no logarithm of 0.
    """
    log_ratio = functional.logsigmoid(logits) - functional.logsigmoid(other_logits)
    log_ratio_of_complements = functional.logsigmoid(-logits) - functional.logsigmoid(-other_logits)
    return logits.sigmoid() * log_ratio + (-logits).sigmoid() * log_ratio_of_complements


def check_same_classes(student_logits: Tensor, teacher_logits: Tensor) -> None:
    """Refuse logits that are not of the same records and classes.

    Raises:
        TrainingError: They differ in shape.
    """
    if student_logits.shape != teacher_logits.shape:
        raise TrainingError(
            "student and teacher must have the same classes, got logits of "
            f"{tuple(student_logits.shape)} and {tuple(teacher_logits.shape)}: train both for the same task"
        )


def mkd_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: float = 1.0,
    rule: TemperatureRule = "logits",
    weights: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return how far the student's class probabilities are from the teacher's.

    ``logits``: ``temperature² · mean over batch and classes of KL(Bern(p_t) || Bern(p_s))`` with
    ``p = sigmoid(logits / temperature)``; the factor keeps the size of the gradient.

    ``probabilities``: the published code divides the probabilities by the temperature and averages over the
    batch and the two outcomes, which is the divergence of the unsoftened probabilities over ``2 ·
    temperature``.

    Args:
        student_logits: ``(batch, classes)``.
        teacher_logits: ``(batch, classes)``.
        temperature: Above 0.
        rule: What the temperature divides.
        weights: ``(classes,)`` or ``(batch, classes)``, a factor of each divergence; None is 1.
        reduction: Over the classes: their mean, or their sum as published.

    Raises:
        TrainingError: The logits differ in shape.
    """
    check_same_classes(student_logits, teacher_logits)
    student, teacher = full_precision(student_logits), full_precision(teacher_logits)
    soften = temperature if rule == "logits" else 1.0
    divergence = bernoulli_divergence(teacher / soften, student / soften)
    if weights is not None:
        divergence = divergence * weights
    scale = temperature**2 if rule == "logits" else 1 / (2 * temperature)
    return scale * (divergence.mean() if reduction == "mean" else divergence.sum(dim=1).mean())


class Mkd(TransferLoss):
    """Multi-label knowledge distillation: each class is a Bernoulli variable of its own.

    :func:`mkd_loss` with its settings.

    Args:
        temperature: Above 0.
        rule: What it divides.
        weights: ``(classes,)``, or ``(records, classes)`` for all training records; None is 1.
        reduction: Over the classes.
    """

    Settings = MkdSettings
    weights: Tensor | None

    def __init__(
        self,
        temperature: float = 1.0,
        rule: TemperatureRule = "logits",
        weights: Tensor | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.rule: TemperatureRule = rule
        self.reduction: Reduction = reduction
        # Given again when a run is resumed, so not a part of its state.
        self.register_buffer("weights", None if weights is None else weights / weights.mean(), persistent=False)

    @classmethod
    def build(cls, settings: MkdSettings, context: TransferContext) -> Self:
        """Take temperature, rule and weights from the settings.

        Raises:
            RecipeError: The weights were not given.
        """
        return cls(settings.temperature, settings.temperature_rule, _weights(settings, context), settings.reduction)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch.

        Raises:
            RecipeError: There are not as many weights as classes that both have.
        """
        weights, classes = self.weights, student.logits.shape[1]
        if weights is not None and weights.shape[-1] != classes:
            raise RecipeError(
                f"class_weights has {weights.shape[-1]} weights for {classes} classes: give a weight for each"
            )
        if weights is not None and weights.dim() == 2:
            weights = weights[batch.rows]
        return mkd_loss(student.logits, teacher.logits, self.temperature, self.rule, weights, self.reduction)


def _weights(settings: MkdSettings, context: TransferContext) -> Tensor | None:
    if settings.class_weights == "equal":
        return None
    if settings.class_weights == "recoverable":
        if context.teacher_weights is None:
            raise RecipeError(
                "class_weights = 'recoverable' needs teacher_weights: how much of the teacher's output the student's "
                "view shows, for each class of each training record"
            )
        return full_precision(context.teacher_weights)
    return torch.tensor(settings.class_weights)
