"""Networks to export, as if they were trained."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mvkt.bundle.manifest import BundleManifest
from mvkt.ecg.signal import SignalSpec
from mvkt.models import EcgModel, build_model

SPEC = SignalSpec()


def manifest(**overrides: Any) -> BundleManifest:
    return BundleManifest(
        **{
            "name": "student",
            "task": "conditions",
            "classes": ("AF", "NORM", "STD"),
            "titles": {},
            "view": "I",
            "signal": SPEC,
            "temperatures": (1.0, 2.0, 0.5),
            "thresholds": (0.5, 0.2, 0.1),
            "architecture": {"name": "resnet1d", "leads": 1, "classes": 3, "squeeze_excite": True},
            "tool_version": "0",
            **overrides,
        }
    )


def network(leads: int, name: str = "resnet1d", **settings: Any) -> EcgModel:
    """A model as if it were trained: no branch is still zero, and the batch norms have seen something."""
    torch.manual_seed(0)
    model = build_model(name, leads=leads, classes=3, **settings)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.1)
        for _ in range(3):
            model(torch.randn(4, leads, SPEC.window_samples) * 2 + 0.5)
    return model.eval()


class Fragile(EcgModel):
    """A small model that can be made to behave differently once it is exported."""

    def __init__(self, trap: float = 0.0) -> None:
        super().__init__(leads=1, classes=3, embedding_dim=4)
        self.trap = trap

    def embed(self, signal: Tensor) -> Tensor:
        features = signal.abs().mean(dim=(2, 3)).expand(-1, 4)
        return features + self.trap if torch.compiler.is_exporting() else features
