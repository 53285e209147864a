from __future__ import annotations

import pytest
import torch

from mvkt.models import build_model

BENCHMARK = {"stem_widths": (32, 32, 64), "widths": (64,) * 4, "kernel_size": 5, "stem_kernel_size": 5}


def convolutions_and_norms(
    leads: int,
    depths: tuple[int, ...],
    expansion: int,
    stem: tuple[int, ...],
    widths: tuple[int, ...],
    kernel: int,
) -> int:
    """Count the parameters of an xresnet without its classifier, from its description."""

    def layer(inputs: int, outputs: int, kernel: int) -> int:
        return inputs * outputs * kernel + 2 * outputs

    total, channels = 0, leads
    for width in stem:
        total += layer(channels, width, kernel)
        channels = width
    for depth, width in zip(depths, widths, strict=True):
        for _ in range(depth):
            outputs = width * expansion
            if expansion == 1:
                total += layer(channels, width, kernel) + layer(width, width, kernel)
            else:
                total += layer(channels, width, 1) + layer(width, width, kernel) + layer(width, outputs, 1)
            total += layer(channels, outputs, 1) if channels != outputs else 0
            channels = outputs
    return total


@pytest.mark.parametrize(
    ("name", "depths", "expansion"),
    [
        ("xresnet1d18", (2, 2, 2, 2), 1),
        ("xresnet1d34", (3, 4, 6, 3), 1),
        ("xresnet1d50", (3, 4, 6, 3), 4),
        ("xresnet1d101", (3, 4, 23, 3), 4),
    ],
)
def test_layers_are_those_of_the_description(name: str, depths: tuple[int, ...], expansion: int) -> None:
    with torch.device("meta"):
        published = build_model(name, leads=12, classes=5)
        benchmark = build_model(name, leads=12, classes=5, **BENCHMARK)
    for model, stem, widths, kernel in (
        (published, (32, 64, 64), (64, 128, 256, 512), 3),
        (benchmark, (32, 32, 64), (64, 64, 64, 64), 5),
    ):
        dimension = 2 * widths[-1] * expansion
        expected = convolutions_and_norms(12, depths, expansion, stem, widths, kernel) + (dimension + 1) * 5
        assert model.embedding_dim == dimension
        assert sum(p.numel() for p in model.parameters()) == expected


def test_stem_and_stages_leave_a_thirty_second_of_the_samples() -> None:
    model = build_model("xresnet1d18", leads=1, classes=2, widths=(8, 8, 8, 8)).eval()
    shapes = []
    for part in (model.stem, model.stages):
        part.register_forward_hook(lambda _module, _inputs, output: shapes.append(output.shape[-1]))
    model(torch.randn(1, 1, 1000))
    assert shapes == [250, 32]


@pytest.mark.parametrize("name", ["xresnet1d18", "xresnet1d50"])
def test_blocks_begin_as_their_shortcut(name: str) -> None:
    model = build_model(name, leads=1, classes=2, widths=(8, 8, 8, 8)).eval()
    block = model.stages[1]
    features = torch.rand(2, 8 * model.expansion, 1, 20)
    assert torch.equal(block(features), features)
