"""Several teachers, combined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mvkt.transfer.loss import ModelOutput, Outputs


class Committee(nn.Module):
    """The mean of the teachers' logits; their embeddings side by side.

    Source: Hinton et al., *Distilling the Knowledge in a Neural Network*, 2015, on ensembles; the mean of logits is the
    geometric mean of the odds. Embeddings have no common axes, so that they are not averaged.

    Args:
        teachers: Each returns ``logits`` of the same classes, and ``embedding``, and has ``embedding_dim``.
    """

    def __init__(self, teachers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.teachers = nn.ModuleList(teachers)
        self.embedding_dim = sum(cast(int, teacher.embedding_dim) for teacher in teachers)

    def forward(self, signals: Sequence[Tensor]) -> Outputs:
        """Run all members on a batch.

        Args:
            signals: ``(batch, leads of its view, samples)`` for each teacher.
        """
        return combined([teacher(signal) for teacher, signal in zip(self.teachers, signals, strict=True)])


def combined(outputs: Sequence[ModelOutput]) -> Outputs:
    """Combine the outputs of several teachers: mean logits, concatenated embeddings.

    Classes that only some know, which come last, are left out.
    """
    common = min(output.logits.shape[1] for output in outputs)
    logits = torch.stack([output.logits[:, :common] for output in outputs]).mean(dim=0)
    return Outputs(logits, torch.cat([output.embedding for output in outputs], dim=1))
