"""Student, frozen teacher and the losses between them: one module to train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from mvkt.errors import RecipeError, TrainingError
from mvkt.transfer.gather import gather
from mvkt.transfer.gradient_shares import gradient_shares
from mvkt.transfer.loss import ModelOutput, Outputs, TransferBatch, TransferContext, full_precision
from mvkt.transfer.registry import LOSSES
from mvkt.transfer.settings import TransferSettings


class Network(Protocol):
    """What student and teacher are, besides modules."""

    embedding_dim: int

    def __call__(self, signal: Any) -> ModelOutput:
        """Run on ``(batch, leads, samples)``, or whatever else the network takes."""


class StagedNetwork(Network, Protocol):
    """A network whose features on the way can be compared."""

    stage_channels: tuple[int, ...]

    def stage_features(self, signal: Any) -> tuple[ModelOutput, tuple[Tensor, ...]]:
        """Run, and return ``(batch, channels, steps)`` of each stage as well."""


class Distiller(nn.Module):
    """Trains a student by labels and, where a teacher is given, by the teacher.

    With no transfer loss it is plain training: the one path for teacher, baseline and student. The teacher is
    never changed: it stays in evaluation mode and gets no gradient.

    Args:
        student: Returns ``logits`` and ``embedding``, and has ``embedding_dim``.
        settings: Weights of the losses and their settings.
        teacher: The same, for its own view or views; it runs on every batch.
        teacher_outputs: Instead of ``teacher``, its outputs for all training records, computed once. Right
            where its input is not augmented. Logits that are NaN are not known and teach nothing.
        targets: ``(records, classes)`` labels of all training records; CLT needs them.
        teacher_classes: Which of the teacher's classes are the student's, in the student's order; None where they
            are the same.
        teacher_weights: ``(records, classes)``, how much each output of the teacher counts, for losses whose
            settings use it.

    Attributes:
        measures_shares: Whether the next batches measure ``gradient_shares``; each loss then costs a backward pass.
        gradient_shares: Of the last batch that was measured (:mod:`mvkt.transfer.gradient_shares`); empty where there
            is a single loss.

    Raises:
        RecipeError: A transfer loss has a weight but there is no teacher, or there are two; targets, outputs and
            weights are not of the same records; or a loss compares features that there are not.
    """

    teacher_logits: Tensor | None
    teacher_embeddings: Tensor | None
    teacher_classes: Tensor | None

    def __init__(
        self,
        student: nn.Module,
        settings: TransferSettings,
        *,
        teacher: nn.Module | None = None,
        teacher_outputs: ModelOutput | None = None,
        targets: Tensor | None = None,
        teacher_classes: Tensor | None = None,
        teacher_weights: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.measures_shares = False
        self.gradient_shares: dict[str, float] = {}
        self.settings = settings
        self.student = student
        self.weights = settings.weights
        _check(self.weights, teacher, teacher_outputs, targets, teacher_weights)
        self._with_features = [name for name in self.weights if LOSSES[name].needs_features]
        self.teacher = teacher.requires_grad_(False).eval() if teacher is not None else None
        fixed = teacher_outputs
        # Recomputed by whoever resumes a run, so not a part of its state.
        self.register_buffer("teacher_logits", fixed.logits if fixed else None, persistent=False)
        self.register_buffer("teacher_embeddings", fixed.embedding if fixed else None, persistent=False)
        self.register_buffer("teacher_classes", teacher_classes, persistent=False)
        self.losses = nn.ModuleDict()
        if self.weights:
            context = self._context(targets, teacher_weights)
            self.losses.update({name: LOSSES[name].build(settings.of(name), context) for name in self.weights})

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
        teacher_signal: Tensor | Sequence[Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Run the student on a batch and return its losses by name; see :meth:`compare`.

        Where several processes train together, signals are of the share of this one (:mod:`mvkt.transfer.gather`),
        targets and rows of the whole batch, and so are the losses.

        Args:
            student_signal: ``(batch, leads of the student's view, samples)``.
            targets: ``(batch, classes)`` labels, 0 to 1; NaN where a label is not known.
            rows: ``(batch,)`` positions of the records among the training records.
            teacher_signal: ``(batch, leads of the teacher's view, samples)`` of the same records, augmented
                alike, where the teacher runs; it is handed to the teacher as it is.
            generator: Decides the negatives.

        Raises:
            TrainingError: The teacher runs and got no signal.
        """
        outputs = self._run(self.student, student_signal)
        return self._measured(self.compare(outputs, targets, rows, teacher_signal, generator))

    def compare(
        self,
        outputs: Outputs,
        targets: Tensor,
        rows: Tensor,
        teacher_signal: Tensor | Sequence[Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Return the losses of the student's outputs for a batch by name, in float32 under autocast too.

        ``bce`` is :func:`label_loss`. Where a label is not known, the transfer losses take the teacher's probability in
        its place. ``bce`` and the transfer losses are given before weighting; ``total`` is their weighted sum.

        Args:
            outputs: Of the student.
            targets: As for :meth:`forward`.
            rows: As for :meth:`forward`.
            teacher_signal: As for :meth:`forward`.
            generator: Decides the negatives.

        Raises:
            TrainingError: The teacher runs and got no signal.
        """
        teacher = self._taught(rows, teacher_signal) if self.weights else None
        with torch.autocast(targets.device.type, enabled=False):
            bce = label_loss(outputs.logits, targets)
            losses, total = {"bce": bce}, self.settings.bce * bce
            if teacher is not None:
                # Whoever has learned more classes than the other has them last.
                common = min(outputs.logits.shape[1], teacher.logits.shape[1])
                outputs, teacher = (each._replace(logits=each.logits[:, :common]) for each in (outputs, teacher))
                teacher = _agreeing_where_unknown(teacher, outputs)
                targets = torch.where(targets[:, :common].isnan(), teacher.logits.sigmoid(), targets[:, :common])
            batch = TransferBatch(targets, rows, self.teacher_embeddings, generator)
            for name, loss in self.losses.items():
                losses[name] = loss(outputs, teacher, batch)
                total = total + self.weights[name] * losses[name]
        return {**losses, "total": total}

    def loss_weights(self) -> dict[str, float]:
        """Return the weights of the losses that ``total`` is the sum of."""
        return {"bce": self.settings.bce, **self.weights}

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return the parameters of the student and of the losses, none of the teacher's."""
        return [*self.student.parameters(), *self.losses.parameters()]

    def own_state(self) -> dict[str, Tensor]:
        """Return the state without the teacher's, which never changes; the tensors are the live ones."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("teacher.")}

    def _measured(self, losses: dict[str, Tensor]) -> dict[str, Tensor]:
        """Measure how hard each loss pulls, where that is wanted; the losses stay as they are."""
        weights = self.loss_weights()
        if self.measures_shares and sum(weight > 0 for weight in weights.values()) > 1:
            self.gradient_shares = gradient_shares(losses, weights, list(self.student.parameters()))
        return losses

    def _run(self, network: nn.Module, signal: Tensor | Sequence[Tensor]) -> Outputs:
        """The outputs of a network, in float32, with the features of its stages where a loss needs them."""
        features: tuple[Tensor, ...] = ()
        if self._with_features:
            output, features = cast(StagedNetwork, network).stage_features(signal)
        else:
            output = network(signal)
        return Outputs(
            gather(full_precision(output.logits)),
            gather(full_precision(output.embedding)),
            tuple(gather(full_precision(feature)) for feature in features),
        )

    @torch.no_grad()
    def _taught(self, rows: Tensor, signal: Tensor | Sequence[Tensor] | None) -> Outputs:
        """The teacher's output for a batch, from memory or by running it: the student's classes, logits scaled."""
        if self.teacher is None:
            logits, embeddings = cast(Tensor, self.teacher_logits), cast(Tensor, self.teacher_embeddings)
            output = Outputs(logits[rows], embeddings[rows])
        elif signal is None:
            raise TrainingError("the teacher runs on every batch: give it teacher_signal, the batch in its own view")
        else:
            output = self._run(self.teacher, signal)
        logits = output.logits if self.teacher_classes is None else output.logits[:, self.teacher_classes]
        return output._replace(logits=logits * self.settings.teacher_scale)

    def _context(self, targets: Tensor | None, teacher_weights: Tensor | None) -> TransferContext:
        fixed = self.teacher_embeddings
        channels = {}
        if self._with_features:
            names = " and ".join(self._with_features)
            channels = {
                "student_channels": _stage_channels("student", self.student, names),
                "teacher_channels": _stage_channels("teacher", self.teacher, names),
            }
        return TransferContext(
            student_dim=cast(Network, self.student).embedding_dim,
            teacher_dim=cast(Network, self.teacher).embedding_dim if fixed is None else fixed.shape[1],
            targets=targets,
            fixed_teacher=fixed is not None,
            teacher_weights=teacher_weights,
            **channels,
        )


def _agreeing_where_unknown(teacher: Outputs, student: Outputs) -> Outputs:
    """Put the student's logits where the teacher gives none (NaN): there it teaches nothing."""
    unknown = teacher.logits.isnan()
    return teacher._replace(logits=torch.where(unknown, student.logits.detach(), teacher.logits))


def label_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the binary cross-entropy with the labels, the mean over all labels of the batch that are known.

    A batch without any gives 0.

    Args:
        logits: ``(batch, classes)``.
        targets: ``(batch, classes)``, 0 to 1; NaN where a label is not known.
    """
    targets = targets.to(logits.dtype)
    known = ~targets.isnan()
    if known.all():
        return functional.binary_cross_entropy_with_logits(logits, targets)
    losses = functional.binary_cross_entropy_with_logits(logits, targets.nan_to_num(0.0), reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


def _stage_channels(role: str, network: nn.Module | None, losses: str) -> tuple[int, ...]:
    if network is None:
        raise RecipeError(
            f"{losses} compare features on the way to the output: that needs an online teacher, which runs on every "
            "batch, but its outputs were computed once; train with augmentation, or give the teacher itself"
        )
    channels: tuple[int, ...] = getattr(network, "stage_channels", ())
    if not channels:
        raise RecipeError(
            f"{losses} compare features of stages, but the {role} ({type(network).__name__}) has none: take a single "
            "network with stages instead of a committee, or a loss of outputs or embeddings"
        )
    return channels


def _check(
    weights: dict[str, float],
    teacher: nn.Module | None,
    outputs: ModelOutput | None,
    targets: Tensor | None,
    teacher_weights: Tensor | None,
) -> None:
    if weights and (teacher is None) == (outputs is None):
        came = "neither" if teacher is None else "both"
        raise RecipeError(
            f"{' and '.join(weights)} need a single teacher: expected teacher or teacher_outputs, got {came}; "
            "for plain training set the weights of the transfer losses to 0"
        )
    tables = [targets, teacher_weights, *([] if outputs is None else [outputs.logits, outputs.embedding])]
    lengths = {len(table) for table in tables if table is not None}
    if len(lengths) > 1:
        raise RecipeError(
            "targets and the teacher's weights, logits and embeddings must be of the same training records, "
            f"got {' and '.join(map(str, sorted(lengths)))} rows"
        )
