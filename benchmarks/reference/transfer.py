"""Training: a teacher by labels, then a student by labels and teacher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from benchmarks.reference.losses import Clt, bce, mkd
from benchmarks.reference.networks import Network
from numpy.typing import NDArray
from torch import Tensor, nn

Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Weights:
    """Of the losses."""

    bce: float = 1.0
    mkd: float = 0.5
    clt: float = 0.8


def teacher_step(teacher: Network, batch: Batch, optimiser: torch.optim.Optimizer) -> Tensor:
    """Learn from the labels of a batch; return the loss."""
    signal, _, targets, _, _ = batch
    logits, _ = teacher(signal)
    return _descend(bce(logits, targets), [teacher], optimiser)


def student_step(
    student: Network, teacher: Network, clt: Clt, weights: Weights, batch: Batch, optimiser: torch.optim.Optimizer
) -> Tensor:
    """Learn from the labels of a batch and from the outputs of the teacher in evaluation mode; return the loss."""
    teacher_signal, signal, targets, rows, negatives = batch
    with torch.no_grad():
        teacher_logits, teacher_embedding = teacher(teacher_signal)
    logits, embedding = student(signal)
    loss = weights.bce * bce(logits, targets)
    loss = loss + weights.mkd * mkd(logits, teacher_logits)
    loss = loss + weights.clt * clt(embedding, teacher_embedding, rows, negatives)
    return _descend(loss, [student, clt], optimiser)


def _descend(loss: Tensor, modules: Iterable[nn.Module], optimiser: torch.optim.Optimizer) -> Tensor:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_([p for module in modules for p in module.parameters()], 1.0)
    optimiser.step()
    return loss.detach()


def predictions(network: Network, signals: Iterator[Tensor]) -> NDArray[np.float32]:
    """``(records, classes)`` logits in evaluation mode."""
    training = network.training
    network.eval()
    with torch.no_grad():
        logits = torch.cat([network(signal)[0] for signal in signals]).numpy()
    network.train(training)
    return logits


def macro_auc(targets: NDArray[np.bool_], logits: NDArray[np.float32]) -> float:
    """Mean over the classes of the share of pairs of a positive and a negative that are in order; a tie counts half.

    Classes without either are left out.
    """
    areas = []
    for truth, score in zip(targets.T, logits.T, strict=True):
        if truth.all() or not truth.any():
            continue
        difference = score[truth][:, None] - score[~truth][None]
        areas.append((difference > 0).mean() + 0.5 * (difference == 0).mean())
    return float(np.mean(areas))
