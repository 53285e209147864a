"""Noise of known strength, mixed into clean recordings as in the noise stress test.

The recordings of the MIT-BIH Noise Stress Test Database (Moody, Muldrow and Mark, A noise stress test for arrhythmia
detectors, Computers in Cardiology 11 (1984) 381-384) cannot be handed on with this repository, so noise with their
spectra is drawn: muscle noise from 20 to 150 Hz in bursts, electrode motion as 1/f noise with abrupt steps (about half
of its power in the band of an ECG), wander of the baseline, hum of the mains, and white noise. Nothing is shared with
the noise of ``mvkt.ecg.simulate``.

**Signal-to-noise ratio**, as WFDB's ``nst`` defines it: ``10 log10(S / N)`` with ``S = A² / 8``, ``A`` the mean
peak-to-peak amplitude of the QRS complexes (a sine of that amplitude has this power), and ``N`` the square of the mean
over whole seconds of the RMS of the noise about its mean in that second. ``A`` is measured on the conditioned clean
recording, 80 ms to either side of the beats that are found (``nst``: 50 ms, annotated beats, 5 % trimmed), and every
window is calibrated by itself. What is taken as the noise depends on its kind:

- white, muscle, motion: the noise as it is recorded, at 500 Hz, *before* conditioning;
- wander, mains and "band": what conditioning (0.5-40 Hz) leaves of it. It takes out most or all of them, and a window
  that the filter has mended need not be refused. Wander is drawn within 0.5-1.5 Hz, and hum as a recorder at 100 Hz
  without a proper anti-alias filter folds it into the band (60 Hz at 40 Hz, others from 25 Hz). "band" is noise of a
  random band, for what is none of the above.

The plain ratio of powers (``ratio="power"``: variance of the clean recording over that of the noise) is a harder one at
the noisy end, as an ECG is quiet between its beats: at the same number of decibels there is less noise. It is taken
after conditioning, of both, for every kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfiltfilt

from mvkt.ecg.heartbeat import bridged, find_beats
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition

SPEC = SignalSpec()
RAW_FREQUENCY = 500.0
Float = NDArray[np.float64]


def _band_limited(rng: np.random.Generator, shape: tuple[int, int], low: float, high: float) -> Float:
    sections = butter(4, (low, high), "bandpass", fs=RAW_FREQUENCY, output="sos")
    filtered: Float = sosfiltfilt(sections, rng.standard_normal(shape), axis=1)
    return filtered


def white(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Flat up to 250 Hz."""
    return rng.standard_normal(shape)


def muscle(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """20-150 Hz, swelling by a factor of up to three in bursts of about a second."""
    swelling = np.abs(_band_limited(rng, shape, 0.2, 1.0))
    swelling /= swelling.mean(axis=1, keepdims=True)
    return _band_limited(rng, shape, 20.0, 150.0) * (0.5 + 0.5 * np.minimum(swelling, 3.0))


def motion(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """1/f noise, and steps that come about every two seconds and fade in tenths of a second to seconds."""
    records, samples = shape
    spectrum = np.fft.rfft(rng.standard_normal(shape), axis=1)
    frequency = np.fft.rfftfreq(samples, 1 / RAW_FREQUENCY)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency, 0.1)), samples, axis=1)
    noise /= noise.std(axis=1, keepdims=True)
    seconds = np.arange(samples) / RAW_FREQUENCY
    for _ in range(max(1, round(samples / RAW_FREQUENCY / 2))):
        begin = rng.uniform(0, seconds[-1], (records, 1))
        fading, height = rng.uniform(0.15, 2.0, (records, 1)), 2.0 * rng.standard_normal((records, 1))
        after = seconds - begin
        noise += height * np.exp(-np.maximum(after, 0.0) / fading) * (after >= 0)
    return noise


def wander(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Narrow-band noise of 0.5-1.5 Hz."""
    return _band_limited(rng, shape, 0.5, 1.5)


def mains(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """A sine of 40 Hz or, in every second record, of 25-40 Hz, that swells by a tenth."""
    records, samples = shape
    seconds = np.arange(samples) / RAW_FREQUENCY
    frequency = np.where(np.arange(records) % 2, rng.uniform(25.0, 40.0, records), 40.0)[:, np.newaxis]
    phase, slow = rng.uniform(0, 2 * np.pi, (2, records, 1))
    hum: Float = np.sin(2 * np.pi * frequency * seconds + phase) * (1 + 0.1 * np.sin(seconds + slow))
    return hum


def band(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Gaussian noise in another band in every record: from anywhere above 0.5 Hz, one to three octaves wide."""
    records, samples = shape
    frequency = np.fft.rfftfreq(samples, 1 / RAW_FREQUENCY)
    low = 0.5 * 2 ** rng.uniform(0, 5, (records, 1))
    inside = (frequency >= low) & (frequency <= low * 2 ** rng.uniform(1, 3, (records, 1)))
    noise: Float = np.fft.irfft(np.fft.rfft(rng.standard_normal(shape), axis=1) * inside, samples, axis=1)
    return noise


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], Float]] = {
    "white": white,
    "muscle": muscle,
    "motion": motion,
    "mains": mains,
    "wander": wander,
    "band": band,
}
AFTER_CONDITIONING = frozenset({"mains", "wander", "band"})


def noise_power(noise: Float, sampling_frequency: float) -> Float:
    """``(records, 1)`` N, as above, of ``(records, samples)``."""
    second = round(sampling_frequency)
    pieces = noise[:, : noise.shape[1] // second * second].reshape(len(noise), -1, second)
    power: Float = np.square(pieces.std(axis=2).mean(axis=1, keepdims=True))
    return power


def signal_power(microvolts: NDArray[np.int16]) -> Float:
    """``(records, 1)`` S in mV², as above, of conditioned ``(records, 1, samples)``."""
    missing = np.zeros(microvolts.shape, dtype=np.bool_)
    beats = find_beats(bridged(microvolts, missing), missing, SPEC.sampling_frequency)
    reach = np.arange(-8, 9)
    around = np.clip(beats.sample[:, np.newaxis] + reach, 0, microvolts.shape[2] - 1)
    sizes = np.ptp(microvolts[beats.window[:, np.newaxis], 0, around].astype(np.float64), axis=1) / 1000.0
    with np.errstate(invalid="ignore"):
        amplitude = np.bincount(beats.window, sizes, beats.windows) / beats.counts
    return np.square(amplitude)[:, np.newaxis] / 8


def conditioned(signal: Float, sampling_frequency: float) -> NDArray[np.int16]:
    """``(records, 1, samples)`` int16 from ``(records, samples)`` in mV."""
    made = [condition(Record(row[:, np.newaxis], ("I",), sampling_frequency), SPEC, "I") for row in signal]
    return np.stack(made)


def left_by_conditioning(noise: Float) -> Float:
    """``(records, samples)`` at 100 Hz: what conditioning leaves of noise at 500 Hz, of the same scale."""
    scale = noise.std(axis=1, keepdims=True)
    left: Float = conditioned(noise / scale, RAW_FREQUENCY)[:, 0] / 1000.0 * scale
    return left


Ratio = Literal["nst", "power"]


def mixed(
    clean: NDArray[np.int16],
    kind: str,
    decibels: float,
    seed: int,
    *,
    ratio: Ratio = "nst",
    after_conditioning: bool | None = None,
) -> NDArray[np.int16]:
    """Add noise of a kind and strength to clean recordings, and condition them.

    Args:
        clean: ``(records, samples)`` in µV at 100 Hz.
        kind: One of :data:`KINDS`.
        decibels: Signal-to-noise ratio, as defined in the docstring of this module.
        seed: Of the noise.
        ratio: Of ``nst``, or plainly of powers.
        after_conditioning: Whether the ratio holds for what conditioning leaves of the noise; by default for the kinds
            in :data:`AFTER_CONDITIONING`.

    Returns:
        ``(records, 1, samples)`` int16, conditioned.
    """
    late = kind in AFTER_CONDITIONING or ratio == "power" if after_conditioning is None else after_conditioning
    raw = resample_poly(clean / 1000.0, round(RAW_FREQUENCY / 100), 1, axis=1, padtype="line")
    noise = KINDS[kind](np.random.default_rng(seed), raw.shape)
    reference = conditioned(clean / 1000.0, SPEC.sampling_frequency)
    left, frequency = (left_by_conditioning(noise), SPEC.sampling_frequency) if late else (noise, RAW_FREQUENCY)
    if ratio == "nst":
        wanted, power = signal_power(reference), noise_power(left, frequency)
    else:
        wanted, power = (reference[:, 0] / 1000.0).var(axis=1, keepdims=True), left.var(axis=1, keepdims=True)
    return conditioned(raw + noise * np.sqrt(wanted / 10 ** (decibels / 10) / power), RAW_FREQUENCY)
