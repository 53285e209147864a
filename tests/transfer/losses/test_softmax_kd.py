from __future__ import annotations

import math

import pytest
import torch

from mvkt.errors import TrainingError
from mvkt.transfer import TransferContext, TransferSettings
from mvkt.transfer.losses.softmax_kd import SoftmaxKd, softmax_kd_loss

STUDENT = torch.tensor([[0.3, -1.2, 2.0], [-0.4, 0.0, 4.0]], dtype=torch.float64)
TEACHER = torch.tensor([[1.3, -0.2, -2.0], [-3.4, 0.5, 1.0]], dtype=torch.float64)


def softmax(logits: list[float], temperature: float) -> list[float]:
    powers = [math.exp(logit / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def reference(temperature: float) -> float:
    total = 0.0
    for student, teacher in zip(STUDENT.tolist(), TEACHER.tolist(), strict=True):
        pairs = zip(softmax(teacher, temperature), softmax(student, temperature), strict=True)
        total += sum(p_t * math.log(p_t / p_s) for p_t, p_s in pairs)
    return temperature**2 * total / len(STUDENT)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_equals_the_plain_loop(temperature: float) -> None:
    assert softmax_kd_loss(STUDENT, TEACHER, temperature).item() == pytest.approx(reference(temperature), rel=1e-12)


def test_gradient_is_the_difference_of_the_probabilities() -> None:
    student = STUDENT.clone().requires_grad_()
    softmax_kd_loss(student, TEACHER, 2.0).backward()
    expected = 2.0 * ((STUDENT / 2).softmax(dim=1) - (TEACHER / 2).softmax(dim=1)) / 2
    torch.testing.assert_close(student.grad, expected)


def test_the_common_level_of_the_logits_is_lost() -> None:
    """What MKD keeps: logits that differ by a constant are the same to a softmax."""
    assert softmax_kd_loss(TEACHER + 3.0, TEACHER).item() == pytest.approx(0, abs=1e-12)


def test_confident_logits_stay_finite() -> None:
    loss = softmax_kd_loss(torch.tensor([[900.0, -900.0]]), torch.tensor([[-900.0, 900.0]]), 1.0)
    assert loss.item() == pytest.approx(1800.0)


def test_other_classes_are_refused_and_the_temperature_is_that_of_the_recipe() -> None:
    with pytest.raises(TrainingError, match="same classes"):
        softmax_kd_loss(STUDENT, TEACHER[:, :2])
    settings = TransferSettings(softmax_kd={"weight": 1.0, "temperature": 3.0})
    assert SoftmaxKd.build(settings.of("softmax_kd"), TransferContext(4, 4)).temperature == 3.0
