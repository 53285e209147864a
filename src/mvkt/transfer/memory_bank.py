"""What is remembered of every training record, to be contrasted with a batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class MemoryBank(nn.Module):
    """One projected embedding of length 1 for each training record.

    It begins random (from PyTorch's global generator) and is part of the state, so that a resumed run goes on
    with the same entries: ``4 · records · dimension`` bytes, 0.5 GB for a million records of 128.

    Source: Wu et al., *Unsupervised Feature Learning via Non-Parametric Instance Discrimination*, CVPR 2018;
    momentum as in Tian et al., ICLR 2020.

    Args:
        records: Training records.
        dimension: Length of a projected embedding.
        momentum: Share of its old value that an entry keeps.
    """

    entries: Tensor

    def __init__(self, records: int, dimension: int, momentum: float = 0.5) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("entries", functional.normalize(torch.randn(records, dimension), dim=1))

    @torch.no_grad()
    def update(self, rows: Tensor, projected: Tensor) -> None:
        """Move the entries of ``rows`` to ``normalise(momentum · entry + (1 - momentum) · projected)``."""
        moved = self.momentum * self.entries[rows] + (1 - self.momentum) * projected
        self.entries[rows] = functional.normalize(moved, dim=1)


def similarities(
    anchors: Tensor, table: Tensor, rows: Tensor, project: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Return the inner products of each anchor with its own choice of entries, which get no gradient.

    A table that is no longer than what is asked of it is projected and multiplied whole: that is cheaper than
    to gather its entries several times over.

    Args:
        anchors: ``(batch, dimension)``.
        table: ``(records, dimension)``, or what ``project`` turns into that.
        rows: ``(batch, entries)`` positions in the table.
        project: Applied to the entries that are needed.

    Returns:
        ``(batch, entries)``.
    """
    whole = len(table) <= rows.numel()
    with torch.no_grad():
        # A copy, not the table itself: the bank takes in the batch before the gradient is computed.
        chosen = table.clone() if whole else table[rows]
        entries = chosen if project is None else project(chosen)
    if whole:
        return (anchors @ entries.T).gather(1, rows)
    return torch.einsum("bd,bed->be", anchors, entries)
