"""The three losses of MVKT-ECG, each as its formula."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def bce(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy with the labels, averaged over batch and classes."""
    return functional.binary_cross_entropy_with_logits(logits, targets)


def mkd(student_logits: Tensor, teacher_logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Multi-label knowledge distillation: ``T² · mean over records of the sum over classes of KL(teacher || student)``.

    Every class is a Bernoulli variable of its own, with ``p = sigmoid(logit / T)``.
    """
    p = torch.sigmoid(teacher_logits / temperature)
    q = torch.sigmoid(student_logits / temperature)
    divergence = p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))
    return temperature**2 * divergence.sum(dim=1).mean()


class Clt(nn.Module):
    """Contrastive lead-information transferring, with a memory of all training records on both sides.

    ``forward`` is given the negatives of every record: rows of records that share no label with it.

    Source: Tian et al., *Contrastive Representation Distillation*, ICLR 2020, equations 18 and 19; ``Z`` is the number
    of training records times the mean of the exponentials of the first batch, for good, as in their code.
    """

    def __init__(
        self,
        records: int,
        student_dim: int,
        teacher_dim: int,
        dimension: int = 128,
        temperature: float = 0.07,
        momentum: float = 0.5,
    ) -> None:
        super().__init__()
        self.temperature, self.momentum = temperature, momentum
        self.student_head, self.teacher_head = nn.Linear(student_dim, dimension), nn.Linear(teacher_dim, dimension)
        self.student_memory: Tensor
        self.teacher_memory: Tensor
        self.register_buffer("student_memory", functional.normalize(torch.randn(records, dimension), dim=1))
        self.register_buffer("teacher_memory", functional.normalize(torch.randn(records, dimension), dim=1))
        self.normalisers: list[float | None] = [None, None]

    def forward(self, student: Tensor, teacher: Tensor, rows: Tensor, negatives: Tensor) -> Tensor:
        """Return the loss of embeddings ``(batch, dimensions)`` of the training records ``rows``.

        Args:
            student: Embeddings of the student.
            teacher: Embeddings of the teacher.
            rows: ``(batch,)`` which training records they are of.
            negatives: ``(batch, K)`` training records.
        """
        student = functional.normalize(self.student_head(student), dim=1)
        teacher = functional.normalize(self.teacher_head(teacher), dim=1)
        entries = torch.cat([rows[:, None], negatives], dim=1)
        loss = self._contrast(0, student, self.teacher_memory[entries])
        loss = loss + self._contrast(1, teacher, self.student_memory[entries])
        with torch.no_grad():
            for memory, fresh in ((self.student_memory, student), (self.teacher_memory, teacher)):
                moved = self.momentum * memory[rows] + (1 - self.momentum) * fresh
                memory[rows] = functional.normalize(moved, dim=1)
        return loss

    def _contrast(self, side: int, anchors: Tensor, entries: Tensor) -> Tensor:
        """Contrast the first entry, the other view of the anchor's record, with the others."""
        records, number = len(self.student_memory), entries.shape[1] - 1
        e = torch.exp(torch.bmm(entries, anchors[:, :, None])[:, :, 0] / self.temperature)
        normaliser = self.normalisers[side]
        if normaliser is None:
            normaliser = self.normalisers[side] = float(e.detach().mean() * records)
        p = e / normaliser
        h = p / (p + number / records)
        return -(torch.log(h[:, 0]) + torch.log(1 - h[:, 1:]).sum(dim=1)).mean()
