"""A transfer loss from outside the package."""

from __future__ import annotations

from typing import Self

from torch import Tensor
from torch.nn import functional

from mvkt.transfer import LOSSES, LossSettings, Outputs, TransferBatch, TransferContext, TransferLoss


class LogitMseSettings(LossSettings):
    """Settings of ``[transfer.logit_mse]``.

    Attributes:
        margin: Differences up to this do not count.
    """

    margin: float = 0.0


class LogitMse(TransferLoss):
    """Mean squared difference of the logits."""

    Settings = LogitMseSettings

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    @classmethod
    def build(cls, settings: LogitMseSettings, context: TransferContext) -> Self:
        """Take the margin from the settings."""
        return cls(settings.margin)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        difference = (student.logits - teacher.logits).abs()
        return functional.relu(difference - self.margin).square().mean()


LOSSES.register("logit_mse", LogitMse)
