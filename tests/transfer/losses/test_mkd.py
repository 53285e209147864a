from __future__ import annotations

import math

import pytest
import torch

from mvkt.errors import RecipeError, TrainingError
from mvkt.transfer import Mkd, Outputs, TransferBatch, TransferContext, mkd_loss
from mvkt.transfer.losses.mkd import MkdSettings, bernoulli_divergence

STUDENT = torch.tensor([[0.3, -1.2, 2.0], [-0.4, 0.0, 4.0]], dtype=torch.float64)
TEACHER = torch.tensor([[1.3, -0.2, -2.0], [-3.4, 0.5, 1.0]], dtype=torch.float64)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def reference(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> float:
    total = 0.0
    for student_row, teacher_row in zip(student.tolist(), teacher.tolist(), strict=True):
        for z_s, z_t in zip(student_row, teacher_row, strict=True):
            p_s, p_t = sigmoid(z_s / temperature), sigmoid(z_t / temperature)
            total += p_t * math.log(p_t / p_s) + (1 - p_t) * math.log((1 - p_t) / (1 - p_s))
    return temperature**2 * total / student.numel()


def published(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> float:
    """The published rule: per class, the mean over batch and two outcomes of q · (log q - log p)."""
    total = 0.0
    for c in range(student.shape[1]):
        terms = []
        for b in range(len(student)):
            p_s, p_t = sigmoid(student[b, c].item()), sigmoid(teacher[b, c].item())
            for q, p in ((p_t, p_s), (1 - p_t, 1 - p_s)):
                terms.append(q / temperature * (math.log(q / temperature) - math.log(p / temperature)))
        total += sum(terms) / len(terms)
    return total / student.shape[1]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_equals_the_plain_loop(temperature: float) -> None:
    assert mkd_loss(STUDENT, TEACHER, temperature).item() == pytest.approx(
        reference(STUDENT, TEACHER, temperature), rel=1e-12
    )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_published_rule_equals_its_plain_loop(temperature: float) -> None:
    assert mkd_loss(STUDENT, TEACHER, temperature, "probabilities").item() == pytest.approx(
        published(STUDENT, TEACHER, temperature), rel=1e-12
    )


@pytest.mark.parametrize("rule", ["logits", "probabilities"])
def test_the_sum_is_as_many_times_larger_as_there_are_classes(rule: str) -> None:
    mean, total = (mkd_loss(STUDENT, TEACHER, 2.0, rule, reduction=reduction) for reduction in ("mean", "sum"))
    assert total.item() == pytest.approx(STUDENT.shape[1] * mean.item(), rel=1e-12)


def test_published_alpha_of_one_is_our_half() -> None:
    ours = mkd_loss(STUDENT, TEACHER, 1.0)
    assert mkd_loss(STUDENT, TEACHER, 1.0, "probabilities").item() == pytest.approx(0.5 * ours.item())


@pytest.mark.parametrize("rule", ["logits", "probabilities"])
def test_identical_logits_give_zero_and_no_gradient(rule: str) -> None:
    student = TEACHER.clone().requires_grad_()
    loss = mkd_loss(student, TEACHER, 2.0, rule)
    loss.backward()
    assert loss.item() == 0
    assert student.grad.abs().max() < 1e-15


def test_temperature_changes_the_ratio_between_classes() -> None:
    def ratio(temperature: float, rule: str) -> float:
        first_class = mkd_loss(STUDENT[:, :1], TEACHER[:, :1], temperature, rule)
        last_class = mkd_loss(STUDENT[:, 2:], TEACHER[:, 2:], temperature, rule)
        return (first_class / last_class).item()

    assert abs(ratio(4.0, "logits") / ratio(1.0, "logits") - 1) > 0.1
    # The published rule only rescales.
    assert ratio(4.0, "probabilities") == pytest.approx(ratio(1.0, "probabilities"), rel=1e-12)


def test_squared_temperature_keeps_the_size_of_the_gradient() -> None:
    """For a high temperature the gradient tends to (z_s - z_t) / (4 · batch · classes), whatever the temperature."""
    student = STUDENT.clone().requires_grad_()
    mkd_loss(student, TEACHER, 1000.0).backward()
    torch.testing.assert_close(student.grad, (STUDENT - TEACHER) / 24, rtol=1e-3, atol=1e-6)


def test_gradient() -> None:
    student = STUDENT.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda logits: mkd_loss(logits, TEACHER, 1.7), student)
    assert torch.autograd.gradcheck(lambda logits: mkd_loss(logits, TEACHER, 1.7, "probabilities"), student)
    # In closed form: tau · (p_s - p_t) / (batch · classes).
    mkd_loss(student, TEACHER, 1.7).backward()
    expected = 1.7 * ((STUDENT / 1.7).sigmoid() - (TEACHER / 1.7).sigmoid()) / 6
    torch.testing.assert_close(student.grad, expected)


def test_confident_logits_stay_finite_and_exact() -> None:
    student = torch.tensor([[90.0, -90.0, 200.0]], requires_grad=True)
    loss = mkd_loss(student, torch.tensor([[-90.0, 90.0, 200.0]]))
    loss.backward()
    assert loss.item() == pytest.approx(60.0)
    torch.testing.assert_close(student.grad, torch.tensor([[1.0, -1.0, 0.0]]) / 3)
    assert bernoulli_divergence(torch.tensor(50.0), torch.tensor(50.1)).item() >= 0


def test_is_computed_in_float32() -> None:
    loss = mkd_loss(STUDENT.bfloat16(), TEACHER.bfloat16())
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(reference(STUDENT, TEACHER, 1.0), rel=0.02)


def test_other_classes_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"same classes, got logits of \(2, 3\) and \(2, 2\)"):
        mkd_loss(STUDENT, TEACHER[:, :2])


@pytest.mark.parametrize("rule", ["logits", "probabilities"])
def test_module_takes_its_settings(rule: str) -> None:
    settings = MkdSettings(weight=1.0, temperature=3.0, temperature_rule=rule)
    module = Mkd.build(settings, TransferContext(4, 4, fixed_teacher=True))
    empty = torch.zeros(2, 4)
    batch = TransferBatch(targets=torch.zeros(2, 3), rows=torch.arange(2))
    loss = module(Outputs(STUDENT, empty), Outputs(TEACHER, empty), batch)
    assert torch.equal(loss, mkd_loss(STUDENT, TEACHER, 3.0, rule))


def test_weights_multiply_the_divergence_of_each_class() -> None:
    weights = [0.5, 0.0, 2.5]
    expected = sum(
        weight * reference(STUDENT[:, c : c + 1], TEACHER[:, c : c + 1], 1.7) / 3 for c, weight in enumerate(weights)
    )
    loss = mkd_loss(STUDENT, TEACHER, 1.7, weights=torch.tensor(weights, dtype=torch.float64))
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def outputs_of(logits: torch.Tensor) -> Outputs:
    return Outputs(logits, torch.zeros(len(logits), 4))


def test_weights_of_the_recipe_are_shares() -> None:
    batch = TransferBatch(targets=torch.zeros(2, 3), rows=torch.arange(2))

    def built(weights: object) -> Mkd:
        return Mkd.build(MkdSettings(weight=1.0, class_weights=weights), TransferContext(4, 4))

    losses = [
        built(weights)(outputs_of(STUDENT), outputs_of(TEACHER), batch)
        for weights in ("equal", (7.0, 7.0, 7.0), (1.0, 0.0, 5.0))
    ]
    torch.testing.assert_close(losses[0], losses[1])
    torch.testing.assert_close(losses[2], mkd_loss(STUDENT, TEACHER, weights=torch.tensor([0.5, 0.0, 2.5])))
    with pytest.raises(RecipeError, match="class_weights has 2 weights for 3 classes"):
        built((1.0, 2.0))(outputs_of(STUDENT), outputs_of(TEACHER), batch)


def test_recoverable_weights_are_those_of_the_records_of_the_batch() -> None:
    given = torch.rand(9, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    settings = MkdSettings(weight=1.0, class_weights="recoverable")
    module = Mkd.build(settings, TransferContext(4, 4, teacher_weights=given))
    batch = TransferBatch(targets=torch.zeros(2, 3), rows=torch.tensor([7, 2]))
    expected = mkd_loss(STUDENT, TEACHER, weights=given[[7, 2]] / given.mean())
    torch.testing.assert_close(module(outputs_of(STUDENT), outputs_of(TEACHER), batch), expected)
    assert "weights" not in module.state_dict()
    with pytest.raises(RecipeError, match="needs teacher_weights"):
        Mkd.build(settings, TransferContext(4, 4))
