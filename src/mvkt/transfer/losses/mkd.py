"""Multi-label knowledge distillation (MKD): every class is a Bernoulli variable of its own.

Source: Qin et al., *MVKT-ECG*, arXiv 2301.12178, the MKD loss; the temperature after Hinton et al. 2015.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from torch import Tensor
from torch.nn import functional

from mvkt.errors import RecipeError, TrainingError
from mvkt.transfer.loss import (
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


def _not_all_zero(weights: tuple[float, ...]) -> tuple[float, ...]:
    if not any(weights):
        raise ValueError("all weights are 0: to learn nothing from the teacher's logits set mkd = 0")
    return weights


MkdWeights = Annotated[
    Annotated[Literal["equal", "recoverable"], Tag("text")]
    | Annotated[tuple[Weight, ...], Field(min_length=1), AfterValidator(_not_all_zero), Tag("number")],
    Discriminator(text_or_number),
]


class MkdSettings(BaseModel):
    """What ``[transfer]`` says about MKD.

    Attributes:
        mkd: Weight of multi-label knowledge distillation.
        temperature: Softens the teacher's and the student's probabilities in MKD.
        temperature_rule: ``logits`` divides logits by the temperature; ``probabilities`` is the rule of the
            published code, which only rescales the loss. See :func:`mkd_loss`.
        mkd_weights: Shares of the divergences in MKD: ``equal``; a weight for each class, in the order of the task;
            or ``recoverable``, by how much of what the teacher says the student's view shows, a weight for each class
            of each record, which two networks of the student's kind estimate that learn to repeat the teacher on half
            of the patients each (:mod:`mvkt.transfer.recoverability`). They are divided by their mean, so that
            ``mkd`` keeps its meaning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mkd: Weight = 0.5
    temperature: Positive = 1.0
    temperature_rule: TemperatureRule = "logits"
    mkd_weights: MkdWeights = "equal"


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
            "student and teacher must judge the same classes, got logits of "
            f"{tuple(student_logits.shape)} and {tuple(teacher_logits.shape)}: train both for the same task"
        )


def mkd_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: float = 1.0,
    rule: TemperatureRule = "logits",
    weights: Tensor | None = None,
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
        weights: ``(classes,)`` or ``(batch, classes)``, a factor of each divergence; None is 1.

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
    return scale * divergence.sum(dim=1).mean()


class Mkd(TransferLoss):
    """:func:`mkd_loss` with its settings.

    Args:
        temperature: Above 0.
        rule: What it divides.
        weights: ``(classes,)``, or ``(records, classes)`` for all training records; None is 1.
    """

    Settings = MkdSettings
    weights: Tensor | None

    def __init__(
        self, temperature: float = 1.0, rule: TemperatureRule = "logits", weights: Tensor | None = None
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.rule: TemperatureRule = rule
        # Given again when a run is resumed, so not a part of its state.
        self.register_buffer("weights", None if weights is None else weights / weights.mean(), persistent=False)

    @classmethod
    def build(cls, settings: MkdSettings, context: TransferContext) -> Self:
        """Take temperature, rule and weights from the settings.

        Raises:
            RecipeError: The weights were not given.
        """
        return cls(settings.temperature, settings.temperature_rule, _weights(settings, context))

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch.

        Raises:
            RecipeError: There are not as many weights as classes that both judge.
        """
        weights, classes = self.weights, student.logits.shape[1]
        if weights is not None and weights.shape[-1] != classes:
            raise RecipeError(f"mkd_weights has {weights.shape[-1]} weights for {classes} classes: give one for each")
        if weights is not None and weights.dim() == 2:
            weights = weights[batch.rows]
        return mkd_loss(student.logits, teacher.logits, self.temperature, self.rule, weights)


def _weights(settings: MkdSettings, context: TransferContext) -> Tensor | None:
    if settings.mkd_weights == "equal":
        return None
    if settings.mkd_weights == "recoverable":
        if context.teacher_weights is None:
            raise RecipeError(
                "mkd_weights = 'recoverable' needs teacher_weights: how far the student's view shows what the teacher "
                "says, of each class of each training record"
            )
        return full_precision(context.teacher_weights)
    return torch.tensor(settings.mkd_weights)
