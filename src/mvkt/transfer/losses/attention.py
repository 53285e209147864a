"""Attention transfer: where in time the student is active should be where the teacher is.

Source: Zagoruyko, Komodakis, *Paying More Attention to Attention: Improving the Performance of Convolutional Neural
Networks via Attention Transfer*, ICLR 2017, equation 2 with ``F²_sum`` and ``p = 2``.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from mvkt.transfer.loss import LossSettings, Outputs, TransferBatch, TransferContext, TransferLoss, full_precision
from mvkt.transfer.stages import Stages, chosen_stages, match_steps, pairs


class AttentionSettings(LossSettings):
    """Settings of ``[transfer.attention]``.

    Attributes:
        stages: Which stages are compared.
    """

    stages: Stages = "all"


def attention_loss(student_features: Tensor, teacher_features: Tensor) -> Tensor:
    """Return the squared distance of the attention maps, averaged over the batch: 0 to 2.

    The map of a record is the sum of squares over channels at every step, scaled to length 1 over the steps; the
    longer map is averaged to fewer steps before that.

    Args:
        student_features: ``(batch, channels, steps)``.
        teacher_features: ``(batch, channels, steps)``; channels and steps may differ.
    """
    maps = [full_precision(side).square().sum(dim=1, keepdim=True) for side in (student_features, teacher_features)]
    student, teacher = (functional.normalize(side[:, 0], dim=1) for side in match_steps(maps[0], maps[1]))
    return (student - teacher).square().sum(dim=1).mean()


class AttentionTransfer(TransferLoss):
    """Difference of the attention maps of the stages.

    Sum of :func:`attention_loss` over the stages.

    Args:
        stages: Numbers of the stages, counted from 1.
    """

    Settings = AttentionSettings
    needs_features = True

    def __init__(self, stages: tuple[int, ...]) -> None:
        super().__init__()
        self.stages = stages

    @classmethod
    def build(cls, settings: AttentionSettings, context: TransferContext) -> Self:
        """Choose the stages.

        Raises:
            RecipeError: A network does not have the stages.
        """
        return cls(chosen_stages(settings.stages, context, "attention"))

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        matched = pairs(self.stages, student.features, teacher.features)
        return torch.stack([attention_loss(ours, theirs) for ours, theirs in matched]).sum()
