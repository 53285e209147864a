"""How much of the teacher's output can be read from the student's view at all.

A teacher of twelve leads knows what a single lead does not show. A student that is made to repeat them learns
noise, so they should count less. What can be recovered is estimated by cross-fitting: networks of the student's view
learn from the teacher on a part of the training records and run on the others.
"""

from __future__ import annotations

from torch import Tensor

from mvkt.transfer.loss import full_precision
from mvkt.transfer.losses.mkd import bernoulli_divergence, check_same_classes


def record_recoverability(recovered_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Return ``exp(-KL(Bern(p_t) || Bern(p_r)))`` for each class of each record: 1 where all was recovered, else less.

    It is the likelihood, against the best possible, of the teacher's answer under the recovered probabilities.

    Args:
        recovered_logits: ``(records, classes)`` of networks of the student's view that have not learned from
            the record.
        teacher_logits: ``(records, classes)``.

    Raises:
        TrainingError: The logits differ in shape.
    """
    check_same_classes(recovered_logits, teacher_logits)
    return (-bernoulli_divergence(full_precision(teacher_logits), full_precision(recovered_logits))).exp()
