from __future__ import annotations

import pytest
import torch

from mvkt.training.launched import make_fabric
from mvkt.training.network_settings import TrainingSettings
from mvkt.training.precision import precision_of


@pytest.mark.parametrize(("precision", "expected"), [("float32", "32-true"), ("bfloat16", "bf16-mixed")])
def test_named_precisions(precision, expected):
    found = precision_of(TrainingSettings(precision=precision))
    assert found == expected
    assert make_fabric(found)._precision.precision == expected


@pytest.mark.parametrize(("has", "expected"), [(True, "bf16-mixed"), (False, "32-true")])
def test_a_gpu_that_emulates_bfloat16_computes_in_float32(monkeypatch, has, expected):
    emulations: list[bool] = []

    def supported(including_emulation: bool = True) -> bool:
        emulations.append(including_emulation)
        return has

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert precision_of(TrainingSettings()) == expected
    assert emulations == [False]


@pytest.mark.parametrize(
    ("tiles", "vectors", "expected"), [(1, 0, "bf16-mixed"), (0, 1, "bf16-mixed"), (0, 0, "32-true")]
)
def test_a_processor_computes_bfloat16_where_it_has_instructions_for_it(monkeypatch, tiles, vectors, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: bool(tiles))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: bool(vectors))
    assert precision_of(TrainingSettings()) == expected
