"""A student that also agrees with the moving average of its own weights: what it learns from records without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from mvkt.errors import TrainingError
from mvkt.training.averaging import WeightAverage
from mvkt.training.network_settings import ConsistencySettings
from mvkt.transfer import Distiller, TransferSettings, mkd_loss


class MeanTeacher(Distiller):
    """Adds to the losses of a distiller the divergence of the student from its moving average.

    The average takes in the weights of the step before, is never optimised and stays in evaluation mode. It sees the
    records of the batch altered in another way than the student does.

    Source: Tarvainen and Valpola, *Mean teachers are better role models*, NeurIPS 2017.

    Args:
        student: As for the distiller.
        settings: Losses of labels and teachers.
        consistency: Weight of the agreement, and decay of the average.
        distilled: What else the distiller takes.
    """

    def __init__(
        self, student: nn.Module, settings: TransferSettings, *, consistency: ConsistencySettings, **distilled: Any
    ) -> None:
        super().__init__(student, settings, **distilled)
        self._consistency = consistency
        self._average = WeightAverage(student, consistency.decay)
        self.averaged = self._average.model.eval()

    def train(self, mode: bool = True) -> Self:
        """Set training mode for everything but teacher and average."""
        super().train(mode)
        self.averaged.eval()
        return self

    def forward(
        self,
        student_signal: Tensor,
        targets: Tensor,
        rows: Tensor,
        teacher_signal: Tensor | Sequence[Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Return the losses of the distiller and ``consistency``, before weighting; ``total`` has all of them.

        Args:
            student_signal: ``(batch, leads, samples)``.
            targets: ``(batch, classes)``; NaN where a label is not known.
            rows: ``(batch,)`` positions of the records among the training records.
            teacher_signal: The records as the average sees them; where teachers run, those of the teachers before it.
            generator: Decides the negatives.

        Raises:
            TrainingError: There is nothing for the average to see.
        """
        if teacher_signal is None:
            raise TrainingError("the average of the student runs on every batch: give it the batch altered anew")
        taught, anew = None, teacher_signal
        if self.teacher is not None:
            *before, anew = teacher_signal
            taught = before if len(before) > 1 else before[0]
        if self.training:
            self._average.update()
        outputs = self._run(self.student, student_signal)
        losses = self.compare(outputs, targets, rows, taught, generator)
        with torch.no_grad():
            averaged = self._run(self.averaged, anew)
        with torch.autocast(targets.device.type, enabled=False):
            agreement = mkd_loss(outputs.logits, averaged.logits)
            total = losses["total"] + self._consistency.weight * agreement
        return self._measured({**losses, "consistency": agreement, "total": total})

    def loss_weights(self) -> dict[str, float]:
        """Return the weights of the losses that ``total`` is the sum of."""
        return {**super().loss_weights(), "consistency": self._consistency.weight}

    def own_state(self) -> dict[str, Tensor]:
        """Return the state without the teacher's, with that of the average; the tensors are the live ones."""
        return {**super().own_state(), "averaged_steps": self._average.state()["average_steps"]}
