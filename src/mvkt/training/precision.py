"""Which numbers a training computes with, on this machine."""

from __future__ import annotations

from typing import Literal

import torch

from mvkt.training.network_settings import TrainingSettings

Precision = Literal["bf16-mixed", "32-true"]
"""As Lightning Fabric names it."""


def precision_of(settings: TrainingSettings) -> Precision:
    """Return the precision of the settings; ``auto`` is bfloat16 where that is faster than float32."""
    bfloat16 = _computes_bfloat16() if settings.precision == "auto" else settings.precision == "bfloat16"
    return "bf16-mixed" if bfloat16 else "32-true"


def _computes_bfloat16() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # AMX computes bfloat16 several times faster than float32, AVX-512 BF16 nearly twice; without them autocast only
    # adds conversions.
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
