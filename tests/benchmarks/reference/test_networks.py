from __future__ import annotations

from typing import Any

import pytest
import torch
from benchmarks.reference.networks import resnet1d, xresnet1d
from torch import nn

from mvkt.models import build_model

CASES = {
    "resnet1d": ({}, lambda leads: resnet1d(leads, 5)),
    "resnet1d-wide": ({"widths": (64, 128, 192)}, lambda leads: resnet1d(leads, 5, widths=(64, 128, 192))),
    "resnet1d-same-widths": ({"widths": (16, 16)}, lambda leads: resnet1d(leads, 5, widths=(16, 16))),
    "xresnet1d18": ({}, lambda leads: xresnet1d(leads, 5, blocks=(2, 2, 2, 2), expansion=1)),
    "xresnet1d50": ({}, lambda leads: xresnet1d(leads, 5, blocks=(3, 4, 6, 3))),
}


@pytest.mark.parametrize(("leads", "samples"), [(1, 250), (12, 333)])
@pytest.mark.parametrize("case", CASES)
def test_a_network_gives_what_ours_gives_with_its_weights(case: str, leads: int, samples: int) -> None:
    settings, make = CASES[case]
    ours, usual = _same(case.partition("-")[0], settings, leads, make)
    signal = torch.randn(3, leads, samples, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, (logits, embedding) = ours(signal), usual(signal)
    torch.testing.assert_close(logits, expected.logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(embedding, expected.embedding, rtol=1e-4, atol=1e-4)


def test_a_network_has_the_gradients_of_ours_in_training() -> None:
    ours, usual = _same("resnet1d", {"dropout": 0.0}, 12, lambda leads: resnet1d(leads, 5, dropout=0.0))
    ours, usual = ours.train(), usual.train()
    signal = torch.randn(4, 12, 200, generator=torch.Generator().manual_seed(2))
    ours(signal).embedding.square().sum().backward()
    usual(signal)[1].square().sum().backward()
    gradients = {name: parameter.grad for name, parameter in usual.named_parameters()}
    for name, parameter in ours.named_parameters():
        if parameter.grad is not None:
            expected = parameter.grad.reshape(gradients[name].shape)
            torch.testing.assert_close(gradients[name], expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def _same(name: str, settings: dict[str, Any], leads: int, make: Any) -> tuple[nn.Module, nn.Module]:
    """Ours with all parameters and statistics drawn anew, and the reference with the same."""
    torch.manual_seed(0)
    ours, usual = build_model(name, leads=leads, classes=5, **settings).eval(), make(leads).eval()
    for tensor in ours.state_dict().values():
        if tensor.is_floating_point() and tensor.dim() == 1:
            tensor.uniform_(0.2, 0.8)  # batch normalisation as it is after some training
    theirs = usual.state_dict()
    usual.load_state_dict({name: value.reshape(theirs[name].shape) for name, value in ours.state_dict().items()})
    return ours, usual


def test_by_default_it_is_the_network_of_the_paper() -> None:
    ours = build_model("xresnet1d101", leads=1, classes=5).state_dict()
    theirs = xresnet1d(1, 5).state_dict()
    assert {name: value.numel() for name, value in theirs.items()} == {n: v.numel() for n, v in ours.items()}
