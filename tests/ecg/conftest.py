"""Sixty normal hearts, for tests of what is measured in a recording."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.signal import SignalSpec, condition
from mvkt.ecg.simulate import Simulation, simulate


@pytest.fixture(scope="session")
def simulated() -> Simulation:
    return simulate(60, seed=8, conditions=["NORM"])


@pytest.fixture(scope="session")
def windows(simulated: Simulation) -> NDArray[np.int16]:
    """``(60, 12, 1000)``, read-only."""
    made = np.stack([condition(simulated.record(row), SignalSpec(), "12-lead") for row in range(60)])
    made.setflags(write=False)
    return made
