"""Random changes of training records, in microvolts and the same for all leads of a record.

Noise arises at electrodes, not in leads: it is drawn for each electrode and led through the definition of the leads,
so that Einthoven's law holds for the disturbed record as it does for a real one. The result is conditioned
microvolts again and goes through the same standardisation as any recording.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import CHEST_LEADS
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING
from mvkt.training.recipe import AugmentationSettings

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
    generator: np.random.Generator,
) -> NDArray[np.int16]:
    """Change a batch of records at random.

    Args:
        microvolts: ``(batch, leads, samples)`` conditioned microvolts.
        leads: Names of the leads.
        sampling_frequency: Hz.
        settings: How much of what.
        generator: Source of all randomness.

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


def _roll(microvolts: NDArray[np.int16], furthest: int, generator: np.random.Generator) -> NDArray[np.int16]:
    """Roll each record in time by its own whole number of samples."""
    if furthest == 0:
        return microvolts
    batch, leads, samples = microvolts.shape
    shift = generator.integers(-furthest, furthest + 1, (batch, 1))
    source = (np.arange(samples) - shift) % samples
    record, lead = np.arange(batch)[:, None, None], np.arange(leads)[None, :, None]
    rolled: NDArray[np.int16] = microvolts[record, lead, source[:, None, :]]
    return rolled


def _electrode_noise(
    shape: tuple[int, int, int],
    sampling_frequency: float,
    settings: AugmentationSettings,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """White noise and baseline wander at each electrode, ``(batch, electrodes, samples)`` in microvolts."""
    batch, electrodes, samples = shape
    noise = np.zeros(shape, dtype=np.float32)
    if settings.noise_mv:
        generator.standard_normal(dtype=np.float32, out=noise)
        level = generator.random((batch, 1, 1), dtype=np.float32)
        noise *= level * np.float32(settings.noise_mv / MILLIVOLTS_PER_UNIT)
    if settings.wander_mv:
        time = np.arange(samples, dtype=np.float32) / np.float32(sampling_frequency)
        frequency = generator.uniform(*_WANDER_HZ, (batch, 1, 1)).astype(np.float32)
        phase = generator.uniform(0, 2 * np.pi, (batch, electrodes, 1)).astype(np.float32)
        level = generator.random((batch, electrodes, 1), dtype=np.float32)
        wander = np.sin(2 * np.float32(np.pi) * frequency * time + phase)
        noise += wander * level * np.float32(settings.wander_mv / MILLIVOLTS_PER_UNIT)
    return noise


def _mask(microvolts: NDArray[np.int16], largest_share: float, generator: np.random.Generator) -> None:
    """Blank one piece of each record out, in place."""
    if largest_share == 0:
        return
    batch, _, samples = microvolts.shape
    length = generator.uniform(0, largest_share, batch) * samples
    start = generator.uniform(0, samples - length)
    position = np.arange(samples)
    blank = (position >= start[:, None]) & (position < (start + length)[:, None])
    microvolts[np.broadcast_to(blank[:, None, :], microvolts.shape)] = MISSING
