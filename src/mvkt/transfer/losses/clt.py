"""Disease-aware contrastive lead-information transferring (CLT).

It raises a lower bound on the mutual information between the student's and the teacher's embedding of a
record: a classifier must separate the two views of one record from views of records of different disease.

With ``negatives = "any"`` it is contrastive representation distillation (CRD) as published by Tian et al.

Source: Qin et al., *MVKT-ECG*, arXiv 2301.12178, the CLT loss; Tian et al., *Contrastive Representation
Distillation*, ICLR 2020, equations 18 and 19.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

import torch
from pydantic import Discriminator, Field, Tag
from torch import Tensor
from torch.nn import functional

from mvkt.errors import RecipeError
from mvkt.transfer.contrastive import ContrastiveLoss
from mvkt.transfer.loss import (
    Dimension,
    LossSettings,
    Outputs,
    Positive,
    TransferBatch,
    TransferContext,
    text_or_number,
)
from mvkt.transfer.memory_bank import MemoryBank
from mvkt.transfer.negatives import NegativeRule, NegativeSampler

NegativeCount = Annotated[
    Annotated[Literal["all"], Tag("text")] | Annotated[int, Field(ge=1), Tag("number")], Discriminator(text_or_number)
]


class CltSettings(LossSettings):
    """Settings of ``[transfer.clt]``.

    Attributes:
        weight: Weight of contrastive lead-information transferring.
        negatives: Which records an anchor is contrasted with: ``disjoint``, those that share no label with it;
            ``different``, those with another set of labels; ``any``, all others, which makes the loss CRD;
            ``jaccard`` and ``hamming``, the more probably the further their labels are from those of the anchor.
        negatives_per_anchor: Negatives drawn for each anchor, or ``all`` eligible records instead of a draw.
        temperature: Divides the similarities.
        projection_dim: Length of the projected embeddings.
        momentum: Share of its old value that an entry of a memory bank keeps when its record is seen again.
    """

    negatives: NegativeRule = "disjoint"
    negatives_per_anchor: NegativeCount = 1024
    temperature: Positive = 0.07
    projection_dim: Dimension = 128
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.5

    @property
    def needs_targets(self) -> bool:
        """See :class:`~mvkt.transfer.loss.LossSettings`."""
        return True


def clt_loss(positive: Tensor, negative: Tensor, counts: Tensor, log_normaliser: Tensor | float = 0.0) -> Tensor:
    """Return the noise-contrastive loss of one direction: anchors of one side against entries of the other.

    ``- log h(positive) - sum over negatives of log(1 - h(negative))``, averaged over the batch, with
    ``h = e / (e + K·c)``, ``e`` the exponential of a similarity over the temperature, ``K`` negatives and ``c`` the
    normaliser. This is equation 18 with equation 19's ``h = (e/Z) / (e/Z + K/N)`` for ``Z = N·c``: the number ``N``
    of training records cancels. Computed from the logit of ``h``, so that nothing overflows.

    Args:
        positive: ``(batch,)`` similarity of each anchor to its positive, over the temperature.
        negative: ``(batch, pool)`` the same to the records from which the negatives are.
        counts: ``(batch, pool)`` how often each of those is a negative of each anchor. ``K`` is their sum; an anchor
            with none contributes 0 to the average.
        log_normaliser: ``log c``; see :func:`log_mean_exponential`.
    """
    number = counts.sum(dim=1)
    shift = log_normaliser + number.clamp(min=1).log()
    of_positive = functional.softplus(shift - positive)
    of_negatives = (functional.softplus(negative - shift[:, None]) * counts).sum(dim=1)
    return torch.where(number > 0, of_positive + of_negatives, 0.0).mean()


def log_mean_exponential(positive: Tensor, negative: Tensor, counts: Tensor) -> Tensor:
    """Return the logarithm of the mean of the exponentials; NaN if no anchor has negatives.

    The reference implementation of Tian et al. sets ``Z`` to the number of training records times this mean,
    at the first batch and for good. Arguments as in :func:`clt_loss`.
    """
    number = counts.sum(dim=1, keepdim=True)
    weights = torch.cat([(number > 0).to(counts.dtype), counts], dim=1)
    scaled = torch.cat([positive[:, None], negative], dim=1).detach()
    return (scaled + weights.log()).flatten().logsumexp(0) - weights.sum().log()


class Clt(ContrastiveLoss):
    """Contrast of student and teacher embeddings against records of another disease.

    :func:`clt_loss` in both directions, with projection heads, memory banks and negatives.

    The student's entries are a memory bank. The teacher's are exact where its embeddings of all training
    records are known: those are projected by the head as it is now. Else they are a memory bank as well.
    Entries, the positive among them, are read before the banks take in the batch, and get no gradient: each
    head learns from its own anchors.

    Args:
        settings: Of the loss.
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
        targets: ``(records, classes)`` labels of all training records.
        fixed_teacher: Whether batches come with the teacher's embeddings of all training records.
    """

    Settings = CltSettings
    log_normalisers: Tensor

    def __init__(
        self,
        settings: CltSettings,
        *,
        student_dim: int,
        teacher_dim: int,
        targets: Tensor,
        fixed_teacher: bool,
    ) -> None:
        super().__init__(student_dim, teacher_dim, settings.projection_dim)
        self.settings = settings
        self.student_bank = MemoryBank(len(targets), settings.projection_dim, settings.momentum)
        self.teacher_bank = (
            None if fixed_teacher else MemoryBank(len(targets), settings.projection_dim, settings.momentum)
        )
        self.negatives = NegativeSampler(targets, settings.negatives)
        # Of student and teacher anchors; NaN until the first batch with a valid anchor.
        self.register_buffer("log_normalisers", torch.full((2,), math.nan))

    @classmethod
    def build(cls, settings: CltSettings, context: TransferContext) -> Self:
        """Build heads and banks for the training records.

        Raises:
            RecipeError: The labels of the training records were not given.
        """
        if context.targets is None:
            raise RecipeError("clt chooses negatives by their labels: give the targets of all training records")
        return cls(
            settings,
            student_dim=context.student_dim,
            teacher_dim=context.teacher_dim,
            targets=context.targets,
            fixed_teacher=context.fixed_teacher,
        )

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch; in training, the banks take the batch in afterwards."""
        student_anchors, teacher_anchors = self.project(student, teacher)
        number = self.settings.negatives_per_anchor
        if number == "all":
            pool, counts = self.negatives.every(batch.rows)
        else:
            pool, counts = self.negatives.sample(batch.rows, number, batch.generator)
        rows = torch.cat([batch.rows, pool])
        temperature = self.settings.temperature
        directions = [
            _similarities(student_anchors / temperature, self._teacher_entries(batch, rows)),
            _similarities(teacher_anchors / temperature, self.student_bank.read(rows)),
        ]
        loss = self._contrast(directions, counts.to(student_anchors.dtype))
        if self.training:
            self.student_bank.update(batch.rows, student_anchors)
            if self.teacher_bank is not None:
                self.teacher_bank.update(batch.rows, teacher_anchors)
        return loss

    def _teacher_entries(self, batch: TransferBatch, rows: Tensor) -> Tensor:
        bank = self.teacher_bank
        return self.teacher_entries(batch, rows) if bank is None else bank.read(rows)

    def _contrast(self, directions: list[tuple[Tensor, Tensor]], counts: Tensor) -> Tensor:
        if self.log_normalisers.isnan().any():
            fresh = [log_mean_exponential(*direction, counts) for direction in directions]
            self.log_normalisers.copy_(torch.stack(fresh))
        # A copy: where nothing has negatives yet, the buffer stays NaN.
        normalisers = self.log_normalisers.nan_to_num(0.0)
        losses = [
            clt_loss(*direction, counts, normaliser)
            for direction, normaliser in zip(directions, normalisers, strict=True)
        ]
        return torch.stack(losses).sum()


def _similarities(anchors: Tensor, entries: Tensor) -> tuple[Tensor, Tensor]:
    """Inner products of each anchor with its own entry, which come first, and with those of the pool."""
    own, pool = entries[: len(anchors)], entries[len(anchors) :]
    return (anchors * own).sum(dim=1), anchors @ pool.T
