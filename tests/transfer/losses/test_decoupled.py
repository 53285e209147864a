from __future__ import annotations

import math

import pytest
import torch

from mvkt.transfer import mkd_loss
from mvkt.transfer.losses.decoupled import decoupled_loss

STUDENT = torch.tensor([[0.3, -1.2, 2.0], [-0.4, 0.0, 4.0], [1.0, 0.2, 0.1]], dtype=torch.float64)
TEACHER = torch.tensor([[1.3, -0.2, -2.0], [-3.4, 0.5, 1.0], [2.0, -0.3, 0.0]], dtype=torch.float64)
TARGETS = torch.tensor([[1, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=torch.bool)


def divergence(z_s: float, z_t: float) -> float:
    p_s, p_t = 1 / (1 + math.exp(-z_s)), 1 / (1 + math.exp(-z_t))
    return p_t * math.log(p_t / p_s) + (1 - p_t) * math.log((1 - p_t) / (1 - p_s))


def reference(alpha: float, beta: float, temperature: float) -> float:
    total = 0.0
    for student, teacher, labels in zip(STUDENT.tolist(), TEACHER.tolist(), TARGETS.tolist(), strict=True):
        has, has_not = [], []
        for z_s, z_t, label in zip(student, teacher, labels, strict=True):
            (has if label else has_not).append(divergence(z_s / temperature, z_t / temperature))
        total += alpha * sum(has) / max(len(has), 1) + beta * sum(has_not) / max(len(has_not), 1)
    return temperature**2 * total / len(STUDENT)


@pytest.mark.parametrize(("alpha", "beta", "temperature"), [(1.0, 8.0, 4.0), (2.0, 0.0, 1.0), (0.0, 1.0, 0.5)])
def test_equals_the_plain_loop(alpha: float, beta: float, temperature: float) -> None:
    loss = decoupled_loss(STUDENT, TEACHER, TARGETS, alpha, beta, temperature)
    assert loss.item() == pytest.approx(reference(alpha, beta, temperature), rel=1e-12)


def test_coupled_again_by_the_numbers_of_classes_it_is_mkd() -> None:
    """The derivation: MKD, summed over the classes, is n⁺ times the first part and n⁻ times the second."""
    for row in range(3):
        record = slice(row, row + 1)
        number = float(TARGETS[record].sum())
        coupled = decoupled_loss(STUDENT[record], TEACHER[record], TARGETS[record], number, 3 - number, 2.0)
        torch.testing.assert_close(coupled, mkd_loss(STUDENT[record], TEACHER[record], 2.0, reduction="sum"))


def test_each_weight_reaches_its_classes_only() -> None:
    student = STUDENT.clone().requires_grad_()
    decoupled_loss(student, TEACHER, TARGETS, 1.0, 0.0).backward()
    assert torch.equal(student.grad != 0, TARGETS)


def test_shares_of_labels_lie_between() -> None:
    half = torch.full_like(STUDENT, 0.5)
    loss = decoupled_loss(STUDENT, TEACHER, half, 3.0, 5.0, 1.0)
    torch.testing.assert_close(loss, (3.0 + 5.0) * mkd_loss(STUDENT, TEACHER))
