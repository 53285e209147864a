"""What is remembered of every training record, to be contrasted with a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

MOST_BYTES_IN_FULL_PRECISION = 10**9
_RECORDS_AT_ONCE = 65_536


class MemoryBank(nn.Module):
    """One projected embedding of length 1 for each training record.

    It begins random (from PyTorch's global generator) and is part of the state, so that a resumed run goes on
    with the same entries: ``4 · records · dimension`` bytes, 0.5 GB for a million records of 128. A bank that would
    pass 1 GB keeps its entries in half precision, which moves a similarity by less than 0.001.

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
        dtype = torch.float16 if 4 * records * dimension > MOST_BYTES_IN_FULL_PRECISION else torch.float32
        entries = torch.empty(records, dimension, dtype=dtype)
        for some in torch.split(entries, _RECORDS_AT_ONCE):  # a large bank is never there in full precision
            some.copy_(functional.normalize(torch.randn(some.shape), dim=1))
        self.register_buffer("entries", entries)

    def read(self, rows: Tensor) -> Tensor:
        """Return a copy of the entries of ``rows``, which stays as it is when the bank moves on."""
        return _full(self.entries.index_select(0, rows))

    @torch.no_grad()
    def update(self, rows: Tensor, projected: Tensor) -> None:
        """Move the entries of ``rows`` to ``normalise(momentum · entry + (1 - momentum) · projected)``."""
        moved = self.momentum * _full(self.entries[rows]) + (1 - self.momentum) * projected
        self.entries[rows] = functional.normalize(moved, dim=1).to(self.entries.dtype)


def _full(entries: Tensor) -> Tensor:
    return entries.float() if entries.dtype == torch.float16 else entries
