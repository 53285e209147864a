"""Fit a network of one hidden layer, in the form that ``mvkt.ecg.small_network`` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    hidden, hidden_bias, output, output_bias = _members(inputs, outputs, loss, settings)
    matrix = np.concatenate(list(hidden), axis=1) / spread[:, np.newaxis]
    found = {
        "hidden": matrix,
        "hidden_bias": hidden_bias.ravel() - middle @ matrix,
        "output": np.concatenate(list(output)) / settings.members,
        "output_bias": output_bias.mean(axis=0),
    }
    return {name: np.round(values, 4) for name, values in found.items()}


def write_network(path: Path, network: Mapping[str, Any]) -> None:
    """Write a network as JSON; a row of numbers is a line."""
    text = re.sub(r"\[([^][]+)\]", lambda row: f"[{' '.join(row[1].split())}]", json.dumps(network, indent=1))
    path.write_text(text + "\n", encoding="utf-8")


def _members(inputs: torch.Tensor, outputs: int, loss: Loss, settings: FitSettings) -> list[Float]:
    """``(members, ...)`` weights and biases, hidden ones first; all members see the same rows in a step."""
    beginnings = [_beginning(inputs.shape[1], outputs, settings, seed) for seed in range(settings.members)]
    weights = [torch.stack(parts).requires_grad_() for parts in zip(*beginnings, strict=True)]
    hidden, hidden_bias, output, output_bias = weights
    optimiser = torch.optim.AdamW(weights, settings.rate, weight_decay=settings.decay)
    batches = len(inputs) // settings.batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs * batches)
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(inputs))[: batches * settings.batch].reshape(batches, settings.batch):
            optimiser.zero_grad()
            units = torch.tanh(inputs[rows] @ hidden + hidden_bias[:, None])
            logits = units @ output + output_bias[:, None]
            torch.stack([loss(member, rows) for member in logits]).sum().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return [parts.detach().numpy().astype(np.float64) for parts in weights]


def _beginning(inputs: int, outputs: int, settings: FitSettings, seed: int) -> list[torch.Tensor]:
    """Weights ``(inputs, outputs)`` and biases of both layers before they are fitted."""
    torch.manual_seed(seed)
    layers = torch.nn.Linear(inputs, settings.hidden), torch.nn.Linear(settings.hidden, outputs)
    return [values.detach() for layer in layers for values in (layer.weight.T, layer.bias)]
