"""Student, frozen teacher and the losses between them: one module to train."""

from __future__ import annotations

from typing import Protocol, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from mvkt.errors import RecipeError, TrainingError
from mvkt.transfer.loss import ModelOutput, Outputs, TransferBatch, TransferContext, full_precision
from mvkt.transfer.registry import LOSSES
from mvkt.transfer.settings import TransferSettings


class Network(Protocol):
    """What student and teacher are, besides modules."""

    embedding_dim: int

    def __call__(self, signal: Tensor) -> ModelOutput:
        """Judge ``(batch, leads, samples)``."""


class Distiller(nn.Module):
    """Trains a student by labels and, where a teacher is given, by the teacher.

    With no transfer loss it is plain training: the one path for teacher, baseline and student. The teacher is
    never changed: it stays in evaluation mode and gets no gradient.

    Args:
        student: Returns ``logits`` and ``embedding``, and has ``embedding_dim``.
        settings: Weights of the losses and their settings.
        teacher: The same, for its own view; it runs on every batch.
        teacher_outputs: Instead of ``teacher``, its outputs for all training records, computed once. Right
            where its input is not augmented.
        targets: ``(records, classes)`` labels of all training records; CLT needs them.

    Raises:
        RecipeError: A transfer loss has a weight but there is no teacher, or there are two; or targets and
            outputs are not of the same records.
    """

    teacher_logits: Tensor | None
    teacher_embeddings: Tensor | None

    def __init__(
        self,
        student: nn.Module,
        settings: TransferSettings,
        *,
        teacher: nn.Module | None = None,
        teacher_outputs: ModelOutput | None = None,
        targets: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.student = student
        self.weights = settings.transfer_weights
        _check(self.weights, teacher, teacher_outputs, targets)
        self.teacher = teacher.requires_grad_(False).eval() if teacher is not None else None
        fixed = teacher_outputs
        # Recomputed by whoever resumes a run, so not a part of its state.
        self.register_buffer("teacher_logits", fixed.logits if fixed else None, persistent=False)
        self.register_buffer("teacher_embeddings", fixed.embedding if fixed else None, persistent=False)
        self.losses = nn.ModuleDict()
        if self.weights:
            context = TransferContext(
                settings=settings,
                student_dim=cast(Network, student).embedding_dim,
                teacher_dim=self._teacher_dim(),
                targets=targets,
                fixed_teacher=teacher is None,
            )
            self.losses.update({name: LOSSES[name].build(context) for name in self.weights})

    def train(self, mode: bool = True) -> Self:
        """Set training mode for everything but the teacher."""
        super().train(mode)
        if self.teacher is not None:
            self.teacher.eval()
        return self

    def forward(
        self,
        student_signal: Tensor,
        targets: Tensor,
        rows: Tensor,
        teacher_signal: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Return the losses of a batch by name, in float32 under autocast too.

        ``bce`` is the binary cross-entropy, averaged over batch and classes. It and the transfer losses are
        given before weighting; ``total`` is their weighted sum.

        Args:
            student_signal: ``(batch, leads of the student's view, samples)``.
            targets: ``(batch, classes)`` labels.
            rows: ``(batch,)`` positions of the records among the training records.
            teacher_signal: ``(batch, leads of the teacher's view, samples)`` of the same records, augmented
                alike, where the teacher runs.
            generator: Decides the negatives.

        Raises:
            TrainingError: The teacher runs and got no signal.
        """
        student = self.student(student_signal)
        teacher = self._judge(rows, teacher_signal) if self.weights else None
        with torch.autocast(student_signal.device.type, enabled=False):
            outputs = Outputs(full_precision(student.logits), full_precision(student.embedding))
            bce = functional.binary_cross_entropy_with_logits(outputs.logits, targets.to(outputs.logits.dtype))
            losses, total = {"bce": bce}, self.settings.bce * bce
            batch = TransferBatch(targets, rows, self.teacher_embeddings, generator)
            for name, loss in self.losses.items():
                losses[name] = loss(outputs, teacher, batch)
                total = total + self.weights[name] * losses[name]
        return {**losses, "total": total}

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return the parameters of the student and of the losses, none of the teacher's."""
        return [*self.student.parameters(), *self.losses.parameters()]

    def own_state(self) -> dict[str, Tensor]:
        """Return the state without the teacher's, which never changes; the tensors are the live ones."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("teacher.")}

    @torch.no_grad()
    def _judge(self, rows: Tensor, signal: Tensor | None) -> Outputs:
        """The teacher's output for a batch, from memory or by running it."""
        if self.teacher is None:
            logits, embeddings = cast(Tensor, self.teacher_logits), cast(Tensor, self.teacher_embeddings)
            return Outputs(logits[rows], embeddings[rows])
        if signal is None:
            raise TrainingError("the teacher runs on every batch: give it teacher_signal, the batch in its own view")
        output = self.teacher(signal)
        return Outputs(full_precision(output.logits), full_precision(output.embedding))

    def _teacher_dim(self) -> int:
        if self.teacher_embeddings is not None:
            return self.teacher_embeddings.shape[1]
        return cast(Network, self.teacher).embedding_dim


def _check(
    weights: dict[str, float], teacher: nn.Module | None, outputs: ModelOutput | None, targets: Tensor | None
) -> None:
    if weights and (teacher is None) == (outputs is None):
        came = "neither" if teacher is None else "both"
        raise RecipeError(
            f"{' and '.join(weights)} need one teacher: expected teacher or teacher_outputs, got {came}; "
            "for plain training set the weights of the transfer losses to 0"
        )
    tables = [targets] if outputs is None else [targets, outputs.logits, outputs.embedding]
    lengths = {len(table) for table in tables if table is not None}
    if len(lengths) > 1:
        raise RecipeError(
            "targets and the teacher's logits and embeddings must be of the same training records, "
            f"got {' and '.join(map(str, sorted(lengths)))} rows"
        )
