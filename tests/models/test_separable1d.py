from __future__ import annotations

import pytest
import torch
from torch import nn

from mvkt.models import build_model


@pytest.mark.parametrize(("samples", "steps"), [(1000, 16), (999, 16), (2500, 40)])
def test_stem_and_stages_shorten_the_samples(samples: int, steps: int) -> None:
    model = build_model("separable1d", leads=1, classes=2)
    shapes = []
    model.stages.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
    model.eval()(torch.randn(1, 1, samples))
    assert shapes == [(1, 128, 1, steps)]


def test_convolutions_are_along_the_samples_or_across_the_channels_never_both() -> None:
    model = build_model("separable1d", leads=1, classes=2)
    for module in model.stages.modules():
        if isinstance(module, nn.Conv2d):
            across = module.groups == 1 and module.kernel_size == (1, 1)
            along = module.groups == module.in_channels == module.out_channels and module.kernel_size == (1, 9)
            assert across != along


def test_settings_change_the_network() -> None:
    def parameters(**settings: object) -> int:
        model = build_model("separable1d", leads=1, classes=2, widths=(8, 8), **settings)
        return sum(p.numel() for p in model.parameters())

    plain = parameters()
    # A block more in each of two stages: two kernels a channel, two 8 x 8 projections and four batch norms.
    assert parameters(blocks=2) - plain == 2 * 2 * (8 * 9 + 16 + 8 * 8 + 16)
    assert parameters(kernel_size=11) - plain == 2 * 2 * 8 * 2
    assert parameters(stem_stride=1) == plain


def test_dropout_acts_in_training_only() -> None:
    model = build_model("separable1d", leads=1, classes=2, widths=(8,), dropout=0.5).eval()
    signal = torch.randn(4, 1, 100)
    assert torch.equal(model(signal).logits, model(signal).logits)
    model.classifier.train()
    first, second = model(signal), model(signal)
    assert torch.equal(first.embedding, second.embedding)
    assert not torch.equal(first.logits, second.logits)
