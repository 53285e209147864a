from __future__ import annotations

import pytest
import torch
from tests.transfer.losses.made_outputs import outputs, random

from mvkt.transfer import TransferBatch
from mvkt.transfer.losses.embedding_regression import EmbeddingRegression

BATCH = TransferBatch(torch.zeros(8, 3), torch.arange(8))


def test_equals_the_plain_loop_over_several_batches() -> None:
    """Means and (unbiased) variances are averaged over the batches so far, then the error of each number."""
    module = EmbeddingRegression(2, 3).double().train()
    weight, bias = module.regressor.weight.tolist(), module.regressor.bias.tolist()
    means: list[list[float]] = []
    variances: list[list[float]] = []
    for seed in range(3):
        student, teacher = random(8, 2, seed=seed), 3 * random(8, 3, seed=10 + seed) + 2
        columns = teacher.T.tolist()
        means.append([sum(column) / 8 for column in columns])
        variances.append([sum((v - m) ** 2 for v in c) / 7 for c, m in zip(columns, means[-1], strict=True)])
        expected = 0.0
        for ours, theirs in zip(student.tolist(), teacher.tolist(), strict=True):
            for d in range(3):
                mean = sum(values[d] for values in means) / len(means)
                variance = sum(values[d] for values in variances) / len(variances)
                predicted = bias[d] + sum(w * x for w, x in zip(weight[d], ours, strict=True))
                expected += (predicted - (theirs[d] - mean) / (variance + 1e-5) ** 0.5) ** 2 / 24
        assert module(outputs(student), outputs(teacher), BATCH).item() == pytest.approx(expected, rel=1e-9)


def test_every_dimension_counts_the_same_whatever_its_unit() -> None:
    teacher = random(8, 3)
    losses = []
    for scale in (1.0, 1000.0):
        module = EmbeddingRegression(3, 3).double().train()
        with torch.no_grad():
            module.regressor.weight.zero_()
            module.regressor.bias.zero_()
        stretched = teacher * torch.tensor([1.0, scale, 1.0]) + scale
        losses.append(module(outputs(teacher), outputs(stretched), BATCH).item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    # A prediction of the means alone: the variance, which is 1 (7/8 of it, as the estimate is unbiased).
    assert losses[0] == pytest.approx(7 / 8, rel=1e-3)


def test_what_is_linear_in_the_student_is_learned() -> None:
    generator = torch.Generator().manual_seed(0)
    student = torch.randn(64, 6, generator=generator)
    teacher = student @ torch.randn(6, 4, generator=generator) + 3
    module = EmbeddingRegression(6, 4).train()
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        loss = module(outputs(student), outputs(teacher), BATCH)
        loss.backward()
        optimiser.step()
    assert loss < 1e-3


def test_evaluation_leaves_the_statistics_and_a_resumed_state_has_them() -> None:
    module = EmbeddingRegression(2, 3).train()
    module(outputs(random(8, 2).float()), outputs(random(8, 3).float()), BATCH)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    module.eval()(outputs(random(8, 2).float()), outputs(random(8, 3, seed=5).float()), BATCH)
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
    assert {"statistics.running_mean", "statistics.running_var"} <= set(before)
