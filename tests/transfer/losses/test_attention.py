from __future__ import annotations

import pytest
import torch
from tests.transfer.losses.made_outputs import random
from torch import Tensor

from mvkt.transfer import Outputs, TransferBatch, TransferContext, TransferSettings
from mvkt.transfer.losses.attention import AttentionTransfer, attention_loss


def attention_map(features: Tensor, record: int, every: int) -> list[float]:
    squares = [
        sum(features[record, channel, step].item() ** 2 for channel in range(features.shape[1]))
        for step in range(features.shape[2])
    ]
    means = [sum(squares[start : start + every]) / every for start in range(0, len(squares), every)]
    length = sum(mean**2 for mean in means) ** 0.5
    return [mean / length for mean in means]


@pytest.mark.parametrize("every", [1, 2])
def test_equals_the_plain_loop(every: int) -> None:
    """The teacher has more channels, and as many steps or twice as many."""
    student, teacher = random(3, 2, 4), random(3, 5, 4 * every, seed=1)
    expected = 0.0
    for record in range(3):
        ours, theirs = attention_map(student, record, 1), attention_map(teacher, record, every)
        expected += sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True)) / 3
    assert attention_loss(student, teacher).item() == pytest.approx(expected, rel=1e-9)


def test_only_where_matters_not_how_much_nor_in_which_channel() -> None:
    features = random(2, 3, 5)
    assert attention_loss(7 * features.flip(1), features).item() == pytest.approx(0, abs=1e-12)
    assert attention_loss(features.flip(2), features) > 0.01


def test_apart_in_time_is_the_worst() -> None:
    first, second = torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)
    first[0, 0, 0], second[0, 0, 3] = 1.0, -2.0
    assert attention_loss(first, second).item() == pytest.approx(2.0)
    # Without any activity there is no direction, and no division by 0.
    assert attention_loss(torch.zeros(1, 1, 4), second).item() == pytest.approx(1.0)


def test_gradient() -> None:
    student, teacher = random(2, 2, 4).requires_grad_(), random(2, 3, 4, seed=1)
    assert torch.autograd.gradcheck(lambda features: attention_loss(features, teacher), student)


def test_stages_are_summed() -> None:
    students, teachers = (random(2, 2, 6), random(2, 3, 3)), (random(2, 4, 6, seed=1), random(2, 5, 3, seed=1))
    context = TransferContext(4, 4, student_channels=(2, 3), teacher_channels=(4, 5))
    batch = TransferBatch(torch.zeros(2, 3), torch.arange(2))
    empty = (torch.zeros(2, 3), torch.zeros(2, 4))
    losses = [attention_loss(student, teacher) for student, teacher in zip(students, teachers, strict=True)]
    for stages, expected in (("all", losses[0] + losses[1]), ([2], losses[1])):
        settings = TransferSettings(attention={"weight": 1.0, "stages": stages}).of("attention")
        module = AttentionTransfer.build(settings, context)
        torch.testing.assert_close(module(Outputs(*empty, students), Outputs(*empty, teachers), batch), expected)
