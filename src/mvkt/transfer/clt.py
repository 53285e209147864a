"""Disease-aware contrastive lead-information transferring (CLT).

It raises a lower bound on the mutual information between the student's and the teacher's embedding of a
record: a classifier must tell the two views of one record from views of records of different disease.

Source: Qin et al., *MVKT-ECG*, arXiv 2301.12178, the CLT loss; Tian et al., *Contrastive Representation
Distillation*, ICLR 2020, equations 18 and 19.
"""

from __future__ import annotations

import math
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from mvkt.errors import RecipeError
from mvkt.transfer.loss import ModelOutput, TransferBatch, TransferContext, TransferLoss, full_precision
from mvkt.transfer.memory_bank import MemoryBank, similarities
from mvkt.transfer.negatives import NegativeSampler
from mvkt.transfer.settings import TransferSettings


def clt_loss(
    similarity: Tensor, valid: Tensor, log_normaliser: Tensor | float = 0.0, temperature: float = 0.07
) -> Tensor:
    """Return the noise-contrastive loss of one direction: anchors of one side against entries of the other.

    ``- log h(positive) - sum over negatives of log(1 - h(negative))``, averaged over the batch, with
    ``h = e / (e + K·c)``, ``e = exp(similarity / temperature)``, ``K`` negatives and ``c`` the normaliser.
    This is equation 18 with equation 19's ``h = (e/Z) / (e/Z + K/N)`` for ``Z = N·c``: the number ``N`` of
    training records cancels. Computed from the logit of ``h``, so that nothing overflows.

    Args:
        similarity: ``(batch, 1 + negatives)``; the positive comes first.
        valid: ``(batch,)`` whether an anchor has negatives; others contribute 0 to the average.
        log_normaliser: ``log c``; see :func:`log_mean_exponential`.
        temperature: Above 0.
    """
    negatives = similarity.shape[1] - 1
    logits = similarity / temperature - log_normaliser - math.log(negatives)
    per_anchor = functional.softplus(-logits[:, 0]) + functional.softplus(logits[:, 1:]).sum(dim=1)
    return torch.where(valid, per_anchor, 0.0).mean()


def log_mean_exponential(similarity: Tensor, valid: Tensor, temperature: float = 0.07) -> Tensor:
    """Return the logarithm of the mean of ``exp(similarity / temperature)``; NaN if no anchor is valid.

    The reference implementation of Tian et al. sets ``Z`` to the number of training records times this mean,
    at the first batch and for good.
    """
    scaled = (similarity.detach() / temperature).masked_fill(~valid[:, None], -math.inf)
    number = valid.sum().to(similarity.dtype) * similarity.shape[1]
    mean = scaled.flatten().logsumexp(0) - number.log()
    return torch.where(number > 0, mean, math.nan)


class ProjectionHead(nn.Module):
    """Linear layer to the space of comparison, then length 1."""

    def __init__(self, embedding_dim: int, projection_dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(embedding_dim, projection_dim)

    def forward(self, embedding: Tensor) -> Tensor:
        """``(..., embedding_dim)`` to ``(..., projection_dim)``."""
        return functional.normalize(self.linear(embedding), dim=-1)


class Clt(TransferLoss):
    """:func:`clt_loss` in both directions, with projection heads, memory banks and negatives.

    The student's entries are a memory bank. The teacher's are exact where its embeddings of all training
    records are known: those are projected by the head as it is now. Else they are a memory bank as well.
    Entries, the positive among them, are read before the banks take in the batch, and get no gradient: each
    head learns from its own anchors.

    Args:
        settings: Of the transfer.
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
        targets: ``(records, classes)`` labels of all training records.
        fixed_teacher: Whether batches come with the teacher's embeddings of all training records.
    """

    log_normalisers: Tensor

    def __init__(
        self,
        settings: TransferSettings,
        *,
        student_dim: int,
        teacher_dim: int,
        targets: Tensor,
        fixed_teacher: bool,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.student_head = ProjectionHead(student_dim, settings.projection_dim)
        self.teacher_head = ProjectionHead(teacher_dim, settings.projection_dim)
        self.student_bank = MemoryBank(len(targets), settings.projection_dim, settings.momentum)
        self.teacher_bank = (
            None if fixed_teacher else MemoryBank(len(targets), settings.projection_dim, settings.momentum)
        )
        self.negatives = NegativeSampler(targets, settings.negatives)
        # Of student and teacher anchors; NaN until the first batch with a valid anchor.
        self.register_buffer("log_normalisers", torch.full((2,), math.nan))

    @classmethod
    def build(cls, context: TransferContext) -> Self:
        """Build heads and banks for the training records.

        Raises:
            RecipeError: The labels of the training records were not given.
        """
        if context.targets is None:
            raise RecipeError("clt chooses negatives by their labels: give the targets of all training records")
        return cls(
            context.settings,
            student_dim=context.student_dim,
            teacher_dim=context.teacher_dim,
            targets=context.targets,
            fixed_teacher=context.fixed_teacher,
        )

    def forward(self, student: ModelOutput, teacher: ModelOutput, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch; in training, the banks take the batch in afterwards."""
        student_anchors = self.student_head(full_precision(student.embedding))
        teacher_anchors = self.teacher_head(full_precision(teacher.embedding))
        negatives = self.negatives.sample(batch.rows, self.settings.negatives_per_anchor, batch.generator)
        rows = torch.cat([batch.rows[:, None], negatives.rows], dim=1)
        if self.teacher_bank is None:
            against_teacher = similarities(student_anchors, _known(batch), rows, self.teacher_head)
        else:
            against_teacher = similarities(student_anchors, self.teacher_bank.entries, rows)
        against_student = similarities(teacher_anchors, self.student_bank.entries, rows)
        loss = self._contrast([against_teacher, against_student], negatives.valid)
        if self.training:
            self.student_bank.update(batch.rows, student_anchors)
            if self.teacher_bank is not None:
                self.teacher_bank.update(batch.rows, teacher_anchors)
        return loss

    def _contrast(self, directions: list[Tensor], valid: Tensor) -> Tensor:
        temperature = self.settings.contrast_temperature
        with torch.no_grad():
            fresh = torch.stack([log_mean_exponential(direction, valid, temperature) for direction in directions])
            self.log_normalisers.copy_(torch.where(self.log_normalisers.isnan(), fresh, self.log_normalisers))
            normalisers = self.log_normalisers.nan_to_num(0.0)
        losses = [
            clt_loss(direction, valid, normaliser, temperature)
            for direction, normaliser in zip(directions, normalisers, strict=True)
        ]
        return torch.stack(losses).sum()


def _known(batch: TransferBatch) -> Tensor:
    if batch.teacher_embeddings is None:
        raise RecipeError("clt was built for a fixed teacher: give its embeddings of all training records")
    return batch.teacher_embeddings
