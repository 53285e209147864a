from __future__ import annotations

import math

import numpy as np
import pytest

from mvkt.evaluation.verdicts.platt_scale import fit_scale


def softened_loss(targets: list[bool], logits: list[float], temperature: float, bias: float) -> float:
    """Platt's loss, term by term."""
    positives = sum(targets)
    negatives = len(targets) - positives
    total = 0.0
    for target, logit in zip(targets, logits, strict=True):
        wanted = (positives + 1) / (positives + 2) if target else 1 / (negatives + 2)
        probability = 1 / (1 + math.exp(-(logit / temperature + bias)))
        total -= wanted * math.log(probability) + (1 - wanted) * math.log(1 - probability)
    return total / len(targets)


def test_no_temperature_and_bias_on_a_grid_are_better() -> None:
    random = np.random.default_rng(0)
    targets = random.random(80) < 0.3
    logits = 4.0 * targets - 3.0 + 2.0 * random.normal(size=80)
    truth, values = targets.tolist(), logits.tolist()
    best = softened_loss(truth, values, *fit_scale(targets, logits))
    for temperature in np.geomspace(0.2, 5, 15):
        for bias in np.linspace(-3, 3, 25):
            assert best <= softened_loss(truth, values, float(temperature), float(bias)) + 1e-9


def test_a_few_records_without_a_mistake_do_not_make_it_certain() -> None:
    temperature, bias = fit_scale(np.array([True, False, False]), np.array([1.0, -1.0, -1.5]))
    assert temperature >= 0.2
    assert 1 / (1 + math.exp(-(1.0 / temperature + bias))) < 0.7


def test_the_temperature_stays_within_a_factor_of_five() -> None:
    random = np.random.default_rng(0)
    targets = random.random(200) < 0.5
    assert fit_scale(targets, random.normal(size=200))[0] == pytest.approx(5.0)
    assert fit_scale(targets, 0.01 * (targets - 0.5))[0] == pytest.approx(0.2)
