from __future__ import annotations

import pytest
import torch

from mvkt.training.learning_rate import learning_rate_factor, momentum
from mvkt.training.network_settings import TrainingSettings


def test_one_cycle_is_that_of_pytorch():
    settings = TrainingSettings(epochs=10, warmup_epochs=3, schedule="one-cycle")
    optimiser = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    # PyTorch counts from the first step to the last; a schedule over 1,001 steps ends exactly at step 1,000.
    reference = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1.0, total_steps=1001, pct_start=300.999 / 1001, div_factor=25, final_div_factor=400
    )
    for step in range(1000):
        epoch = step / 100
        group = optimiser.param_groups[0]
        assert learning_rate_factor(epoch, settings) == pytest.approx(group["lr"], abs=6e-3)
        assert momentum(epoch, settings) == pytest.approx(group["betas"][0], abs=1e-3)
        optimiser.step()
        reference.step()


def test_the_paper_warms_up_and_steps():
    settings = TrainingSettings(epochs=100, warmup_epochs=15, schedule="step", step_epochs=(40, 70))
    factors = [learning_rate_factor(epoch, settings) for epoch in (7.5, 15, 39.9, 40, 69.9, 70, 99)]
    assert factors == pytest.approx([0.5, 1, 1, 0.1, 0.1, 0.01, 0.01])
    assert momentum(50, settings) == 0.9


def test_cosine_goes_to_nothing():
    settings = TrainingSettings(epochs=10, warmup_epochs=2, schedule="cosine")
    assert learning_rate_factor(1, settings) == pytest.approx(0.5)
    assert learning_rate_factor(2, settings) == pytest.approx(1.0)
    assert learning_rate_factor(6, settings) == pytest.approx(0.5)
    assert learning_rate_factor(10, settings) == pytest.approx(0.0)


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine"])
def test_no_warm_up_begins_at_the_top(schedule):
    settings = TrainingSettings(epochs=4, warmup_epochs=0, schedule=schedule)
    assert learning_rate_factor(0, settings) == pytest.approx(1.0)


def test_the_first_step_of_a_linear_warm_up_moves():
    settings = TrainingSettings(epochs=4, warmup_epochs=1, schedule="cosine")
    assert learning_rate_factor(0, settings) > 0
