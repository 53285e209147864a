"""The processes of a training: which share of a batch each runs, and how the outputs come together again.

Every process runs the networks on its share. Outputs are gathered, and every process computes the losses of the whole
batch: losses that contrast the records of a batch stay what they are, and every memory bank takes in every record.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch import distributed as group


def process_count() -> int:
    """Return how many processes train together; 1 without a launcher."""
    return group.get_world_size() if group.is_available() and group.is_initialized() else 1


def process_number() -> int:
    """Return the number of this process among them, from 0."""
    return group.get_rank() if group.is_available() and group.is_initialized() else 0


def share_of_batch(records: int) -> slice:
    """Return which of the records of a batch this process runs; ``records`` is a multiple of the processes."""
    share = records // process_count()
    return slice(process_number() * share, (process_number() + 1) * share)


def gather(share: Tensor) -> Tensor:
    """Return ``(batch, ...)`` from the shares ``(batch / processes, ...)`` of all processes, in order.

    Every process computes the same loss from the whole. The gradient of a share is that of this loss, times the number
    of processes: averaged over the processes, as ``DistributedDataParallel`` does, parameters before and after the
    gathering both get the gradient that a single process would compute.
    """
    if process_count() == 1:
        return share
    gathered: Tensor = _Gather.apply(share)  # type: ignore[no-untyped-call]
    return gathered


def summed(share: Tensor) -> Tensor:
    """Return the sum of a tensor over all processes; it is changed in place."""
    if process_count() > 1:
        group.all_reduce(share)
    return share


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, share: Tensor) -> Tensor:
        shares = [torch.empty_like(share, memory_format=torch.contiguous_format) for _ in range(process_count())]
        group.all_gather(shares, share.detach().contiguous())
        return torch.cat(shares)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        return gradient[share_of_batch(len(gradient))] * process_count()
