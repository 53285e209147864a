"""Noise of a Holter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.fit.holter_noise import HolterNoise
from benchmarks.fit.stress_noise import noise_power, signal_power
from tests.ecg.drawn_ecg import NORMAL, drawn, microvolts_of


@pytest.mark.data
def test_noise_has_the_strength_that_is_stated(shared_data: Path) -> None:
    clean = microvolts_of(drawn([(float(second), NORMAL, 1.0) for second in np.arange(0.5, 9.5, 0.8)], 10.0))
    noises = [HolterNoise.of(shared_data / "noise-stress", "bw", to_learn=half) for half in (True, False)]
    assert abs(len(noises[0].trace) - len(noises[1].trace)) <= 2000
    added = [noise.added(clean, (3,), 6.0) - clean.astype(np.float64) for noise in noises]
    for noise in added:
        ratio = signal_power(clean[np.newaxis])[0, 0] / noise_power(noise / 1000.0, 100.0)[0, 0]
        assert 10 * np.log10(ratio) == pytest.approx(6.0, abs=0.1)
    assert not np.array_equal(*added), "the halves are different noise"
