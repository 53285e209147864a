"""What holds for every registered loss."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import BaseModel
from torch import Tensor, nn

import mvkt.transfer
from mvkt.errors import RecipeError
from mvkt.transfer import (
    LOSSES,
    Distiller,
    Outputs,
    TransferBatch,
    TransferContext,
    TransferLoss,
    TransferSettings,
)

ROWS = torch.tensor([0, 4, 7, 9, 11])


def only(name: str, **further: Any) -> TransferSettings:
    return TransferSettings(
        **{"bce": 0.0, name: {"weight": 1.0, **({"negatives_per_anchor": 5} if name == "clt" else {}), **further}}
    )


@pytest.fixture(params=LOSSES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def inputs(signals: Tensor, targets: Tensor) -> dict[str, Any]:
    """A batch of the online teacher."""
    generator = torch.Generator().manual_seed(0)
    batch = {"student_signal": signals[ROWS, :1], "teacher_signal": signals[ROWS], "targets": targets[ROWS]}
    return {**batch, "rows": ROWS, "generator": generator}


def test_has_a_module_a_test_and_settings_of_its_own(name: str) -> None:
    loss = LOSSES[name]
    assert issubclass(loss, TransferLoss)
    assert issubclass(loss.Settings, BaseModel)
    assert importlib.import_module(f"mvkt.transfer.losses.{name}").__name__ == loss.__module__
    assert (Path(__file__).parent / "losses" / f"test_{name}.py").is_file()
    for field in loss.Settings.model_fields:
        assert f"{field}: " in (loss.Settings.__doc__ or "") or field == "weight", f"{field} is not described"


def test_gradient_reaches_the_student_and_not_the_teacher(
    name: str, staged_student: nn.Module, staged_teacher: nn.Module, targets: Tensor, inputs: dict[str, Any]
) -> None:
    distiller = Distiller(staged_student, only(name), teacher=staged_teacher, targets=targets).train()
    losses = distiller(**inputs)
    assert set(losses) == {"bce", name, "total"}
    losses["total"].backward()
    reached = staged_student.first.weight.grad
    assert reached is not None
    assert reached.isfinite().all()
    assert reached.abs().sum() > 0
    assert all(parameter.grad is None for parameter in staged_teacher.parameters())
    own = {key: parameter.grad for key, parameter in distiller.losses.named_parameters()}
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in own.values())


def test_works_with_a_fixed_teacher_or_the_error_has_the_reason(
    name: str, staged_student: nn.Module, staged_teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    with torch.no_grad():
        outputs = Outputs(*staged_teacher.eval()(signals)[:2])
    if LOSSES[name].needs_features:
        with pytest.raises(RecipeError, match=f"{name} compare features .* needs an online teacher"):
            Distiller(staged_student, only(name), teacher_outputs=outputs, targets=targets)
        return
    distiller = Distiller(staged_student, only(name), teacher_outputs=outputs, targets=targets)
    loss = distiller(signals[ROWS, :1], targets[ROWS], ROWS, generator=torch.Generator().manual_seed(0))["total"]
    loss.backward()
    assert loss.isfinite()
    assert staged_student.first.weight.grad.abs().sum() > 0


def test_is_float32_under_autocast(
    name: str, staged_student: nn.Module, staged_teacher: nn.Module, targets: Tensor, inputs: dict[str, Any]
) -> None:
    distiller = Distiller(staged_student, only(name), teacher=staged_teacher, targets=targets).eval()
    exact = distiller(**inputs)[name]
    inputs["generator"].manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = distiller(**inputs)[name]
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, exact, rtol=0.15, atol=0.02)


def test_mixed_labels_are_taken(
    name: str, staged_student: nn.Module, staged_teacher: nn.Module, targets: Tensor, inputs: dict[str, Any]
) -> None:
    distiller = Distiller(staged_student, only(name), teacher=staged_teacher, targets=targets)
    inputs["targets"] = 0.7 * targets[ROWS] + 0.3 * targets[ROWS.flip(0)]
    assert distiller(**inputs)["total"].isfinite()


def test_identity_is_the_minimum_where_nothing_else_is_learned(name: str) -> None:
    """A loss with heads or regressors has its minimum once they have learned, which its own test shows."""
    generator = torch.Generator().manual_seed(0)

    def drawn_outputs(around: Outputs | None = None) -> Outputs:
        shapes = ((6, 3), (6, 4), (6, 5, 7), (6, 2, 4))
        noise = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
        if around is not None:
            noise = [
                center + 0.1 * deviation
                for center, deviation in zip((*around[:2], *around.features), noise, strict=True)
            ]
        return Outputs(noise[0], noise[1], (noise[2], noise[3]))

    teacher = drawn_outputs()
    batch = TransferBatch((torch.rand(6, 3, generator=generator) < 0.4).double(), torch.arange(6))
    context = TransferContext(4, 4, batch.targets, student_channels=(5, 2), teacher_channels=(5, 2))
    settings = only(name)
    loss = LOSSES[name].build(settings.of(name), context).double()
    if list(loss.parameters()):
        return
    same = Outputs(
        *(output.clone().requires_grad_() for output in teacher[:2]),
        tuple(output.clone().requires_grad_() for output in teacher.features),
    )
    least = loss(same, teacher, batch)
    least.backward()
    assert least.item() == pytest.approx(0, abs=1e-12)
    gradients = [output.grad for output in (*same[:2], *same.features) if output.grad is not None]
    assert gradients
    assert all(gradient.abs().max() < 1e-6 for gradient in gradients)
    assert all(loss(drawn_outputs(teacher), teacher, batch) > 1e-6 for _ in range(5))


def test_transfer_does_not_know_the_models() -> None:
    for path in Path(mvkt.transfer.__file__).parent.rglob("*.py"):
        assert "mvkt.models" not in path.read_text(encoding="utf-8"), path.name
