"""How slow the machine is while a test runs: limits of time hold for a quiet one and grow with it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

_QUIET_SECONDS = 0.005  # of the small computations, on an AMD EPYC with nothing beside it
_RUNS = 9


def slowness(clock: Callable[[], float] = time.process_time) -> float:
    """Return how many times longer small computations take now than on a quiet machine; 1 on a faster one."""
    took = []
    for _ in range(_RUNS):
        began = clock()
        _small_computations()
        took.append(clock() - began)
    return max(1.0, float(np.median(took)) / _QUIET_SECONDS)


def _small_computations() -> None:
    """Half of it objects of Python, half of it short arrays, as where a recording is read and looked at."""
    words = {f"{number}": [float(f"{number}.5")] for number in range(9000)}
    assert len(words) == 9000
    values = np.arange(1000.0)
    for _ in range(180):
        np.median(np.pad(values, 10, mode="edge"))
