"""The filters against scipy's own way through them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, resample_poly, sosfiltfilt
from tests.ecg.rounding import recursive

from mvkt.ecg.filters import band_pass, resample, resampling_ratio, zero_phase


@pytest.mark.parametrize("shape", [(1000,), (12, 333), (5, 2, 200)])
@pytest.mark.parametrize(("order", "band", "frequency"), [(1, (4.0, 15.0), 100.0), (2, (0.5, 40.0), 250.0)])
@pytest.mark.parametrize("padding", [0, 9, 150])
def test_a_zero_phase_filter_is_scipys(
    shape: tuple[int, ...], order: int, band: tuple[float, float], frequency: float, padding: int
) -> None:
    signal = np.random.default_rng(0).standard_normal(shape).cumsum(axis=-1)
    sections = butter(order, band, btype="bandpass", fs=frequency, output="sos")
    expected = sosfiltfilt(sections, signal, axis=-1, padtype="even", padlen=padding)
    filtered = zero_phase(order, band, frequency)(signal, padding)
    np.testing.assert_allclose(filtered, expected, rtol=0, atol=recursive(sections, signal))


@pytest.mark.parametrize("samples", [1, 2, 50, 1000])
def test_a_band_pass_takes_any_length_and_leaves_its_input_alone(samples: int) -> None:
    signal = np.random.default_rng(2).standard_normal((2, samples))
    before = signal.copy()
    sections = butter(2, (0.5, 40.0), btype="bandpass", fs=100.0, output="sos")
    expected = sosfiltfilt(sections, signal, axis=1, padtype="even", padlen=min(samples - 1, 200))
    filtered = band_pass(signal, (0.5, 40.0), 100.0)
    np.testing.assert_allclose(filtered, expected, rtol=0, atol=recursive(sections, signal))
    np.testing.assert_array_equal(signal, before)


@pytest.mark.parametrize("frequency", [40.0, 128.0, 250.0, 257.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("samples", [2, 30, 5001, 10_000, 30_001])
def test_resampling_is_scipys(frequency: float, samples: int) -> None:
    signal = np.random.default_rng(3).standard_normal((2, samples)).cumsum(axis=1)
    up, down = resampling_ratio(frequency, 100.0)
    expected = resample_poly(signal, up, down, axis=1, padtype="line")
    np.testing.assert_allclose(resample(signal, up, down), expected, rtol=0, atol=1e-11 * np.abs(signal).max())


def test_a_recording_may_begin_within_a_beat() -> None:
    """Turned about its first sample the trace would go on at twice the height of the beat: 1.5 mV of error."""
    seconds = np.arange(3000) / 100.0
    whole = np.exp(-(((seconds % 0.8) - 0.4) ** 2) / (2 * 0.02**2))[np.newaxis]
    filtered = band_pass(whole, (0.5, 40.0), 100.0)[:, 1000:2000]
    for first in (1000, 1030, 1038, 1040, 1042, 1050):  # the tip of the beat is at 1040
        part = band_pass(whole[:, first:2000], (0.5, 40.0), 100.0)
        assert np.abs(part - filtered[:, first - 1000 :])[:, :25].max() < 0.12
