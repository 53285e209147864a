"""The filters against scipy's own way through them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from tests.ecg.rounding import recursive

from mvkt.ecg.filters import band_pass, zero_phase


@pytest.mark.parametrize("shape", [(1000,), (12, 333), (5, 2, 200)])
@pytest.mark.parametrize(("order", "band", "frequency"), [(1, (4.0, 15.0), 100.0), (2, (0.5, 40.0), 250.0)])
@pytest.mark.parametrize("padding", [0, 9, 150])
def test_a_zero_phase_filter_is_scipys(
    shape: tuple[int, ...], order: int, band: tuple[float, float], frequency: float, padding: int
) -> None:
    signal = np.random.default_rng(0).standard_normal(shape).cumsum(axis=-1)
    sections = butter(order, band, btype="bandpass", fs=frequency, output="sos")
    expected = sosfiltfilt(sections, signal, axis=-1, padtype="odd", padlen=padding)
    filtered = zero_phase(order, band, frequency)(signal, padding)
    np.testing.assert_allclose(filtered, expected, rtol=0, atol=recursive(sections, signal))


@pytest.mark.parametrize("samples", [1, 2, 50, 1000])
def test_a_band_pass_takes_any_length_and_leaves_its_input_alone(samples: int) -> None:
    signal = np.random.default_rng(2).standard_normal((2, samples))
    before = signal.copy()
    sections = butter(2, (0.5, 40.0), btype="bandpass", fs=100.0, output="sos")
    expected = sosfiltfilt(sections, signal, axis=1, padlen=min(samples - 1, 200))
    filtered = band_pass(signal, (0.5, 40.0), 100.0)
    np.testing.assert_allclose(filtered, expected, rtol=0, atol=recursive(sections, signal))
    np.testing.assert_array_equal(signal, before)
