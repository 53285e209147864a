"""The filter that the page can switch on."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.signal import MISSING
from mvkt.web.traces.display_filter import band, filtered, warm_up
from mvkt.web.traces.stored_trace import StoredTrace


@pytest.mark.parametrize(("frequency", "high"), [(500.0, 40.0), (100.0, 40.0), (50.0, 22.5)])
def test_slow_recordings_end_below_40_hz(frequency: float, high: float) -> None:
    assert band(frequency) == (0.5, high)


def test_a_stretch_is_what_the_whole_gives() -> None:
    time = np.arange(60 * 250) / 250
    signal = (1000 * np.sin(2 * np.pi * 5 * time) + 2000).astype(np.int16)
    trace = StoredTrace(signal[np.newaxis], (1.0,), (0.0,), ("I",), 250.0)
    whole, part = filtered(trace, 0, trace.samples), filtered(trace, 7500, 8000)
    assert part.shape == (1, 500)
    assert np.abs(part[0].astype(int) - whole[0, 7500:8000]).max() <= 2
    assert abs(int(np.median(part))) < 50, "the offset is gone"
    assert 850 < np.ptp(part) / 2 < 1150


def test_gaps_stay_gaps() -> None:
    signal = np.zeros((1, 5000), dtype=np.int16)
    trace = StoredTrace(signal, (1.0,), (0.0,), ("I",), 250.0)
    assert (filtered(trace, 0, 10) != MISSING).all()
    warm_up()
