from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mvkt.errors import TrainingError
from mvkt.transfer import class_recoverability, record_recoverability


def random(*shape: int, seed: int = 0) -> Tensor:
    return 2 * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def divergence(z_t: float, z_r: float) -> float:
    p, q = 1 / (1 + math.exp(-z_t)), 1 / (1 + math.exp(-z_r))
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def test_equal_the_plain_loops() -> None:
    teacher = random(20, 2)
    recovered = teacher + 0.5 * random(20, 2, seed=1)
    by_record, by_class = record_recoverability(recovered, teacher), class_recoverability(recovered, teacher)
    for c in range(2):
        pairs = list(zip(teacher[:, c].tolist(), recovered[:, c].tolist(), strict=True))
        assert by_record[:, c].tolist() == pytest.approx([math.exp(-divergence(*pair)) for pair in pairs])
        mean = sum(1 / (1 + math.exp(-z)) for z, _ in pairs) / 20
        whole = sum(divergence(z, math.log(mean / (1 - mean))) for z, _ in pairs)
        assert by_class[c].item() == pytest.approx(1 - sum(divergence(*pair) for pair in pairs) / whole)


def test_limits() -> None:
    teacher = random(50, 3)
    assert torch.equal(class_recoverability(teacher, teacher), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(record_recoverability(teacher, teacher), torch.ones_like(teacher))
    # The mean of each class recovers nothing, and the contrary less than nothing, which counts as nothing.
    mean = teacher.sigmoid().mean(dim=0).logit().expand_as(teacher)
    torch.testing.assert_close(class_recoverability(mean, teacher), torch.zeros(3, dtype=torch.float64))
    assert class_recoverability(-teacher, teacher).tolist() == [0, 0, 0]
    # A teacher that always says the same has nothing that could be recovered.
    assert class_recoverability(torch.ones(5, 1), torch.zeros(5, 1)).tolist() == [0]
    with pytest.raises(TrainingError, match="same classes"):
        record_recoverability(teacher, teacher[:, :2])
