from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from mvkt.errors import TrainingError
from mvkt.models import build_model
from mvkt.training.pretraining import OBJECTIVES, pretraining


def _module(objective: str):
    torch.manual_seed(0)
    return pretraining(objective, build_model("resnet1d", leads=1, classes=2, widths=(8, 16), kernel_size=5))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_it_learns_and_its_state_is_its_own(objective):
    module = _module(objective)
    signal, rows = torch.randn(16, 1, 300).cumsum(dim=2) / 10, torch.arange(16)
    optimiser = torch.optim.Adam(module.trainable_parameters(), lr=1e-2)
    values = []
    for _ in range(25):
        torch.manual_seed(1)
        losses = module(signal, torch.zeros(16, 2), rows, signal + 0.05 * torch.randn_like(signal))
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()
        values.append(float(losses["total"].detach()))
    assert values[-1] < 0.8 * values[0]
    assert {name.split(".")[0] for name in module.own_state()} == {"student", "head"}


@torch.no_grad()
def test_the_contrast_is_the_one_written_out():
    module = _module("contrastive").eval()
    first, second = torch.randn(5, 1, 300), torch.randn(5, 1, 300)
    loss = module(first, torch.zeros(5, 2), torch.arange(5), second)["total"]
    sides = [functional.normalize(module.head(module.student(side).embedding), dim=1) for side in (first, second)]
    expected = 0.0
    for anchors, others in (sides, sides[::-1]):
        for row in range(5):
            likenesses = [float(torch.dot(anchors[row], other) / 0.1) for other in others]
            expected += -likenesses[row] + float(torch.tensor(likenesses).logsumexp(0))
    assert float(loss) == pytest.approx(expected / 10, rel=1e-5)


def test_a_contrast_needs_two_leads():
    with pytest.raises(TrainingError, match="two leads"):
        _module("contrastive")(torch.randn(4, 1, 300), torch.zeros(4, 2), torch.arange(4))


def test_only_what_is_hidden_counts():
    module = _module("masked").eval()
    with torch.no_grad():
        module.head.weight.zero_()
        module.head.bias.zero_()
    torch.manual_seed(3)
    hidden = (torch.rand(4, 1, 6) < 0.4).repeat_interleave(50, dim=2)
    signal = torch.where(hidden, 2.0, 100.0)
    torch.manual_seed(3)
    assert float(module(signal, torch.zeros(4, 2), torch.arange(4))["error"].detach()) == pytest.approx(4.0)
