from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from mvkt.errors import RecipeError
from mvkt.models import MODELS, build_model, resolve_settings


def test_every_registered_model_has_a_test_case(cases: dict[str, Any]) -> None:
    assert set(cases) == set(MODELS)


def test_parameter_counts_are_pinned(name: str, cases: dict[str, Any]) -> None:
    with torch.device("meta"):
        model = build_model(name, leads=1, classes=5)
    assert sum(parameter.numel() for parameter in model.parameters()) == cases[name][0]


def test_default_student_is_small_and_its_wide_form_is_the_teacher() -> None:
    student = build_model("resnet1d", leads=1, classes=5)
    teacher = build_model("resnet1d", leads=12, classes=5, widths=(64, 128, 192, 256))
    assert sum(p.numel() for p in student.parameters()) < 400_000
    assert 1_500_000 < sum(p.numel() for p in teacher.parameters()) < 1_700_000


def test_unknown_model_names_the_nearest() -> None:
    with pytest.raises(RecipeError, match=r"unknown model 'xresnet1d10': did you mean 'xresnet1d101'\?"):
        build_model("xresnet1d10", leads=1, classes=5)
    with pytest.raises(
        RecipeError, match=r"unknown model 'transformer': there are: resnet1d, separable1d, xresnet1d18"
    ):
        build_model("transformer", leads=1, classes=5)


def test_all_faults_of_the_settings_are_reported_together(name: str) -> None:
    with pytest.raises(RecipeError) as caught:
        build_model(name, leads=0, classes=5, kernal_size=3, dropout=1.0)
    message = str(caught.value)
    assert f"model '{name}'" in message
    assert "leads = 0: Input should be greater than or equal to 1" in message
    assert "unknown setting 'kernal_size': did you mean 'kernel_size'?" in message
    assert "dropout = 1.0: Input should be less than 1" in message


def test_even_kernels_and_missing_leads_are_faults(name: str) -> None:
    with pytest.raises(RecipeError, match="kernel_size = 4: must be odd"):
        build_model(name, leads=1, classes=5, kernel_size=4)
    with pytest.raises(RecipeError, match="setting 'leads' is missing"):
        resolve_settings(name, classes=5)


def test_depth_and_expansion_are_no_settings() -> None:
    with pytest.raises(RecipeError, match="unknown setting 'blocks'"):
        build_model("xresnet1d18", leads=1, classes=5, blocks=(1, 1, 1, 1))


def test_resolved_settings_build_the_same_model_from_json(name: str, cases: dict[str, Any]) -> None:
    settings = json.loads(json.dumps(resolve_settings(name, leads=2, classes=3, **cases[name][1])))
    assert settings["leads"] == 2
    assert "dropout" in settings
    rebuilt = build_model(name, **settings)
    expected = build_model(name, leads=2, classes=3, **cases[name][1])
    assert {k: v.shape for k, v in rebuilt.state_dict().items()} == {
        k: v.shape for k, v in expected.state_dict().items()
    }


def test_the_seed_decides_the_weights(name: str, cases: dict[str, Any]) -> None:
    def weights(seed: int) -> dict[str, torch.Tensor]:
        torch.manual_seed(seed)
        return build_model(name, leads=1, classes=5, **cases[name][1]).state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["stem.0.0.weight"], other["stem.0.0.weight"])
