"""An average of the weights over the training, which often ranks better than the last weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of weights and batch statistics of a network.

    In the first steps the decay is smaller, ``(1 + step) / (10 + step)``, so that the initial weights are forgotten.

    Source: Polyak and Juditsky 1992; Tarvainen and Valpola, *Mean teachers are better role models*, NeurIPS 2017.

    Args:
        network: Whose weights; it is not changed.
        decay: Share that the average keeps in a step; 0 averages nothing and costs nothing.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network, self._decay = network, decay
        self.model = copy.deepcopy(network).requires_grad_(False) if decay else network
        self._steps = torch.zeros((), dtype=torch.int64)

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step."""
        if not self._decay:
            return
        steps = int(self._steps)
        kept = min(self._decay, (1 + steps) / (10 + steps))
        self._steps += 1
        averages, news = self.model.state_dict(), self._network.state_dict()
        floats = [name for name, tensor in averages.items() if tensor.is_floating_point()]
        torch._foreach_lerp_([averages[name] for name in floats], [news[name] for name in floats], 1 - kept)
        for name in averages.keys() - set(floats):  # the counters of batch normalisation
            averages[name].copy_(news[name])

    def weights(self) -> dict[str, Tensor]:
        """Return the weights to be kept."""
        return dict(self.model.state_dict())

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps of the average; the tensors are the live ones."""
        if not self._decay:
            return {}
        own = {f"average.{name}": tensor for name, tensor in self.model.state_dict().items()}
        return {**own, "average_steps": self._steps}
