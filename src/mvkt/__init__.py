"""Read a single-lead ECG for many diseases with a student that learned from 12-lead recordings.

Nothing heavy is imported here: ``import mvkt`` must stay cheap, and the base install has no PyTorch.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mvkt.diagnosis.diagnoser import load
    from mvkt.ecg.formats import read

# ONNX Runtime reports its use to its makers from the moment it is imported, unless this is set before. Nothing about a
# recording leaves the machine, not even that there was one.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
__all__ = ["__version__", "load", "read"]

_LAZY = {"read": "mvkt.ecg.formats", "load": "mvkt.diagnosis.diagnoser"}


def __getattr__(name: str) -> Any:
    """Import the public functions on first use."""
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'mvkt' has no attribute {name!r}")
