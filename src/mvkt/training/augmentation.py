"""Random changes of training records, in microvolts and the same for all leads of a record.

Noise arises at electrodes, not in leads: it is drawn for each electrode and led through the definition of the leads,
so that Einthoven's law holds for the disturbed record as it does for a real one. The result is conditioned
microvolts again and goes through the same standardisation as any recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mvkt.ecg.leads import CHEST_LEADS
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING
from mvkt.training.batch_draws import Draws
from mvkt.training.network_settings import AugmentationSettings

_LIMB_ELECTRODES = ("RA", "LA", "LL")
_LIMB_WEIGHTS = {
    "I": (-1.0, 1.0, 0.0),
    "II": (-1.0, 0.0, 1.0),
    "III": (0.0, -1.0, 1.0),
    "aVR": (1.0, -0.5, -0.5),
    "aVL": (-0.5, 1.0, -0.5),
    "aVF": (-0.5, -0.5, 1.0),
}
_WILSON = (-1 / 3, -1 / 3, -1 / 3)
_WANDER_HZ = (0.15, 0.7)
_TAPE, _TAPES = 1 << 20, 64
"""Samples of white noise that pieces are taken from, and how many windows they are at least."""


def electrode_weights(leads: Sequence[str]) -> NDArray[np.float32]:
    """Return ``(leads, electrodes)``: how the potential of each electrode enters each lead.

    A lead that is not one of the twelve counts as an electrode of its own.
    """
    exploring = [lead for lead in leads if lead not in _LIMB_WEIGHTS]
    weights = np.zeros((len(leads), len(_LIMB_ELECTRODES) + len(exploring)), dtype=np.float32)
    for row, lead in enumerate(leads):
        if lead in _LIMB_WEIGHTS:
            weights[row, :3] = _LIMB_WEIGHTS[lead]
        else:
            weights[row, :3] = _WILSON if lead in CHEST_LEADS else 0.0
            weights[row, 3 + exploring.index(lead)] = 1.0
    return weights[:, weights.any(axis=0)]


def augment(
    microvolts: NDArray[np.int16],
    leads: Sequence[str],
    sampling_frequency: float,
    settings: AugmentationSettings,
    generator: Draws,
) -> NDArray[np.int16]:
    """Change a batch of records at random.

    Args:
        microvolts: ``(batch, leads, samples)`` conditioned microvolts.
        leads: Names of the leads.
        sampling_frequency: Hz.
        settings: How much of what.
        generator: Source of all randomness, for these records.

    Returns:
        The same shape, conditioned microvolts.
    """
    if not settings.active:
        return microvolts
    microvolts = _roll(microvolts, round(settings.shift_seconds * sampling_frequency), generator)
    missing = microvolts == MISSING
    signal = microvolts.astype(np.float32)
    if settings.scale:
        spread = np.log1p(settings.scale)
        signal *= np.exp(generator.uniform(-spread, spread, (len(signal), 1, 1))).astype(np.float32)
    if settings.upside_down:
        signal[generator.random(len(signal)) < settings.upside_down] *= -1
    if settings.noise_mv or settings.wander_mv:
        weights = electrode_weights(leads)
        signal += weights @ _electrode_noise(
            (len(signal), weights.shape[1], signal.shape[2]), sampling_frequency, settings, generator
        )
    np.rint(signal, out=signal)
    np.clip(signal, -32_767, 32_767, out=signal)
    augmented = signal.astype(np.int16)
    augmented[missing] = MISSING
    _mask(augmented, settings.mask_share, generator)
    return augmented


def _roll(microvolts: NDArray[np.int16], furthest: int, generator: Draws) -> NDArray[np.int16]:
    """Roll each record in time by its own whole number of samples."""
    if furthest == 0:
        return microvolts
    batch, _, samples = microvolts.shape
    shift = generator.integers(-furthest, furthest + 1, batch)
    twice = np.concatenate([microvolts, microvolts], axis=2)
    # Rows are copied as wholes: four times as fast as sample by sample.
    rolled: NDArray[np.int16] = sliding_window_view(twice, samples, axis=2)[np.arange(batch), :, -shift % samples]
    return rolled


def _electrode_noise(
    shape: tuple[int, int, int],
    sampling_frequency: float,
    settings: AugmentationSettings,
    generator: Draws,
) -> NDArray[np.float32]:
    """White noise and baseline wander at each electrode, ``(batch, electrodes, samples)`` in microvolts."""
    batch, electrodes, samples = shape
    noise = np.zeros(shape, dtype=np.float32)
    if settings.noise_mv:
        # Pieces of a long tape, begun anywhere: ten times as fast as drawing each sample.
        tape = _white_noise(max(_TAPE, _TAPES * samples))
        begins = generator.integers(0, len(tape) - samples + 1, (batch, electrodes))
        level = generator.random((batch, 1, 1), dtype=np.float32)
        level *= np.float32(settings.noise_mv / MILLIVOLTS_PER_UNIT)
        np.multiply(sliding_window_view(tape, samples)[begins], level, out=noise)
    if settings.wander_mv:
        time = np.arange(samples, dtype=np.float32) / np.float32(sampling_frequency)
        frequency = generator.uniform(*_WANDER_HZ, (batch, 1)).astype(np.float32)
        phase = generator.uniform(0, 2 * np.pi, (batch, electrodes)).astype(np.float32)
        level = generator.random((batch, electrodes), dtype=np.float32)
        level *= np.float32(settings.wander_mv / MILLIVOLTS_PER_UNIT)
        # All electrodes of a record share the frequency: sin(at + p) = cos(p) sin(at) + sin(p) cos(at).
        turn = 2 * np.float32(np.pi) * frequency * time
        waves = np.stack([np.sin(turn), np.cos(turn)], axis=1)
        noise += np.stack([level * np.cos(phase), level * np.sin(phase)], axis=2) @ waves
    return noise


@lru_cache(maxsize=1)
def _white_noise(samples: int) -> NDArray[np.float32]:
    tape = np.random.default_rng(0).standard_normal(samples, dtype=np.float32)
    tape.setflags(write=False)
    return tape


def _mask(microvolts: NDArray[np.int16], largest_share: float, generator: Draws) -> None:
    """Blank one piece of each record out, in place."""
    if largest_share == 0:
        return
    batch, _, samples = microvolts.shape
    length = generator.uniform(0, largest_share, batch) * samples
    start = generator.random(batch) * (samples - length)
    position = np.arange(samples)
    blank = (position >= start[:, None]) & (position < (start + length)[:, None])
    np.copyto(microvolts, np.int16(MISSING), where=blank[:, None, :])
