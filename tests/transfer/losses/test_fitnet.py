from __future__ import annotations

import pytest
import torch
from tests.transfer.losses.made_outputs import random
from torch import Tensor, nn

from mvkt.errors import RecipeError
from mvkt.transfer import Outputs, TransferBatch, TransferContext, TransferSettings
from mvkt.transfer.losses.fitnet import FitNet, fitnet_loss

BATCH = TransferBatch(torch.zeros(2, 3), torch.arange(2))
CHANNELS = TransferContext(4, 4, student_channels=(2, 3), teacher_channels=(4, 5))


def build(context: TransferContext = CHANNELS, **settings: object) -> FitNet:
    return FitNet.build(TransferSettings(fitnet={"weight": 1.0, **settings}).of("fitnet"), context)


def with_features(*features: Tensor) -> Outputs:
    return Outputs(torch.zeros(2, 3), torch.zeros(2, 4), features)


def averaged(values: list[float], steps: int) -> list[float]:
    """Adaptive average pooling: step s is the mean from floor(s·n/steps) to ceil((s+1)·n/steps)."""
    n = len(values)
    pieces = [values[s * n // steps : -(-(s + 1) * n // steps)] for s in range(steps)]
    return [sum(piece) / len(piece) for piece in pieces]


@pytest.mark.parametrize(("steps_of_student", "steps_of_teacher"), [(4, 4), (4, 8), (9, 4)])
def test_equals_the_plain_loop(steps_of_student: int, steps_of_teacher: int) -> None:
    module = build(stages=[1, 2]).double()
    student = [random(2, channels, steps_of_student, seed=channels) for channels in (2, 3)]
    teacher = [random(2, channels, steps_of_teacher, seed=channels) for channels in (4, 5)]
    steps, expected = min(steps_of_student, steps_of_teacher), 0.0
    for regressor, ours, theirs in zip(module.regressors, student, teacher, strict=True):
        weight, bias = regressor.weight[:, :, 0].tolist(), regressor.bias.tolist()
        squares = []
        for record in range(2):
            for channel, row in enumerate(weight):
                regressed = [
                    bias[channel] + sum(w * ours[record, c, step].item() for c, w in enumerate(row))
                    for step in range(steps_of_student)
                ]
                wanted = averaged(theirs[record, channel].tolist(), steps)
                squares += [(a - b) ** 2 for a, b in zip(averaged(regressed, steps), wanted, strict=True)]
        expected += sum(squares) / len(squares) / 2
    loss = module(with_features(*student), with_features(*teacher), BATCH)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_a_regressor_that_finds_the_teacher_has_nothing_to_lose() -> None:
    features = random(2, 3, 6)
    assert fitnet_loss(features, features).item() == 0
    module = build(TransferContext(4, 4, student_channels=(3,), teacher_channels=(3,)), stages=[1]).double()
    nn.init.zeros_(module.regressors[0].bias)
    module.regressors[0].weight.data[:, :, 0] = torch.eye(3)
    assert module(with_features(features), with_features(features), BATCH).item() == pytest.approx(0, abs=1e-12)


def test_the_regressor_and_the_student_learn_the_teacher_does_not() -> None:
    module = build().double()
    student, teacher = random(2, 3, 6).requires_grad_(), random(2, 5, 6)
    module(with_features(random(2, 2, 6), student), with_features(random(2, 4, 6), teacher), BATCH).backward()
    assert student.grad.abs().sum() > 0
    assert module.regressors[0].weight.grad.abs().sum() > 0


def test_stages_that_there_are_not_are_refused() -> None:
    with pytest.raises(RecipeError, match="fitnet compares stage 3, but the student has 2 and the teacher 2"):
        build(stages=[1, 3])
    unequal = TransferContext(4, 4, student_channels=(2,), teacher_channels=(4, 5))
    with pytest.raises(RecipeError, match="the student has 1 and the teacher 2: name those"):
        build(unequal, stages="all")
