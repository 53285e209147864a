"""Traces of known beats, drawn as sums of Gaussian waves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition

Float = NDArray[np.float64]
Wave = tuple[float, float, float]
"""Seconds after the R peak, standard deviation in seconds, height in mV."""

NORMAL: tuple[Wave, ...] = (
    (-0.16, 0.02, 0.12),
    (-0.03, 0.008, -0.1),
    (0.0, 0.012, 1.0),
    (0.03, 0.01, -0.2),
    (0.27, 0.04, 0.25),
)
EXTRA: tuple[Wave, ...] = ((0.0, 0.035, 1.0), (0.09, 0.03, -0.5), (0.3, 0.05, -0.5))


def drawn(
    beats: Sequence[tuple[float, Sequence[Wave], float]], seconds: float, frequency: float = 360.0, noise: float = 0.005
) -> Record:
    """A recording of lead II: each beat with the second of its R peak, its waves, and a factor on them."""
    times = np.arange(round(seconds * frequency)) / frequency
    signal = noise * np.random.default_rng(1).standard_normal(len(times))
    for second, waves, factor in beats:
        for at, spread, height in waves:
            signal += factor * height * np.exp(-0.5 * np.square((times - second - at) / spread))
    return Record(signal[:, np.newaxis].astype(np.float32), ("II",), frequency)


def microvolts_of(record: Record) -> NDArray[np.int16]:
    """``(1, samples)`` conditioned, at 100 Hz."""
    return condition(record, SignalSpec(), "II")
