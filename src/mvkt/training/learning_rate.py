"""Learning rate (and momentum) as pure functions of how far training has come; nothing to save or restore."""

from __future__ import annotations

import math

from mvkt.training.network_settings import TrainingSettings

_ONE_CYCLE_START = 1 / 25
_ONE_CYCLE_END = 1e-4
_ONE_CYCLE_MOMENTUM = (0.95, 0.85)


def learning_rate_factor(epoch: float, settings: TrainingSettings) -> float:
    """Return what the learning rate is multiplied by.

    Args:
        epoch: Epochs done, with the fraction of the current one; from 0 to ``settings.epochs``.
        settings: The schedule.
    """
    warmup = settings.warmup_epochs
    if settings.schedule == "one-cycle":
        if epoch < warmup:
            return _cosine(_ONE_CYCLE_START, 1.0, epoch / warmup)
        return _cosine(1.0, _ONE_CYCLE_END, (epoch - warmup) / (settings.epochs - warmup))
    if epoch < warmup:
        return max(epoch, 1e-3) / warmup
    if settings.schedule == "cosine":
        return _cosine(1.0, 0.0, (epoch - warmup) / (settings.epochs - warmup))
    return settings.step_factor ** sum(epoch >= step for step in settings.step_epochs)


def momentum(epoch: float, settings: TrainingSettings) -> float:
    """Return Adam's first beta: cycled against the learning rate in ``one-cycle`` (Smith and Topin), else 0.9."""
    if settings.schedule != "one-cycle":
        return 0.9
    high, low = _ONE_CYCLE_MOMENTUM
    warmup = settings.warmup_epochs
    if epoch < warmup:
        return _cosine(high, low, epoch / warmup)
    return _cosine(low, high, (epoch - warmup) / (settings.epochs - warmup))


def _cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(done, 1.0))) / 2
