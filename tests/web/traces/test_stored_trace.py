"""A recording in 16 bits: whole microvolts where they fit, and as fine as possible elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING
from mvkt.web.traces.stored_trace import stored


def record(*leads: np.ndarray) -> Record:
    names = ("I", "II", "III")[: len(leads)]
    return Record(np.stack(leads, axis=1).astype(np.float32), names, 250.0)


def test_whole_microvolts_come_back() -> None:
    signal = np.random.default_rng(0).integers(-5000, 5000, (2, 3000)) / 1000.0
    kept = stored(record(*signal))
    assert kept.microvolts_per_unit == (1.0, 1.0)
    assert kept.values.dtype == np.int16
    np.testing.assert_allclose(kept.millivolts(0, 3000), signal, atol=1e-6)
    np.testing.assert_allclose(kept.millivolts(100, 110), signal[:, 100:110], atol=1e-6)


def test_gaps_stay_gaps() -> None:
    signal = np.ones(1000)
    signal[10:20], signal[30] = np.nan, np.inf
    kept = stored(record(signal))
    assert np.isnan(kept.millivolts(0, 1000)[0]).sum() == 11
    assert (kept.values[0, 10:20] == MISSING).all()


@pytest.mark.parametrize("offset", [-300.0, 300.0, 4000.0])
def test_an_offset_costs_nothing(offset: float) -> None:
    signal = offset + np.sin(np.arange(5000) / 20)
    kept = stored(record(signal))
    assert kept.microvolts_per_unit == (1.0,)
    np.testing.assert_allclose(kept.millivolts(0, 5000)[0], signal, atol=0.0011 + abs(offset) * 1e-6)


def test_large_signals_are_scaled_not_clipped() -> None:
    signal = np.zeros(500_000)
    signal[499_999], signal[7] = 400.0, -100.0
    kept = stored(record(signal, signal / 1000))
    assert kept.microvolts_per_unit[0] == pytest.approx(400_000 / 32_767)
    assert kept.microvolts_per_unit[1] == 1.0
    np.testing.assert_allclose(kept.millivolts(0, 500_000)[0], signal, atol=0.013)


def test_a_lead_without_any_sample() -> None:
    kept = stored(record(np.full(100, np.nan), np.zeros(100)))
    assert (kept.values[0] == MISSING).all()
    assert not kept.values[1].any()
