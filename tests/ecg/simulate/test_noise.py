"""What an ECG records beside the heart."""

from __future__ import annotations

import numpy as np
from scipy.signal import welch

from mvkt.ecg.simulate.noise import electrode_noise


def drawn(sampling_frequency: float = 500.0) -> np.ndarray:
    breathing = np.stack([np.full(200, 0.25), np.zeros(200)], axis=1)
    return electrode_noise(np.random.default_rng(0), breathing, round(10 * sampling_frequency), sampling_frequency)


def test_shape_and_size() -> None:
    noise = drawn()
    assert noise.shape == (200, 9, 5000)
    assert noise.dtype == np.float32
    assert np.isfinite(noise).all()
    assert 0.005 < np.median(noise.std(axis=2)) < 0.3, "mV"


def test_mains_hum_is_at_50_or_60_hz_and_below_the_nyquist_frequency_only() -> None:
    frequencies, power = welch(drawn(), 500.0, nperseg=2500, axis=2)
    power = power.mean(axis=(0, 1))
    assert max(power[frequencies == 50.0][0], power[frequencies == 60.0][0]) > 3 * power[frequencies == 55.0][0]
    assert np.isfinite(drawn(90.0)).all()


def test_the_baseline_wanders_with_the_breath() -> None:
    frequencies, power = welch(drawn(), 500.0, nperseg=5000, axis=2)
    power = power.mean(axis=(0, 1))
    slow = (frequencies > 0) & (frequencies < 1)
    assert power[slow].max() > 10 * np.median(power[(frequencies > 5) & (frequencies < 40)])
