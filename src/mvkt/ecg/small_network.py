"""A network of one hidden layer whose weights are a JSON file beside its module.

For what is decided at every beat: a matrix product or two, without a runtime for networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SmallNetwork:
    """Hyperbolic tangents of sums, summed again.

    Attributes:
        hidden: ``(features, units)`` weights of the hidden units.
        hidden_bias: ``(units,)``.
        output: ``(units, outputs)``, or ``(units,)`` of a single output.
        output_bias: ``(outputs,)``, or a scalar.
    """

    hidden: Float
    hidden_bias: Float
    output: Float
    output_bias: Float

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> SmallNetwork:
        """Return a network from its stored form: its attributes as lists."""
        return cls(*(np.array(stored[name]) for name in ("hidden", "hidden_bias", "output", "output_bias")))

    def logits(self, features: Float) -> Float:
        """``(n, outputs)``, or ``(n,)`` of a single output, from ``(n, features)``."""
        sums = features @ self.hidden + self.hidden_bias
        # In single precision the tangents take a quarter of the time.
        logits: Float = np.tanh(sums.astype(np.float32)) @ self.output + self.output_bias
        return logits


@cache
def shipped_network(name: str) -> SmallNetwork:
    """Return a network that comes with mvkt, by the name of its file."""
    return SmallNetwork.of(json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8")))
