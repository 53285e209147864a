from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mvkt.errors import TrainingError
from mvkt.transfer import record_recoverability


def random(*shape: int, seed: int = 0) -> Tensor:
    return 2 * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def divergence(z_t: float, z_r: float) -> float:
    p, q = 1 / (1 + math.exp(-z_t)), 1 / (1 + math.exp(-z_r))
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def test_equals_the_plain_loop() -> None:
    teacher = random(20, 2)
    recovered = teacher + 0.5 * random(20, 2, seed=1)
    by_record = record_recoverability(recovered, teacher)
    for c in range(2):
        pairs = zip(teacher[:, c].tolist(), recovered[:, c].tolist(), strict=True)
        assert by_record[:, c].tolist() == pytest.approx([math.exp(-divergence(*pair)) for pair in pairs])


def test_limits() -> None:
    teacher = random(50, 3)
    torch.testing.assert_close(record_recoverability(teacher, teacher), torch.ones_like(teacher))
    with pytest.raises(TrainingError, match="same classes"):
        record_recoverability(teacher, teacher[:, :2])
