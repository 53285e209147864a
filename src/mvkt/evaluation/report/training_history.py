"""The course of a training, as it is written to ``metrics.jsonl``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from mvkt.errors import ResultError
from mvkt.stored import Part, listed_faults


class ValidationMetrics(Part, extra="ignore"):
    """Of the validation records, after an epoch."""

    loss: float
    macro_auc: float


class EpochMetrics(Part, extra="ignore"):
    """What the report needs of a line; other keys are left alone.

    Attributes:
        epoch: From 1.
        losses: Name to mean over the epoch's batches; ``total`` is among them.
        gradient_shares: Name to share of the gradient of the last batch; empty where there is a single loss.
        validation: After the epoch.
    """

    epoch: int
    losses: Mapping[str, float]
    gradient_shares: Mapping[str, float] = {}
    validation: ValidationMetrics


def read_history(path: Path) -> list[EpochMetrics]:
    """Read one JSON object an epoch; the last line of an epoch counts, for a resumed run may repeat one.

    Raises:
        ResultError: The file is missing or damaged.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{path} cannot be read ({error}); has the run finished?") from error
    epochs: dict[int, EpochMetrics] = {}
    for number, line in enumerate(lines, start=1):
        try:
            metrics = EpochMetrics.model_validate_json(line)
        except ValidationError as error:
            raise ResultError(f"{path}, line {number}: {listed_faults(error)}") from error
        epochs[metrics.epoch] = metrics
    names = {frozenset(metrics.losses) for metrics in epochs.values()}
    if len(names) != 1 or "total" not in next(iter(names)):
        raise ResultError(f"{path}: expected one epoch or more with the same losses, 'total' among them")
    return [epochs[number] for number in sorted(epochs)]


def mean_gradient_shares(history: Sequence[EpochMetrics]) -> dict[str, float]:
    """Return the share of each loss in the gradient, the mean over the epochs; empty where there is a single loss."""
    measured = [epoch.gradient_shares for epoch in history if epoch.gradient_shares]
    names = measured[0] if measured else ()
    return {name: sum(shares[name] for shares in measured) / len(measured) for name in names}
