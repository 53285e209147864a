"""What an ECG records beside the heart, at the electrodes: Einthoven's law holds for noise as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.simulate.population import Array

Float32 = NDArray[np.float32]

_ELECTRODES = 9
_EMG_CORNER = 25.0


def electrode_noise(rng: np.random.Generator, breathing: Array, samples: int, sampling_frequency: float) -> Float32:
    """Draw ``(records, 9, samples)`` mV: noise of every kind, each at a random level.

    The kinds are those of the MIT-BIH Noise Stress Test Database (Moody, Muldrow and Mark, Computers in
    Cardiology 11 (1984) 381-384). Mains hum, 50 or 60 Hz, is only there below the Nyquist frequency: what a
    recorder samples has passed its anti-alias filter.
    """
    records = len(breathing)
    seconds = np.arange(samples) / sampling_frequency
    noise = _muscle(rng, records, seconds, sampling_frequency)
    noise += _wander(rng, breathing, seconds)
    noise += _mains(rng, records, seconds, sampling_frequency)
    _add_motion(rng, noise, seconds)
    return noise


def _level(rng: np.random.Generator, records: int, median: float, spread: float, largest: float) -> Float32:
    """``(records, 9, 1)`` a level for each record, and around it for each electrode."""
    level = median * np.exp(spread * rng.standard_normal((records, 1, 1)))
    level = np.minimum(level * np.exp(0.35 * rng.standard_normal((records, _ELECTRODES, 1))), largest)
    return level.astype(np.float32)


def _wander(rng: np.random.Generator, breathing: Array, seconds: Array) -> Float32:
    """Breathing and slow drift of the electrodes, as a few sines below 0.5 Hz."""
    records = len(breathing)
    level = _level(rng, records, 0.040, 0.7, 0.35)
    slow = np.sort(rng.uniform(0.04, 0.5, (records, 3)), axis=1)
    frequency = np.concatenate([breathing[:, :1], slow], axis=1)
    angle = (
        2 * np.pi * frequency[:, :, None] * seconds
        + np.concatenate([breathing[:, 1:], rng.uniform(0, 2 * np.pi, (records, 3))], axis=1)[:, :, None]
    )
    share = rng.standard_normal((records, _ELECTRODES, 4)) * np.array([0.7, 0.9, 0.6, 0.4])
    mixed: Float32 = share.astype(np.float32) @ np.sin(angle).astype(np.float32)
    return level * mixed


def _muscle(rng: np.random.Generator, records: int, seconds: Array, sampling_frequency: float) -> Float32:
    """Muscle noise, high-passed at 25 Hz if sampled fast enough, swelling and fading; white amplifier noise."""
    white = rng.standard_normal((records, _ELECTRODES, len(seconds) + 1), dtype=np.float32)
    # A first-order difference; its gain is normalised so that the standard deviation is 1 at any sampling
    # frequency.
    keep = np.float32(max(1.0 - 2 * np.pi * _EMG_CORNER / sampling_frequency, 0.0) ** 0.5)
    muscle: Float32 = (white[:, :, 1:] - keep * white[:, :, :-1]) / np.sqrt(1 + keep**2)
    frequency, phase = rng.uniform(0.05, 0.25, (records, 1, 1)), rng.uniform(0, 2 * np.pi, (records, 1, 1))
    swell = 1.0 + 0.6 * np.sin(2 * np.pi * frequency * seconds + phase)
    muscle *= _level(rng, records, 0.008, 0.8, 0.10)
    muscle *= swell.astype(np.float32)
    muscle += np.float32(0.003) * white[:, :, 1:]
    return muscle


def _mains(rng: np.random.Generator, records: int, seconds: Array, sampling_frequency: float) -> Float32:
    frequency = rng.choice(np.array([50.0, 60.0]), (records, 1, 1))
    level = _level(rng, records, 0.004, 1.0, 0.08)
    level *= frequency < sampling_frequency / 2
    phase = rng.uniform(0, 2 * np.pi, (records, 1, 1))
    hum: Float32 = level * np.sin(2 * np.pi * frequency * seconds + phase).astype(np.float32)
    return hum


def _add_motion(rng: np.random.Generator, noise: Float32, seconds: Array) -> None:
    """In one record of eight an electrode is moved: a bump of tenths of a second and a millivolt."""
    records = len(noise)
    moved = rng.random(records) < 0.125
    electrode = rng.integers(0, _ELECTRODES, records)
    when = rng.uniform(0, float(seconds[-1]), (records, 1))
    wide = rng.uniform(0.08, 0.4, (records, 1))
    height = rng.uniform(0.15, 0.9, (records, 1)) * rng.choice(np.array([-1.0, 1.0]), (records, 1))
    bump = height * np.exp(-0.5 * ((seconds - when) / wide) ** 2)
    noise[moved, electrode[moved]] += bump[moved].astype(np.float32)
