"""Fit a network of one hidden layer, in the form that ``mvkt.ecg.small_network`` reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Float = NDArray[np.float64]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Mean loss of logits ``(rows, outputs)`` and the rows that they are of."""


@dataclass(frozen=True)
class FitSettings:
    """How a network is fitted.

    Attributes:
        hidden: Units.
        epochs: Passes over all rows.
        batch: Rows a step.
        rate: Learning rate at the beginning; it falls to 0 by half a cosine.
        decay: Of the weights.
        least_spread: Added to the standard deviation of every feature, for features that hardly vary.
        members: Networks that are fitted from different beginnings; their mean is a network of all their units.
    """

    hidden: int
    epochs: int
    batch: int
    rate: float
    decay: float
    least_spread: float = 0.0
    members: int = 1


def fit_small_network(features: Float, outputs: int, loss: Loss, settings: FitSettings) -> dict[str, Float]:
    """Fit on standardised features; the standardisation becomes part of the hidden weights.

    Args:
        features: ``(rows, features)``.
        outputs: Of the network.
        loss: What is made small.
        settings: How.

    Returns:
        Weights and biases, rounded to four digits.
    """
    middle, spread = features.mean(axis=0), features.std(axis=0) + settings.least_spread
    inputs = torch.tensor((features - middle) / spread, dtype=torch.float32)
    members = [_member(inputs, outputs, loss, settings, seed) for seed in range(settings.members)]
    matrix = np.concatenate([member[0].T for member in members], axis=1) / spread[:, np.newaxis]
    found = {
        "hidden": matrix,
        "hidden_bias": np.concatenate([member[1] for member in members]) - middle @ matrix,
        "output": np.concatenate([member[2].T for member in members]) / len(members),
        "output_bias": np.mean([member[3] for member in members], axis=0),
    }
    return {name: np.round(values, 4) for name, values in found.items()}


def _member(inputs: torch.Tensor, outputs: int, loss: Loss, settings: FitSettings, seed: int) -> list[Float]:
    """Weights and biases, hidden ones first, of a network fitted from one beginning."""
    torch.manual_seed(seed)
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], settings.hidden), torch.nn.Tanh(), torch.nn.Linear(settings.hidden, outputs)
    )
    optimiser = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=settings.decay)
    batches = len(inputs) // settings.batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs * batches)
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(inputs))[: batches * settings.batch].reshape(batches, settings.batch):
            optimiser.zero_grad()
            loss(network(inputs[rows]), rows).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return [weights.detach().numpy().astype(np.float64) for weights in network.parameters()]
