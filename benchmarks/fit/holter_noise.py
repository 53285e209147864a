"""Noise that a Holter recorded, added to recordings: the records of the MIT-BIH Noise Stress Test Database.

Moody, Muldrow and Mark, A noise stress test for arrhythmia detectors, Computers in Cardiology 11 (1984) 381-384.
Networks learn from the first half of each record, and are measured with the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.fit.stress_noise import SPEC, noise_power, signal_power
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.long_recordings import condition_long

NAMES = ("ma", "em", "bw")
"""Muscle, moving electrodes, a wandering baseline."""

_AFTER_CONDITIONING = ("bw",)
_SECONDS = 10.0

Float = NDArray[np.float64]
Traces = NDArray[np.int16]
"""``(leads, samples)`` of a recording, conditioned."""


@dataclass(frozen=True, eq=False)
class HolterNoise:
    """Half a record of noise.

    Attributes:
        trace: ``(samples,)`` mV at 100 Hz, what conditioning leaves of it.
        power: ``(pieces,)`` of each ten seconds, as :mod:`benchmarks.fit.stress_noise` defines it: of the baseline,
            what conditioning leaves of it counts.
    """

    trace: Float
    power: Float

    @classmethod
    def of(cls, folder: Path, name: str, to_learn: bool) -> HolterNoise:
        """Read the first half of a record, which networks learn from, or the second."""
        record = read(folder / f"{name}.hea")
        trace = condition_long(record, SPEC, record.leads[0])[0] / 1000.0
        late = name in _AFTER_CONDITIONING
        raw = trace if late else record.signal[:, 0].astype(np.float64)
        frequency = SPEC.sampling_frequency if late else record.sampling_frequency
        length = round(_SECONDS * frequency)
        power = noise_power(raw[: len(raw) // length * length].reshape(-1, length), frequency)[:, 0]
        middle = len(power) // 2
        border = round(middle * _SECONDS * SPEC.sampling_frequency)
        return cls(trace[:border], power[:middle]) if to_learn else cls(trace[border:], power[middle:])

    def added(self, traces: Traces, seed: Sequence[int], decibels: float = 6.0) -> Traces:
        """Add ten-second pieces to traces of at most that length, others for each lead and seed."""
        pieces = np.flatnonzero(self.power > 0)  # a piece of moving electrodes is flat
        made = []
        for lead, trace in enumerate(traces):
            number = np.random.default_rng([*seed, lead]).choice(pieces)
            piece = self.trace[round(number * _SECONDS * SPEC.sampling_frequency) :][: len(trace)]
            wanted = np.nan_to_num(signal_power(trace[np.newaxis, np.newaxis])[0, 0]) / 10 ** (decibels / 10)
            made.append(trace + 1000.0 * piece * np.sqrt(wanted / self.power[number]))
        noisy: Traces = np.clip(np.stack(made), -32767, 32767).astype(np.int16)
        return noisy
