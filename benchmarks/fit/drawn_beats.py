"""Drawn recordings with the rhythms that annotated ones have too little of: what the search for beats also learns from.

High extra beats in every second or third place, alternans, pauses, fibrillation, and rates from 28 to 235 a minute,
each a sum of Gaussian waves, with noise of known strength. Nothing is shared with ``mvkt.ecg.simulate``, which tests
and benchmarks measure with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from benchmarks.fit.stress_noise import RAW_FREQUENCY, motion, muscle, wander
from numpy.typing import NDArray

from mvkt.ecg.filters import band_pass

FREQUENCY = 100.0
_RHYTHMS = {
    "plain": 0.2,
    "bigeminy": 0.2,
    "trigeminy": 0.08,
    "alternans": 0.15,
    "fibrillation": 0.12,
    "pauses": 0.08,
    "extra": 0.1,
    "wide": 0.07,
}
_NOISES = (wander, motion, muscle)

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A recording of one lead: ``(samples,)`` µV at 100 Hz, conditioned; seconds of its beats; which are extra."""

    signal: Float
    beats: Float
    extra: NDArray[np.bool_]


def draw(rng: np.random.Generator, seconds: float = 30.0) -> Drawn:
    """Draw one recording."""
    rhythm = str(rng.choice(list(_RHYTHMS), p=np.array(list(_RHYTHMS.values()))))
    usual = 60.0 / np.exp(rng.uniform(np.log(28), np.log(235)))
    usual = max(usual, 0.33) if rhythm in ("bigeminy", "trigeminy", "extra") else usual
    usual = min(usual, 0.6) if rhythm == "alternans" else usual
    usual = 60.0 / rng.uniform(120, 260) if rhythm == "wide" else usual
    beats, extra, intervals = _beats(rng, rhythm, usual, seconds)
    times = np.arange(round(seconds * FREQUENCY)) / FREQUENCY
    signal = _waves(rng, rhythm, times, beats, extra, intervals)
    signal += _noise(rng, times, float(np.ptp(signal)))
    conditioned = np.rint(1000.0 * band_pass(signal[np.newaxis], (0.5, 40.0), FREQUENCY)[0])
    if rng.random() < 0.1:
        begin = int(rng.integers(len(times) - 500))
        conditioned[begin : begin + int(rng.integers(100, 500))] = 0.0
    inside = (beats >= 0) & (beats < seconds)
    return Drawn(conditioned, beats[inside], extra[inside])


def _beats(
    rng: np.random.Generator, rhythm: str, usual: float, seconds: float
) -> tuple[Float, NDArray[np.bool_], Float]:
    """Seconds of the beats, which are extra, and the intervals before them."""
    number = int((seconds + 3) / 0.25) + 2
    extra = np.zeros(number, dtype=np.bool_)
    if rhythm in ("bigeminy", "trigeminy"):
        extra[1 :: 2 if rhythm == "bigeminy" else 3] = True
    elif rhythm == "extra":
        extra[1:] = rng.random(number - 1) < 0.12
        extra[1:] &= ~extra[:-1]
    intervals = usual * (1 + rng.uniform(0.005, 0.05) * rng.standard_normal(number))
    if rhythm == "fibrillation":
        intervals = usual * rng.gamma(18, size=number) / 18
    early = rng.uniform(0.55, 0.85)
    intervals = np.where(extra, early * usual, intervals)
    intervals[1:][extra[:-1] & ~extra[1:]] = (2 - early) * usual
    if rhythm == "pauses":
        intervals *= np.where(rng.random(number) < 0.08, rng.uniform(2, 4, number), 1.0)
    intervals = np.maximum(intervals, 0.25)
    beats = np.cumsum(intervals) - 1.5 - rng.uniform(0, usual)
    kept = beats < seconds + 1
    return beats[kept], extra[kept], intervals[kept]


def _waves(
    rng: np.random.Generator, rhythm: str, times: Float, beats: Float, extra: NDArray[np.bool_], intervals: Float
) -> Float:
    """The sum of the waves of all beats, in mV."""
    height, width = (
        rng.choice([-1, 1], p=[0.2, 0.8]) * np.exp(rng.normal(-0.2, 0.6)),
        np.exp(rng.uniform(np.log(0.008), np.log(0.04))),
    )
    wide, high = rng.uniform(1.2, 2.6), rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(0.5), np.log(4)))
    q, s, t, p, pr = (rng.uniform(*span) for span in ((0, 0.4), (0, 0.8), (-0.2, 0.6), (0, 0.2), (0.1, 0.2)))
    notch = rng.uniform(-0.6, 0.7)
    qt, low = rng.uniform(0.34, 0.44), rng.uniform(0.25, 0.9)
    signal = np.zeros(len(times))
    for number, (beat, other, interval) in enumerate(zip(beats, extra, intervals, strict=True)):
        first, last = (int(np.clip((beat + shift) * FREQUENCY, 0, len(times))) for shift in (-0.5, 0.9))
        after = times[first:last] - beat
        size = height * (high if other else 1.0) * (1 + 0.08 * rng.standard_normal())
        size *= low if rhythm == "alternans" and number % 2 else 1.0
        sd, end = width * (wide if other else 1.0), qt * max(interval, 0.25) ** 0.4
        waves = [
            (-1.6 * sd, 0.7 * sd, -(0.1 if other else q) * size),
            (0.0, sd, size),
            (1.9 * sd, 0.9 * sd, (notch if other or wide > 2 else -s) * size),
            (end - 0.09, 0.035 + 0.02 * end, t * size * (-1.3 if other else 1.0)),
            (end - 0.14, 0.06, 0.4 * t * size * (-1.3 if other else 1.0)),
        ]
        if rhythm == "wide":
            half = 0.1 * interval
            waves = [(0.0, half, size), (3 * half, half, -abs(notch) * size)]
        elif not other and rhythm != "fibrillation":
            waves.append((-pr, 0.022, p))
        for at, spread, peak in waves:
            signal[first:last] += peak * np.exp(-0.5 * np.square((after - at) / spread))
    if rhythm == "fibrillation":
        signal += rng.uniform(0.02, 0.1) * np.sin(2 * np.pi * rng.uniform(4, 8) * times + 2 * np.sin(times))
    return signal


def _noise(rng: np.random.Generator, times: Float, amplitude: float) -> Float:
    """Noise of a random kind, 3 to 30 dB below the beats."""
    kind = _NOISES[int(rng.integers(len(_NOISES)))]
    step = round(RAW_FREQUENCY / FREQUENCY)
    raw = kind(rng, (1, step * len(times)))
    noise = band_pass(raw.reshape(-1, step).mean(axis=1)[np.newaxis], (0.5, 40.0), FREQUENCY)[0]
    power = np.square(0.5 * amplitude) / 8 / 10 ** (rng.uniform(3, 30) / 10)
    scaled: Float = noise * np.sqrt(power / noise.var()) + rng.normal(0, 0.003, len(times))
    return scaled
