"""Feature matching: the student's features on the way are regressed on the teacher's ("hints").

Source: Romero, Ballas, Kahou, Chassang, Gatta, Bengio, *FitNets: Hints for Thin Deep Nets*, ICLR 2015, equation 3.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from mvkt.transfer.loss import LossSettings, Outputs, TransferBatch, TransferContext, TransferLoss, full_precision
from mvkt.transfer.stages import Stages, chosen_stages, match_steps, pairs


class FitNetSettings(LossSettings):
    """Settings of ``[transfer.fitnet]``.

    Attributes:
        stages: Which stages are matched. The paper takes a stage in the middle.
    """

    stages: Stages = (2,)


def fitnet_loss(regressed: Tensor, teacher_features: Tensor) -> Tensor:
    """Return the mean squared difference over batch, channels and steps, the longer averaged to fewer steps.

    Args:
        regressed: ``(batch, channels, steps)``, the student's features through its regressor.
        teacher_features: ``(batch, channels, steps)``; the number of steps may differ.
    """
    student, teacher = match_steps(full_precision(regressed), full_precision(teacher_features))
    return functional.mse_loss(student, teacher)


class FitNet(TransferLoss):
    """Mean squared difference of features of the stages, through a learned regressor.

    Mean of :func:`fitnet_loss` over the stages, each with a learned regressor: a convolution of width one.

    Args:
        stages: Numbers of the stages, counted from 1.
        student_channels: Channels of all stages of the student.
        teacher_channels: Channels of all stages of the teacher.
    """

    Settings = FitNetSettings
    needs_features = True

    def __init__(
        self, stages: tuple[int, ...], student_channels: tuple[int, ...], teacher_channels: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.stages = stages
        self.regressors = nn.ModuleList(
            nn.Conv1d(student_channels[stage - 1], teacher_channels[stage - 1], 1) for stage in stages
        )

    @classmethod
    def build(cls, settings: FitNetSettings, context: TransferContext) -> Self:
        """Build a regressor for each stage.

        Raises:
            RecipeError: A network does not have the stages.
        """
        stages = chosen_stages(settings.stages, context, "fitnet")
        return cls(stages, context.student_channels, context.teacher_channels)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        matched = zip(self.regressors, pairs(self.stages, student.features, teacher.features), strict=True)
        losses = [fitnet_loss(regressor(full_precision(ours)), theirs) for regressor, (ours, theirs) in matched]
        return torch.stack(losses).mean()
