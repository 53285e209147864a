from __future__ import annotations

import pytest
import torch

from mvkt.models import build_model


@pytest.mark.parametrize(("samples", "steps"), [(1000, 32), (999, 32), (2500, 79)])
def test_stem_and_stages_halve_the_samples(samples: int, steps: int) -> None:
    model = build_model("resnet1d", leads=1, classes=2)
    shapes = []
    model.stages.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
    model.eval()(torch.randn(1, 1, samples))
    assert shapes == [(1, 128, 1, steps)]


def test_settings_change_the_network() -> None:
    def parameters(**settings: object) -> int:
        model = build_model("resnet1d", leads=1, classes=2, widths=(8, 8), **settings)
        return sum(p.numel() for p in model.parameters())

    plain = parameters()
    # A block more in each of two stages: two convolutions of 8 x 8 x 7 and their batch norms.
    assert parameters(blocks=2) - plain == 2 * 2 * (8 * 8 * 7 + 16)
    assert parameters(kernel_size=9) - plain == 2 * 2 * 8 * 8 * 2
    assert parameters(squeeze_excite=True) - plain == 2 * (8 * 8 + 8) * 2


def test_dropout_acts_in_training_only() -> None:
    model = build_model("resnet1d", leads=1, classes=2, widths=(8,), dropout=0.5).eval()
    signal = torch.randn(4, 1, 100)
    assert torch.equal(model(signal).logits, model(signal).logits)
    model.classifier.train()
    first, second = model(signal), model(signal)
    assert torch.equal(first.embedding, second.embedding)
    assert not torch.equal(first.logits, second.logits)


@pytest.mark.parametrize(("stride", "steps"), [(2, 500), (4, 250), (5, 200)])
def test_a_wider_stride_of_the_stem_shortens_all_that_follows(stride: int, steps: int) -> None:
    model = build_model("resnet1d", leads=1, classes=2, widths=(8, 8), stem_stride=stride)
    shapes = []
    model.stem.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
    model.eval()(torch.randn(1, 1, 1000))
    assert shapes == [(1, 8, 1, steps)]
    assert sum(p.numel() for p in model.parameters()) == sum(
        p.numel() for p in build_model("resnet1d", leads=1, classes=2, widths=(8, 8)).parameters()
    )
