"""How hard each loss pulls at a student: its share of the gradient.

Weights cannot be compared: losses differ in unit, in slope and in how they fade. Where losses pull alike, what they
bring can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mvkt.transfer.gather import summed


def gradient_shares(
    losses: Mapping[str, Tensor], weights: Mapping[str, float], parameters: Sequence[nn.Parameter]
) -> dict[str, float]:
    """Return the share of each loss in the gradient of a student's weights: norm of the gradient of the weighted loss.

    At the weights, because losses of outputs, embeddings and features reach a student at different places. The graph of
    the losses is kept, and no gradient is stored.

    Args:
        losses: Of a batch, by name, before weighting; a loss without a weight is left out.
        weights: By name.
        parameters: Of the student. Those that no loss reaches count as 0.

    Returns:
        By name, with the sum 1; all 0 where no loss has a gradient.
    """
    norms = {}
    for name, weight in weights.items():
        reached = losses[name].requires_grad and weight
        parts = torch.autograd.grad(losses[name], parameters, retain_graph=True, allow_unused=True) if reached else ()
        flat = [part.detach().flatten().float() for part in parts if part is not None]
        # The processes of a training hold a part of the gradient each.
        norms[name] = weight * float(summed(torch.cat(flat)).norm()) if flat else 0.0
    total = sum(norms.values())
    return {name: norm / total if total else 0.0 for name, norm in norms.items()}
