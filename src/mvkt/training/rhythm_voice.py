"""Fit what the beats add to the logits of a network.

A network has learned from the training folds, so on them its logits are too good to be weighed against anything. Hence
two steps: a small network learns the labels from the beats alone, on the training folds; how much it counts in each
class, against the logits of the large network, is fitted on the validation folds, with two numbers a class.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import nn

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.evaluation.predictions import Predictions
from mvkt.training.rows import FoldRows

_UNITS, _EPOCHS, _BATCH, _RATE, _DECAY = 32, 30, 128, 3e-3, 0.3
_JITTER = 0.1  # standard deviations that every feature is moved by at random in training
_EDGES = (0.005, 0.995)
_LARGEST_SHARE = 5.0
_PENALTY = 1e-3
_WINDOWS_AT_ONCE = 256

Float = NDArray[np.float64]


def with_rhythm(
    training: FoldRows, rows: FoldRows, view: str, validation: Predictions
) -> tuple[RhythmHead, Predictions]:
    """Fit what the beats add to a network.

    Args:
        training: Rows that the network learned from.
        rows: The validation rows.
        view: The lead of the network.
        validation: Its logits for the validation rows, by window.

    Returns:
        The head, and the predictions with what it adds.
    """
    alone = fit_alone(features_of(training, view), training)
    of_validation = features_of(rows, view)
    head = weighted(alone, alone.of_features(of_validation), validation)
    return head, shifted(validation, head.of_features(of_validation))


def added(head: RhythmHead, view: str, rows: FoldRows, predictions: Predictions) -> Predictions:
    """Return the predictions of a network for some rows with what its head adds."""
    return shifted(predictions, head.of_features(features_of(rows, view)))


def features_of(rows: FoldRows, view: str) -> Float:
    """``(rows, features)`` of the windows of some rows."""
    parts = (
        rhythm_features(rows.select(positions, view), rows.sampling_frequency)
        for positions in rows.chunks(_WINDOWS_AT_ONCE)
    )
    return np.concatenate(list(parts))


def shifted(predictions: Predictions, shift: Float) -> Predictions:
    """Return predictions with something added to their logits ``(rows, classes)``."""
    logits = (predictions.logits + shift).astype(np.float32)
    return Predictions(predictions.record_id, predictions.patient_id, predictions.targets, logits, predictions.classes)


def fit_alone(features: Float, rows: FoldRows) -> RhythmHead:
    """Learn the classes from the beats alone.

    Args:
        features: ``(rows, features)``.
        rows: With the labels; what is not known does not count, and all windows of a record count as much as that of
            another.
    """
    typical = np.nan_to_num(np.nanmedian(features, axis=0))
    lowest, highest = np.nan_to_num(np.nanquantile(features, _EDGES, axis=0))
    known = np.clip(np.where(np.isnan(features), typical, features), lowest, highest)
    spread = known.std(axis=0) + 1e-6
    _, record, windows = np.unique(rows.record_id, return_inverse=True, return_counts=True)
    weights = rows.known / windows[record][:, np.newaxis]
    weights_of = _learn((known - typical) / spread, rows.targets.astype(np.float64), weights)
    hidden = weights_of["hidden"] / spread[:, np.newaxis]
    return RhythmHead(
        features=NAMES,
        typical=_row(typical),
        lowest=_row(lowest),
        highest=_row(highest),
        hidden=tuple(map(_row, hidden)),
        hidden_bias=_row(weights_of["hidden_bias"] - typical @ hidden),
        output=tuple(map(_row, weights_of["output"])),
        output_bias=_row(weights_of["output_bias"]),
    )


def weighted(alone: RhythmHead, shift: Float, validation: Predictions) -> RhythmHead:
    """Return a head that counts in each class for as much as it helps the logits of a network.

    Args:
        alone: See :func:`fit_alone`.
        shift: ``(windows, classes)`` its output for the validation rows.
        validation: Logits of the network for them.
    """
    records, voices = validation.by_record(), shifted(validation, shift - validation.logits).by_record()
    shares = np.array(
        [
            _share(records.logits[:, column], voices.logits[:, column], records.targets[:, column])
            for column in range(len(records.classes))
        ]
    )
    return alone.model_copy(
        update={
            "output": tuple(_row(np.multiply(row, shares)) for row in alone.output),
            "output_bias": _row(np.multiply(alone.output_bias, shares)),
        }
    )


def _learn(inputs: Float, targets: Float, weights: Float) -> dict[str, Float]:
    """The weights of the small network, on standardised features; the same every time."""
    random = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        hidden, output = nn.Linear(inputs.shape[1], _UNITS), nn.Linear(_UNITS, targets.shape[1])
    network = nn.Sequential(hidden, nn.Tanh(), output)
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    steps = _EPOCHS * -(-len(inputs) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    x, y, counts = (torch.tensor(values, dtype=torch.float32) for values in (inputs, targets, weights))
    for _ in range(_EPOCHS):
        order = torch.randperm(len(x), generator=random)
        for start in range(0, len(x), _BATCH):
            rows = order[start : start + _BATCH]
            moved = x[rows] + _JITTER * torch.randn(len(rows), x.shape[1], generator=random)
            loss = nn.functional.binary_cross_entropy_with_logits(network(moved), y[rows], reduction="none")
            optimiser.zero_grad()
            torch.autograd.backward((loss * counts[rows]).sum(dim=1).mean())
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        return {
            "hidden": hidden.weight.numpy().T.astype(np.float64),
            "hidden_bias": hidden.bias.numpy().astype(np.float64),
            "output": output.weight.numpy().T.astype(np.float64),
            "output_bias": output.bias.numpy().astype(np.float64),
        }


def _share(network: NDArray[np.float32], voice: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """How much the voice counts against the logits of the network, by logistic regression without negative weights."""
    if truth.all() or not truth.any():
        return 0.0
    inputs = np.stack([network, voice, np.ones(len(truth))], axis=1).astype(np.float64)

    def loss_and_gradient(weights: Float) -> tuple[float, Float]:
        odds = inputs @ weights
        penalty = np.append(weights[:2], 0.0)
        excess = 1 / (1 + np.exp(-np.clip(odds, -50, 50))) - truth
        loss = (np.logaddexp(0.0, odds) - truth * odds).mean() + _PENALTY * np.square(penalty).sum()
        return float(loss), inputs.T @ excess / len(truth) + 2 * _PENALTY * penalty

    bounds = [(0.0, None), (0.0, None), (None, None)]
    found = minimize(loss_and_gradient, [0.5, 0.5, 0.0], jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(min(found[1] / max(found[0], 1e-9), _LARGEST_SHARE))


def _row(values: Float) -> tuple[float, ...]:
    """Four digits that count are more than a feature is known to."""
    return tuple(float(f"{value:.4g}") for value in np.asarray(values).tolist())
