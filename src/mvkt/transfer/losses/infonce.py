"""InfoNCE: the teacher's view of a record is to be recognised among those of others, and the student's likewise.

Source: van den Oord, Li, Vinyals, *Representation Learning with Contrastive Predictive Coding*, arXiv 1807.03748
(2018), equation 4; symmetric as in Radford et al., *Learning Transferable Visual Models From Natural Language
Supervision*, ICML 2021, figure 3.
"""

from __future__ import annotations

from typing import Literal, Self

import torch
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
)
from mvkt.transfer.negatives import NegativeRule, NegativeSampler


class InfoNceSettings(LossSettings):
    """Settings of ``[transfer.infonce]``.

    Attributes:
        temperature: Divides the similarities.
        projection_dim: Length of the projected embeddings.
        negatives: Which records an anchor is contrasted with, as for CLT; what is likelier counts more.
        among: ``batch`` contrasts with the other records of the batch. ``all`` contrasts students with the teacher's
            embeddings of all training records, which have to be fixed (and teachers with the batch).
    """

    temperature: Positive = 0.07
    projection_dim: Dimension = 128
    negatives: NegativeRule = "any"
    among: Literal["batch", "all"] = "batch"

    @property
    def needs_targets(self) -> bool:
        """See :class:`~mvkt.transfer.loss.LossSettings`."""
        return self.negatives != "any"


def infonce_loss(
    similarity: Tensor, positive: Tensor, likelihood: Tensor | None = None, temperature: float = 0.07
) -> Tensor:
    """Return ``-log(e(positive) / (e(positive) + Σ likelihood · e(negative)))``, averaged over the anchors.

    Args:
        similarity: ``(batch, entries)`` of anchors and entries; ``e = exp(similarity / temperature)``.
        positive: ``(batch,)`` which entry belongs to the anchor.
        likelihood: ``(batch, entries)``, what each counts as a negative; None is 1.
        temperature: Above 0.
    """
    logits = similarity / temperature
    if likelihood is not None:
        logits = logits + likelihood.log().scatter(1, positive[:, None], 0.0)
    return functional.cross_entropy(logits, positive)


class InfoNce(ContrastiveLoss):
    """InfoNCE between student and teacher embeddings of a batch or a bank.

    Mean of :func:`infonce_loss` of student and teacher anchors, with projection heads.

    Within a batch both heads get a gradient from both; entries of all training records get none.

    Args:
        settings: Of the loss.
        student_dim: Length of the student's embedding.
        teacher_dim: Length of the teacher's embedding.
        sampler: Rule for which training records may be contrasted; None for any.
    """

    Settings = InfoNceSettings

    def __init__(
        self, settings: InfoNceSettings, student_dim: int, teacher_dim: int, sampler: NegativeSampler | None = None
    ) -> None:
        super().__init__(student_dim, teacher_dim, settings.projection_dim)
        self.settings = settings
        self.sampler = sampler

    @classmethod
    def build(cls, settings: InfoNceSettings, context: TransferContext) -> Self:
        """Build heads, and the rule of the negatives.

        Raises:
            RecipeError: The rule needs labels that were not given, or the teacher is not fixed and has to be.
        """
        if settings.among == "all" and not context.fixed_teacher:
            raise RecipeError(
                "infonce among all records needs the teacher's outputs of all of them, but the teacher runs on every "
                "batch: set among = 'batch', or train without augmentation"
            )
        sampler = None
        if settings.needs_targets:
            if context.targets is None:
                raise RecipeError("infonce chooses negatives by their labels: give the targets of all training records")
            sampler = NegativeSampler(context.targets, settings.negatives)
        return cls(settings, context.student_dim, context.teacher_dim, sampler)

    def forward(self, student: Outputs, teacher: Outputs, batch: TransferBatch) -> Tensor:
        """Return the loss of a batch."""
        students, teachers = self.project(student, teacher)
        likelihood = None if self.sampler is None else self.sampler.likelihood(batch.rows).to(students.dtype)
        within = None if likelihood is None else likelihood[:, batch.rows]
        place = torch.arange(len(students), device=students.device)
        temperature = self.settings.temperature
        of_teachers = infonce_loss(teachers @ students.T, place, within, temperature)
        if self.settings.among == "all":
            similarity = students @ self.teacher_entries(batch).T
            of_students = infonce_loss(similarity, batch.rows, likelihood, temperature)
        else:
            of_students = infonce_loss(students @ teachers.T, place, within, temperature)
        return (of_students + of_teachers) / 2
