"""Which parts of a window a finding rests on, by blanking them: works with any network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.verdicts import calibrated

STEP_SECONDS = 0.1
BLANK_SECONDS = 0.5

_LEAST_FULL_STRENGTH = 0.25
"""A fall of the logit by less than this never gets the full colour, however much it is the largest of its window."""

_CORE = 0.5

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Support:
    """What one class rests on in one window.

    Attributes:
        starts: ``(steps,)`` seconds in the window at which each step of 0.1 s begins.
        drops: ``(steps,)`` by how much the logit falls, on average, when a piece with this step in it is blanked; below
            zero where it rises.
        probability: Of the window as it is.
        without: Of the window with its most important parts blanked together.
        blanked_seconds: How long these are in all.
    """

    starts: Float
    drops: Float
    probability: float
    without: float
    blanked_seconds: float

    @property
    def strengths(self) -> Float:
        """``(steps,)`` from 0, carries nothing, to 1, carries most."""
        return np.clip(self.drops, 0.0, None) / max(float(self.drops.max()), _LEAST_FULL_STRENGTH)


def support(
    bundle: Bundle, signal: NDArray[np.float32], codes: tuple[str, ...], shift: NDArray[np.float32] | None = None
) -> dict[str, Support]:
    """Find out what some classes rest on in a window.

    Pieces of 0.5 s are blanked one after another, every 0.1 s, in all leads at once, as if nothing had been recorded
    there (0, as in :func:`mvkt.ecg.signal.standardise`). All of them go through the network in one call. Then, for
    each class, the steps with at least half of the largest fall are blanked together.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2.

    Args:
        bundle: With the network.
        signal: ``(leads, samples)`` float32, standardised.
        codes: The classes.
        shift: ``(classes,)`` what the beats of the whole window add to the logits; blanking does not change it.
    """
    manifest = bundle.manifest
    columns = [manifest.classes.index(code) for code in codes]
    steps = _steps(manifest.signal.window_samples, manifest.signal.sampling_frequency)
    covered = _covering(len(steps))
    logits = bundle.logits(np.stack([signal, *(_blank(signal, steps, which) for which in covered)]))
    falls = (logits[0] - logits[1:]).astype(np.float64)[:, columns]
    drops = (covered.T @ falls) / covered.sum(axis=0)[:, np.newaxis]
    cores = (drops > 0) & (drops >= _CORE * drops.max(axis=0))
    together = bundle.logits(np.stack([_blank(signal, steps, core) for core in cores.T]))
    beats = 0.0 if shift is None else shift
    before, after = (calibrated(of_window + beats, manifest) for of_window in (logits[0], together))
    rate = manifest.signal.sampling_frequency
    seconds = np.array([stop - start for start, stop in steps]) / rate
    return {
        code: Support(
            starts=np.array([start for start, _ in steps]) / rate,
            drops=drops[:, number],
            probability=float(before[column]),
            without=float(after[number, column]),
            blanked_seconds=float(seconds[cores[:, number]].sum()),
        )
        for number, (code, column) in enumerate(zip(codes, columns, strict=True))
    }


def _steps(samples: int, sampling_frequency: float) -> list[tuple[int, int]]:
    """The samples of every step of 0.1 s (of one sample at least)."""
    length = max(1, round(STEP_SECONDS * sampling_frequency))
    return [(start, min(start + length, samples)) for start in range(0, samples, length)]


def _covering(steps: int) -> NDArray[np.bool_]:
    """``(pieces, steps)``: which steps each blanked piece covers; every step is covered equally often."""
    width = min(round(BLANK_SECONDS / STEP_SECONDS), steps)
    begins = np.arange(1 - width, steps)[:, np.newaxis]
    numbers = np.arange(steps)
    covered: NDArray[np.bool_] = (numbers >= begins) & (numbers < begins + width)
    return covered


def _blank(signal: NDArray[np.float32], steps: list[tuple[int, int]], which: NDArray[np.bool_]) -> NDArray[np.float32]:
    blanked = signal.copy()
    for number in np.flatnonzero(which):
        start, stop = steps[number]
        blanked[:, start:stop] = 0.0
    return blanked
