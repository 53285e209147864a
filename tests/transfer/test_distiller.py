from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn import functional

from mvkt.errors import RecipeError, TrainingError
from mvkt.transfer import PLAIN, Committee, Distiller, Outputs, TransferSettings, mkd_loss
from mvkt.transfer.distiller import label_loss

SETTINGS = TransferSettings(bce=0.5, mkd=2.0, clt={"weight": 0.25, "negatives_per_anchor": 5, "projection_dim": 4})
ROWS = torch.tensor([0, 4, 7, 9, 11])


def all_outputs(teacher: nn.Module, signals: Tensor) -> Outputs:
    with torch.no_grad():
        return Outputs(*teacher.eval()(signals))


def step(distiller: Distiller, signals: Tensor, targets: Tensor, seed: int = 0, **inputs: Any) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    losses: dict[str, Tensor] = distiller(signals[ROWS, :1], targets[ROWS], ROWS, generator=generator, **inputs)
    return losses


def test_plain_training_is_binary_cross_entropy(student: nn.Module, signals: Tensor, targets: Tensor) -> None:
    distiller = Distiller(student, PLAIN).eval()
    losses = step(distiller, signals, targets)
    logits = student(signals[ROWS, :1]).logits
    probabilities = logits.sigmoid()
    truth = targets[ROWS].float()
    by_hand = -(truth * probabilities.log() + (1 - truth) * (1 - probabilities).log()).mean()
    assert set(losses) == {"bce", "total"}
    torch.testing.assert_close(losses["bce"], by_hand)
    torch.testing.assert_close(losses["total"], by_hand)
    assert {id(p) for p in distiller.trainable_parameters()} == {id(p) for p in student.parameters()}


def test_total_is_the_weighted_sum(student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor) -> None:
    distiller = Distiller(student, SETTINGS, teacher=teacher, targets=targets)
    losses = step(distiller, signals, targets, teacher_signal=signals[ROWS])
    assert set(losses) == {"bce", "mkd", "clt", "total"}
    torch.testing.assert_close(losses["total"], 0.5 * losses["bce"] + 2.0 * losses["mkd"] + 0.25 * losses["clt"])


def test_a_loss_without_weight_is_not_built(student: nn.Module, teacher: nn.Module, signals: Tensor) -> None:
    settings = TransferSettings(mkd=1.0)
    distiller = Distiller(student, settings, teacher_outputs=all_outputs(teacher, signals))
    assert set(distiller.losses) == {"mkd"}
    assert set(distiller.own_state()) == {f"student.{key}" for key in student.state_dict()}


def test_fixed_outputs_are_those_of_the_running_teacher(
    student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    settings = TransferSettings(mkd=0.5)
    student.eval()
    running = Distiller(student, settings, teacher=teacher)
    fixed = Distiller(student, settings, teacher_outputs=all_outputs(teacher, signals))
    expected = mkd_loss(student(signals[ROWS, :1]).logits, teacher(signals[ROWS]).logits)
    torch.testing.assert_close(step(running, signals, targets, teacher_signal=signals[ROWS])["mkd"], expected)
    torch.testing.assert_close(step(fixed, signals, targets)["mkd"], expected)


def test_nothing_of_the_teacher_moves(student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor) -> None:
    before = {key: value.clone() for key, value in teacher.state_dict().items()}
    student_before = {key: value.clone() for key, value in student.state_dict().items()}
    distiller = Distiller(student, SETTINGS, teacher=teacher, targets=targets)
    optimiser = torch.optim.AdamW(distiller.parameters(), lr=0.1, weight_decay=0.5)
    for seed in range(5):
        distiller.train()
        assert student.training
        assert not any(module.training for module in teacher.modules())
        optimiser.zero_grad()
        step(distiller, signals, targets, seed, teacher_signal=signals[ROWS])["total"].backward()
        optimiser.step()
    after = teacher.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert all(parameter.grad is None for parameter in teacher.parameters())
    assert not any(torch.equal(student_before[key], value) for key, value in student.state_dict().items())


def test_trainable_parameters_are_those_of_student_and_heads(
    student: nn.Module, teacher: nn.Module, targets: Tensor
) -> None:
    distiller = Distiller(student, SETTINGS, teacher=teacher, targets=targets)
    trainable = {id(parameter) for parameter in distiller.trainable_parameters()}
    assert trainable.isdisjoint(id(parameter) for parameter in teacher.parameters())
    assert trainable == {id(parameter) for parameter in distiller.parameters() if parameter.requires_grad}
    heads = sum(p.numel() for p in distiller.losses.parameters())
    assert heads == (6 + 1) * 4 + (10 + 1) * 4


def test_losses_are_float32_under_autocast(
    student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    distiller = Distiller(student, SETTINGS, teacher=teacher, targets=targets).eval()
    exact = step(distiller, signals, targets, teacher_signal=signals[ROWS])
    with torch.autocast("cpu", torch.bfloat16):
        mixed = step(distiller, signals, targets, teacher_signal=signals[ROWS])
    for name in exact:
        assert mixed[name].dtype == torch.float32
        torch.testing.assert_close(mixed[name], exact[name], rtol=0.1, atol=0.01)


def test_resuming_is_bit_identical(signals: Tensor, targets: Tensor, teacher: nn.Module) -> None:
    def build(seed: int) -> tuple[Distiller, torch.optim.Optimizer]:
        torch.manual_seed(seed)
        student = type(teacher)(leads=1)
        distiller = Distiller(student, SETTINGS, teacher=deepcopy(teacher), targets=targets).train()
        return distiller, torch.optim.SGD(distiller.trainable_parameters(), lr=0.1)

    def train(distiller: Distiller, optimiser: torch.optim.Optimizer, seeds: range) -> None:
        for seed in seeds:
            torch.manual_seed(seed)
            optimiser.zero_grad()
            step(distiller, signals, targets, seed, teacher_signal=signals[ROWS])["total"].backward()
            optimiser.step()

    distiller, optimiser = build(0)
    live = distiller.own_state()
    train(distiller, optimiser, range(2))
    saved = load(save({key: value.contiguous() for key, value in live.items()}))
    resumed, resumed_optimiser = build(1)
    missing, unexpected = resumed.load_state_dict(saved, strict=False)
    assert not unexpected
    assert all(key.startswith("teacher.") for key in missing)
    train(distiller, optimiser, range(2, 4))
    train(resumed, resumed_optimiser, range(2, 4))
    other = resumed.own_state()
    assert all(torch.equal(value, other[key]) for key, value in distiller.own_state().items())


def test_learning_from_the_teacher_brings_the_student_nearer(
    student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    outputs = all_outputs(teacher, signals)
    settings = TransferSettings(bce=0.0, mkd=1.0)
    distiller = Distiller(student, settings, teacher_outputs=outputs)
    optimiser = torch.optim.Adam(distiller.trainable_parameters(), lr=0.01)

    def distance() -> float:
        return functional.l1_loss(student(signals[ROWS, :1]).logits, outputs.logits[ROWS]).item()

    student.eval()
    before = distance()
    for seed in range(100):
        optimiser.zero_grad()
        step(distiller, signals, targets, seed)["total"].backward()
        optimiser.step()
    assert distance() < 0.7 * before


def test_the_teacher_may_know_more_classes(signals: Tensor, targets: Tensor, student: nn.Module) -> None:
    torch.manual_seed(3)
    teacher = type(student)(leads=2, classes=7, embedding_dim=10)
    student.eval()
    outputs = all_outputs(teacher, signals)
    ways = (({"teacher": teacher}, {"teacher_signal": signals[ROWS]}), ({"teacher_outputs": outputs}, {}))
    # Without a list of classes, those that only the teacher knows come last.
    for classes in (None, torch.tensor([5, 0, 2])):
        common = outputs.logits[ROWS][:, [0, 1, 2] if classes is None else classes]
        expected = mkd_loss(student(signals[ROWS, :1]).logits, common)
        for given, inputs in ways:
            distiller = Distiller(student, TransferSettings(mkd=0.5), **given, teacher_classes=classes)
            torch.testing.assert_close(step(distiller, signals, targets, **inputs)["mkd"], expected)
            assert "teacher_classes" not in distiller.own_state()


def test_the_signal_of_several_teachers_is_handed_on_as_it_is(
    student: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    teachers = [type(student)(leads=leads, embedding_dim=4) for leads in (1, 2)]
    committee = Committee(teachers)
    distiller = Distiller(student, SETTINGS, teacher=committee, targets=targets)
    views = [signals[ROWS, :1], signals[ROWS]]
    losses = step(distiller, signals, targets, teacher_signal=views)
    assert losses["total"].isfinite()
    logits = torch.stack([network(view).logits for network, view in zip(teachers, views, strict=True)]).mean(dim=0)
    student.eval()
    distiller.losses.eval()
    expected = mkd_loss(student(signals[ROWS, :1]).logits, logits)
    torch.testing.assert_close(step(distiller, signals, targets, teacher_signal=tuple(views))["mkd"], expected)


def test_features_are_computed_only_for_losses_that_use_them(
    staged_student: nn.Module,
    staged_teacher: nn.Module,
    signals: Tensor,
    targets: Tensor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = []
    for network in (staged_student, staged_teacher):
        plain = network.stage_features
        monkeypatch.setattr(
            network, "stage_features", lambda signal, plain=plain: shapes.append(signal.shape) or plain(signal)
        )
    for settings, expected in ((SETTINGS, []), (TransferSettings(fitnet=1.0), [(5, 1, 40), (5, 2, 40)])):
        distiller = Distiller(staged_student, settings, teacher=staged_teacher, targets=targets)
        losses = step(distiller, signals, targets, teacher_signal=signals[ROWS])
        assert shapes == expected
    assert losses["fitnet"] > 0


def test_features_of_a_committee_are_not_defined(
    staged_student: nn.Module, staged_teacher: nn.Module, student: nn.Module, targets: Tensor
) -> None:
    settings = TransferSettings(fitnet=1.0, attention=1.0)
    with pytest.raises(
        RecipeError, match=r"fitnet and attention compare features .* the teacher \(Committee\) has none"
    ):
        Distiller(staged_student, settings, teacher=Committee([staged_teacher, staged_teacher]), targets=targets)
    with pytest.raises(RecipeError, match=r"the student \(TinyNetwork\) has none"):
        Distiller(student, settings, teacher=staged_teacher, targets=targets)


def test_the_logits_of_a_teacher_that_is_too_sure_are_scaled(
    student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    taught = all_outputs(teacher, signals)
    logits = student.eval()(signals[ROWS, :1]).logits
    for given in ({"teacher_outputs": taught}, {"teacher": teacher}):
        distiller = Distiller(student, TransferSettings(mkd=1.0, teacher_scale=0.5), **given).eval()
        losses = step(distiller, signals, targets, teacher_signal=signals[ROWS])
        torch.testing.assert_close(losses["mkd"], mkd_loss(logits, 0.5 * taught.logits[ROWS]))
    # What the teacher does not know teaches nothing, scaled or not.
    unknown = taught._replace(logits=torch.full_like(taught.logits, math.nan))
    distiller = Distiller(student, TransferSettings(mkd=1.0, teacher_scale=0.5), teacher_outputs=unknown).eval()
    assert float(step(distiller, signals, targets)["mkd"].detach()) == pytest.approx(0.0, abs=1e-6)


def test_weights_of_the_teacher_reach_mkd(
    student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    weights = torch.rand(12, 3, generator=torch.Generator().manual_seed(0))
    settings = TransferSettings(mkd={"weight": 1.0, "class_weights": "recoverable"})
    outputs = all_outputs(teacher, signals)
    student.eval()
    distiller = Distiller(student, settings, teacher_outputs=outputs, targets=targets, teacher_weights=weights)
    logits = student(signals[ROWS, :1]).logits
    expected = mkd_loss(logits, outputs.logits[ROWS], weights=weights[ROWS] / weights.mean())
    torch.testing.assert_close(step(distiller, signals, targets)["mkd"], expected)
    with pytest.raises(RecipeError, match="same training records, got 11 and 12 rows"):
        Distiller(student, settings, teacher_outputs=outputs, targets=targets, teacher_weights=weights[:11])


def test_contradictions_are_refused(student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor) -> None:
    outputs = all_outputs(teacher, signals)
    with pytest.raises(RecipeError, match=r"mkd and clt need a single teacher: .* got neither"):
        Distiller(student, SETTINGS, targets=targets)
    with pytest.raises(RecipeError, match="got both"):
        Distiller(student, SETTINGS, teacher=teacher, teacher_outputs=outputs, targets=targets)
    with pytest.raises(RecipeError, match="same training records, got 11 and 12 rows"):
        Distiller(student, SETTINGS, teacher_outputs=outputs, targets=targets[:11])
    with pytest.raises(TrainingError, match="give it teacher_signal"):
        step(Distiller(student, SETTINGS, teacher=teacher, targets=targets), signals, targets)


def test_the_label_loss_is_a_mean_over_the_known_labels() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    targets = (torch.rand(6, 4, generator=generator) < 0.4).double()
    targets[torch.rand(6, 4, generator=generator) < 0.5] = torch.nan
    terms = [
        math.log1p(math.exp(-z if y else z))
        for z, y in zip(logits.flatten().tolist(), targets.flatten().tolist(), strict=True)
        if not math.isnan(y)
    ]
    loss = label_loss(logits, targets)
    assert loss.item() == pytest.approx(sum(terms) / len(terms), rel=1e-12)
    loss.backward()
    assert torch.equal(logits.grad == 0, targets.isnan())
    assert label_loss(logits, torch.full_like(logits, torch.nan)).item() == 0


def test_where_a_label_is_not_known_the_teacher_stands_in(
    student: nn.Module, teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    """A loss that looks at labels gets the teacher's probability there, and bce leaves the place out."""
    settings = TransferSettings(decoupled=1.0)
    outputs = all_outputs(teacher, signals)
    partly = targets.float()
    partly[:, 1] = torch.nan
    filled = torch.where(partly.isnan(), outputs.logits.sigmoid(), partly)
    student.eval()
    distiller = Distiller(student, settings, teacher_outputs=outputs, targets=targets).eval()
    made = distiller(signals[ROWS, :1], partly[ROWS], ROWS)
    expected = distiller(signals[ROWS, :1], filled[ROWS], ROWS)
    torch.testing.assert_close(made["decoupled"], expected["decoupled"])
    logits = student(signals[ROWS, :1]).logits
    torch.testing.assert_close(made["bce"], label_loss(logits[:, [0, 2]], partly[ROWS][:, [0, 2]]))


def test_logits_of_a_teacher_that_are_not_known_teach_nothing() -> None:
    """The gradient of such a class is zero, and the others count as in a mean over all."""
    torch.manual_seed(0)
    student = torch.nn.Linear(3, 2)
    student.embedding_dim = 3  # type: ignore[assignment]
    logits = torch.tensor([[1.0, float("nan")], [float("nan"), -2.0]])

    class _Student(torch.nn.Module):
        embedding_dim = 3

        def __init__(self) -> None:
            super().__init__()
            self.linear = student

        def forward(self, signal: torch.Tensor) -> Outputs:
            return Outputs(self.linear(signal), signal)

    distiller = Distiller(
        _Student(),
        TransferSettings.model_validate({"bce": 0, "mkd": 1}),
        teacher_outputs=Outputs(logits, torch.zeros(2, 1)),
    )
    signal, rows = torch.randn(2, 3), torch.arange(2)
    losses = distiller(signal, torch.full((2, 2), float("nan")), rows)
    losses["total"].backward()
    own = student(signal).detach()
    known = [(0, 0), (1, 1)]
    expected = sum(
        float(mkd_loss(own[row : row + 1, column : column + 1], logits[row : row + 1, column : column + 1]))
        for row, column in known
    )
    assert losses["mkd"].item() == pytest.approx(expected / 4)
    assert student.weight.grad is not None
    assert torch.isfinite(student.weight.grad).all()
