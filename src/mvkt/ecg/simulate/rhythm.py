"""When the heart beats: sinus rhythm with its variability, atrial fibrillation, premature beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.simulate.population import Array, People

_SHORTEST_RR = 0.28
_BEFORE = 1.5
"""Seconds of rhythm before the recording begins, so that it begins anywhere in a beat."""


@dataclass(frozen=True)
class Rhythm:
    """The beats of every record, ``(records, beats)``; they begin before the recording and go on after it.

    Attributes:
        r: Seconds of the R peaks from the start of the recording.
        rr: Seconds since the beat before.
        pvc: Whether the beat comes from a ventricle.
        pac: Whether the beat comes from a wrong place in the atria.
        breathing: ``(records, 2)`` frequency in Hz and phase in radians.
    """

    r: Array
    rr: Array
    pvc: NDArray[np.bool_]
    pac: NDArray[np.bool_]
    breathing: Array


def draw_rhythm(rng: np.random.Generator, people: People, duration: float) -> Rhythm:
    """Draw the beats of a recording of ``duration`` seconds.

    Sinus rhythm varies with breathing and with the 0.1 Hz Mayer waves, the two peaks of the RR spectrum of
    McSharry et al. 2003, less with age. In fibrillation RR intervals follow each other at random,
    gamma-distributed. After a ventricular premature beat the next beat comes when it would have come anyway
    (full compensation); an atrial one resets the sinus node.
    """
    n = len(people.age)
    beats = int((duration + 2 * _BEFORE) / _SHORTEST_RR) + 2
    usual = 60.0 / people.rate
    breathing = np.stack([rng.uniform(0.16, 0.36, n), rng.uniform(0.0, 2 * np.pi, n)], axis=1)
    sinus = _sinus_rr(rng, people.age, usual, breathing, beats)
    shape = 1.0 / rng.uniform(0.16, 0.28, n) ** 2  # of the gamma distribution, for this coefficient of variation
    faster = rng.uniform(0.7, 1.0, n)
    fibrillating = (faster * usual / shape)[:, None] * rng.standard_gamma(shape[:, None], (n, beats))
    rr = np.where(people.present["AF"][:, None], fibrillating, sinus)
    pvc, pac = _draw_ectopic(rng, people, rr, duration)
    early = rng.uniform(0.52, 0.72, n)[:, None] + 0.03 * rng.standard_normal((n, beats))
    earlier = rng.uniform(0.64, 0.88, n)[:, None] + 0.03 * rng.standard_normal((n, beats))
    rr = np.where(pvc, early * usual[:, None], rr)
    rr = np.where(_after(pvc), (2.0 - np.roll(early, 1, axis=1)) * usual[:, None], rr)
    rr = np.where(pac, earlier * usual[:, None], rr)
    rr = np.where(_after(pac), rr * rng.uniform(1.0, 1.15, n)[:, None], rr)
    rr = np.maximum(rr, _SHORTEST_RR)
    start = -_BEFORE - rng.random(n) * usual
    return Rhythm(np.cumsum(rr, axis=1) - rr[:, :1] + start[:, None], rr, pvc, pac, breathing)


def _sinus_rr(rng: np.random.Generator, age: Array, usual: Array, breathing: Array, beats: int) -> Array:
    when = usual[:, None] * np.arange(beats)
    young = np.clip((85.0 - age) / 60.0, 0.1, 1.1)
    amplitude = young * np.exp(0.4 * rng.standard_normal((2, len(age)))) * np.array([[0.035], [0.025]])
    respiratory = amplitude[0][:, None] * np.sin(2 * np.pi * breathing[:, :1] * when + breathing[:, 1:])
    mayer = amplitude[1][:, None] * np.sin(2 * np.pi * 0.1 * when + rng.uniform(0, 2 * np.pi, (len(age), 1)))
    rr: Array = usual[:, None] * (1.0 + respiratory + mayer + 0.008 * rng.standard_normal((len(age), beats)))
    return rr


def _draw_ectopic(
    rng: np.random.Generator, people: People, rr: Array, duration: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which beats are premature: one of each kind well inside the recording, more by chance."""
    n, beats = rr.shape
    when = np.cumsum(rr, axis=1) - rr[:, :1] - _BEFORE
    kinds: list[NDArray[np.bool_]] = [people.present[code] for code in ("PVC", "PAC")]
    premature = rng.random((n, beats)) < rng.uniform(0.02, 0.22, (n, 1))
    for beat in range(1, beats):
        premature[:, beat] &= ~premature[:, beat - 1]
    ventricular = rng.random((n, beats)) < np.where(kinds[0] & kinds[1], 0.5, kinds[0])[:, None]
    middle = rng.uniform(-0.08, 0.08, (2, n))
    everyone = np.arange(n)
    for place, kind, shift in zip((0.32, 0.68), kinds, middle, strict=True):
        sure = np.argmin(np.abs(when - ((place + shift) * duration)[:, None]), axis=1)
        for beat, is_premature in ((sure - 1, False), (sure + 1, False), (sure, True)):
            premature[everyone, beat] = np.where(kind, is_premature, premature[everyone, beat])
        ventricular[everyone, sure] = np.where(kind, place < 0.5, ventricular[everyone, sure])
    premature &= (kinds[0] | kinds[1])[:, None]
    return premature & ventricular, premature & ~ventricular


def _after(beats: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The beats that follow those marked."""
    following = np.roll(beats, 1, axis=1)
    following[:, 0] = False
    return following
