from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from mvkt.models import EcgModel, build_model

NARROW_XRESNET = {"stem_widths": (8, 8, 8), "widths": (8, 8, 16, 16)}

CASES: dict[str, tuple[int, dict[str, Any]]] = {
    # name: parameters with one lead and five classes; settings that make it small enough to run often
    "resnet1d": (389_733, {"widths": (8, 16), "blocks": 2, "squeeze_excite": True}),
    "separable1d": (87_845, {"widths": (8, 16), "blocks": 2}),
    "xresnet1d18": (3_867_301, NARROW_XRESNET),
    "xresnet1d34": (7_241_637, NARROW_XRESNET),
    "xresnet1d50": (15_992_997, NARROW_XRESNET),
    "xresnet1d101": (28_300_453, NARROW_XRESNET),
}

NarrowModel = Callable[..., EcgModel]


@pytest.fixture
def cases() -> dict[str, tuple[int, dict[str, Any]]]:
    return CASES


@pytest.fixture(params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def narrow_model() -> NarrowModel:
    """Builds a small model as it is after some training: no batch norm is at its initial 0 or 1."""

    def build(name: str, *, leads: int = 1, classes: int = 5) -> EcgModel:
        torch.manual_seed(0)
        model = build_model(name, leads=leads, classes=classes, **CASES[name][1])
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.3, 0.7)
                nn.init.uniform_(module.bias, -0.1, 0.1)
                module.running_mean.uniform_(-0.1, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        return model

    return build
