"""Outputs of networks that do not exist."""

from __future__ import annotations

import torch
from torch import Tensor

from mvkt.transfer import Outputs


def random(*shape: int, seed: int = 0) -> Tensor:
    """Normal numbers in float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def outputs(embedding: Tensor) -> Outputs:
    """An embedding with logits that mean nothing."""
    return Outputs(torch.zeros(len(embedding), 3), embedding)
