"""How much of what the teacher says can be read from the student's view at all.

A teacher of twelve leads knows things that one lead does not show. A student that is made to repeat them learns
noise, so they should count less. What can be recovered is estimated by cross-fitting: networks of the student's view
learn from the teacher on a part of the training records and judge the others.
"""

from __future__ import annotations

from torch import Tensor

from mvkt.transfer.loss import full_precision
from mvkt.transfer.losses.mkd import bernoulli_divergence, check_same_classes


def record_recoverability(recovered_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Return ``exp(-KL(Bern(p_t) || Bern(p_r)))`` for each class of each record: 1 where all was recovered, else less.

    It is the likelihood, against the best possible, of the teacher's answer under the recovered one.

    Args:
        recovered_logits: ``(records, classes)`` of networks of the student's view that have not learned from
            the record.
        teacher_logits: ``(records, classes)``.

    Raises:
        TrainingError: The logits differ in shape.
    """
    check_same_classes(recovered_logits, teacher_logits)
    return (-bernoulli_divergence(full_precision(teacher_logits), full_precision(recovered_logits))).exp()


def class_recoverability(recovered_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Return the share of the teacher's deviance that is recovered, for each class: ``(classes,)``, 0 to 1.

    ``1 - Σ_b KL(p_t || p_r) / Σ_b KL(p_t || mean p_t)``, and 0 where the recovered logits are worse than the mean.

    Source: McFadden's pseudo-R² with the teacher's probabilities as the outcome.

    Args:
        recovered_logits: As in :func:`record_recoverability`.
        teacher_logits: ``(records, classes)``.

    Raises:
        TrainingError: The logits differ in shape.
    """
    check_same_classes(recovered_logits, teacher_logits)
    teacher = full_precision(teacher_logits)
    left = bernoulli_divergence(teacher, full_precision(recovered_logits)).sum(dim=0)
    mean = teacher.sigmoid().mean(dim=0, keepdim=True).logit(eps=1e-6)
    whole = bernoulli_divergence(teacher, mean.expand_as(teacher)).sum(dim=0)
    return (1 - left / whole.clamp(min=1e-12)).clamp(min=0)
