"""How far two ways to compute the same filter may differ by rounding alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EPSILON = float(np.finfo(np.float64).eps)


def recursive(sections: NDArray[np.float64], signal: NDArray[np.float64]) -> float:
    """Bound for a recursive filter, which may run forwards and backwards.

    Each step rounds by ``EPSILON`` of the signal. A pole at distance d from the unit circle remembers 1/d steps, and a
    second run remembers the errors of the first as long again.
    """
    poles = np.concatenate([np.roots(section[3:]) for section in sections])
    memory = 1 / (1 - np.abs(poles).max())
    return EPSILON * float(memory**2) * float(np.abs(signal).max())


def weighted_sum(terms: int, signal: NDArray[np.float64]) -> float:
    """Bound for sums of so many terms of the signal, with weights that add up to at most 1 in size."""
    return EPSILON * terms * float(np.abs(signal).max())
