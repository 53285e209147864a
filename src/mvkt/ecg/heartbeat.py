"""Where the heart beats, and how fast."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.signal import MISSING

_REFRACTORY_SECONDS = 0.2
_T_WAVE_SECONDS = 0.36
_PEAK_SHARE = 0.20
_LEAST_ENERGY = 0.5  # (µV in 10 ms)², far below that of any beat
_QRS_BAND = (5.0, 15.0)

Float = NDArray[np.float64]


def heart_rate(microvolts: NDArray[np.int16], sampling_frequency: float) -> float | None:
    """Return the mean heart rate in beats a minute, or None if no two beats in a row were found.

    Args:
        microvolts: ``(samples,)`` or ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.
    """
    leads = np.atleast_2d(microvolts)
    missing = (leads == MISSING).all(axis=0)
    return rate_of(r_peaks(leads, sampling_frequency), missing, sampling_frequency)


def r_peaks(microvolts: NDArray[np.int16], sampling_frequency: float) -> NDArray[np.int64]:
    """Find the samples of the QRS complexes, by the energy of slopes over all leads.

    Source: the chain of Pan and Tompkins, IEEE Transactions on Biomedical Engineering 32 (1985) 230-236:
    band-pass, derivative, square, moving integration, threshold. The threshold is a share of the median of
    the largest energies of pieces of 2 s instead of their running estimate, so that the whole window is
    computed at once.

    Args:
        microvolts: ``(samples,)`` or ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.

    Returns:
        ``(beats,)`` rising; empty if there are none.
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks, sosfiltfilt

    leads = np.atleast_2d(microvolts)
    samples = leads.shape[1]
    if samples < sampling_frequency:
        return np.empty(0, dtype=np.int64)
    missing = leads == MISSING
    filtered = sosfiltfilt(_qrs_band(sampling_frequency), bridged(leads, missing), axis=1)
    slope = np.square(np.gradient(filtered, axis=1) * sampling_frequency / 100.0)
    slope[missing] = 0.0
    energy = uniform_filter1d(slope.sum(axis=0), max(1, round(0.12 * sampling_frequency)), mode="constant")
    length = min(samples, round(2 * sampling_frequency))
    largest = energy[: samples // length * length].reshape(-1, length).max(axis=1)
    beating = largest > _LEAST_ENERGY
    if not beating.any():
        return np.empty(0, dtype=np.int64)
    level = float(np.median(largest[beating]))
    distance = max(1, round(_REFRACTORY_SECONDS * sampling_frequency))
    peaks = find_peaks(energy, height=_PEAK_SHARE * level, distance=distance)[0]
    # A low peak soon after a high one is its T wave.
    late = np.diff(peaks, prepend=-samples) < _T_WAVE_SECONDS * sampling_frequency
    lower = energy[peaks] < 0.5 * energy[np.concatenate([peaks[:1], peaks[:-1]])]
    peaks = peaks[~(late & lower)]
    return _sharpened(peaks, np.abs(filtered).sum(axis=0), round(0.06 * sampling_frequency))


def rate_of(peaks: NDArray[np.int64], missing: NDArray[np.bool_], sampling_frequency: float) -> float | None:
    """Beats a minute from the mean of the RR intervals that no gap interrupts."""
    gaps = np.cumsum(missing)
    whole = gaps[peaks[1:]] == gaps[peaks[:-1]]
    intervals = np.diff(peaks)[whole]
    return None if intervals.size == 0 else float(60.0 * sampling_frequency / intervals.mean())


def bridged(window: NDArray[np.int16], missing: NDArray[np.bool_]) -> Float:
    """Microvolts as floats, straight lines over gaps, so that their edges are no slopes."""
    values = window.astype(np.float64)
    if missing.any():
        positions = np.arange(values.shape[1])
        for lead, gaps in zip(values, missing, strict=True):
            lead[gaps] = 0.0 if gaps.all() else np.interp(positions[gaps], positions[~gaps], lead[~gaps])
    return values


def _sharpened(peaks: NDArray[np.int64], size: Float, reach: int) -> NDArray[np.int64]:
    """Move every peak to the largest value within its reach."""
    around = np.clip(peaks[:, None] + np.arange(-reach, reach + 1), 0, len(size) - 1)
    best = np.argmax(size[around], axis=1)
    moved: NDArray[np.int64] = np.unique(around[np.arange(len(peaks)), best])
    return moved


@lru_cache(maxsize=16)
def _qrs_band(sampling_frequency: float) -> Float:
    from scipy.signal import butter

    highest = min(_QRS_BAND[1], 0.45 * sampling_frequency)
    band = (_QRS_BAND[0], highest)
    sections: Float = butter(1, band, btype="bandpass", fs=sampling_frequency, output="sos")
    return sections
