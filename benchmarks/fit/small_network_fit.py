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
    """

    hidden: int
    epochs: int
    batch: int
    rate: float
    decay: float
    least_spread: float = 0.0


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
    torch.manual_seed(0)
    middle, spread = features.mean(axis=0), features.std(axis=0) + settings.least_spread
    inputs = torch.tensor((features - middle) / spread, dtype=torch.float32)
    hidden, output = torch.nn.Linear(inputs.shape[1], settings.hidden), torch.nn.Linear(settings.hidden, outputs)
    network = torch.nn.Sequential(hidden, torch.nn.Tanh(), output)
    optimiser = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=settings.decay)
    batches = len(inputs) // settings.batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs * batches)
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(inputs))[: batches * settings.batch].reshape(batches, settings.batch):
            optimiser.zero_grad()
            loss(network(inputs[rows]), rows).backward()
            optimiser.step()
            schedule.step()
    matrix = hidden.weight.detach().numpy().astype(np.float64).T / spread[:, np.newaxis]
    found = {
        "hidden": matrix,
        "hidden_bias": hidden.bias.detach().numpy() - middle @ matrix,
        "output": output.weight.detach().numpy().T.astype(np.float64),
        "output_bias": output.bias.detach().numpy().astype(np.float64),
    }
    return {name: np.round(values, 4) for name, values in found.items()}
