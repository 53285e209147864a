"""Is a lead upside down? Wearables are worn the wrong way round, and electrodes are swapped.

The median beat about its baseline is cut into P wave, QRS complex and T wave, each divided by its own size, so that
the small P wave counts as much as the QRS complex: a negative P wave in lead I is the classic sign of swapped arm
electrodes, while a negative QRS complex can be real (right axis deviation, lateral infarction). Their samples are
weighed by a logistic model without intercept, which makes it odd: for the same trace upside down it gives the opposite.
To be certain, the P waves must be against upright as well: without P waves a real negative QRS-T looks the same.

Fitted on folds 1 to 8 of PTB-XL by ``python -m benchmarks.quality.signal_quality PTB_XL fit``; figures are in
docs/results/quality.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import median_of, segments, traces_of
from mvkt.ecg.leads import normalise_lead
from mvkt.ecg.medians import median
from mvkt.ecg.signal import MISSING, SignalSpec
from mvkt.errors import RecordError

_STEP_SECONDS = 0.02
_BEFORE_SECONDS, _AFTER_SECONDS = 0.30, 0.46
_BASELINE_STEPS = 4
_WAVES = {"P": (2, 12), "QRS": (11, 20), "T": (21, 38)}
_LEAST_SIZE = 0.05
_LEAST_BEATS = 3
_MOST_WINDOWS = 31

# The model, by lead: one coefficient for every 20 ms of the P wave, the QRS complex and the T wave.
# fmt: off
COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "I": (
        -0.23, -0.05, 0.28, 0.39, 0.38, 0.57, 0.64, -0.07, -0.55, -0.37,  # P wave
        -0.10, 0.16, 0.99, 0.93, 0.75, -0.44, -0.38, -0.30, 0.04,  # QRS complex
        -0.57, -0.78, 0.00, 0.24, 0.42, 0.37, 0.18, -0.08, 0.05, 0.13,
        -0.22, -0.06, -0.02, -0.12, -0.05, -0.22, -0.08,  # T wave
    ),
    "II": (
        0.33, 0.60, 0.27, 0.15, 0.47, 0.75, 0.51, -0.06, -0.80, -0.83,  # P wave
        -0.45, -0.13, 0.00, 0.35, 0.11, -0.98, -0.01, -0.38, -0.61,  # QRS complex
        -1.73, -0.44, 0.41, 0.60, 0.39, 0.06, 0.03, 0.18, 0.21, 0.23,
        0.11, -0.24, -0.06, 0.16, 0.05, -0.17, -0.32,  # T wave
    ),
}
# fmt: on
THRESHOLDS = {"I": 3.67, "II": 3.42}
"""From which log odds on a lead counts as upside down; 0.2 % of upright recordings of folds 1 to 8 reach it."""

LEAST_OF_P_WAVES = 0.5
"""Log odds that the P waves must give of it, for it to be certain."""

Float = NDArray[np.float64]
Whole = TypeVar("Whole", bound=np.integer[Any])


@dataclass(frozen=True)
class Polarity:
    """Which way up a lead is.

    Attributes:
        inverted: None if it cannot be determined: too few beats, a lead without a model, or a trace that looks
            inverted, but not so much that no upright one would.
        certain: Whether it is inverted and its P waves show it as well. Else it may be a heart with a right axis or an
            old lateral infarction, above all in atrial fibrillation.
        confidence: In what is more likely, from 0 (cannot be determined at all) or 0.5 to 1.
    """

    inverted: bool | None
    confidence: float
    certain: bool = False


def is_inverted(microvolts: NDArray[np.int16], spec: SignalSpec, lead: str) -> Polarity:
    """Return whether a lead is upside down. Only leads I and II have a model.

    Args:
        microvolts: ``(windows, 1, samples)`` int16 of one lead; of many windows, 31 are looked at.
        spec: How they were made; gives the sampling frequency.
        lead: Which lead it is.

    Raises:
        RecordError: The array is of another shape or type.
    """
    if microvolts.ndim != 3 or microvolts.shape[1] != 1 or microvolts.dtype != np.int16:
        raise RecordError(
            f"expected int16 microvolts (windows, 1, samples) of one lead; got {microvolts.dtype} {microvolts.shape}"
        )
    name = normalise_lead(lead)
    if name not in COEFFICIENTS or not microvolts.size:
        return Polarity(inverted=None, confidence=0.0)
    weighed = features(some_of(microvolts), spec.sampling_frequency) * np.array(COEFFICIENTS[name])
    weighed = weighed[np.isfinite(weighed).all(axis=1)]
    if not weighed.size:
        return Polarity(inverted=None, confidence=0.0)
    of_p_waves = weighed[:, : _WAVES["P"][1] - _WAVES["P"][0]]
    upright, p_waves = (float(median(part.sum(axis=1))) for part in (weighed, of_p_waves))
    inverted = True if upright < -THRESHOLDS[name] else False if upright > 0 else None
    confidence = float(1.0 / (1.0 + np.exp(-abs(upright))))
    return Polarity(inverted, confidence, certain=inverted is True and p_waves < -LEAST_OF_P_WAVES)


def some_of(windows: NDArray[Whole]) -> NDArray[Whole]:
    """At most 31 of many windows, or of their places, spread over all: so many are looked at."""
    if len(windows) <= _MOST_WINDOWS:
        return windows
    return windows[np.linspace(0, len(windows) - 1, _MOST_WINDOWS).astype(np.int64)]


def turned(microvolts: NDArray[np.int16]) -> NDArray[np.int16]:
    """The same upside down; gaps stay gaps."""
    return np.where(microvolts == MISSING, microvolts, -microvolts)


def features(microvolts: NDArray[np.int16], sampling_frequency: float) -> Float:
    """``(windows, features)``: P wave, QRS complex and T wave of the median beat, each by its size; NaN if too few."""
    traces = traces_of(microvolts, sampling_frequency)
    values, beats = traces.values, traces.beats
    before, after = (round(seconds * sampling_frequency) for seconds in (_BEFORE_SECONDS, _AFTER_SECONDS))
    window, cut = segments(values, beats, before, after)
    beat = median_of(window, cut[:, 0], beats.windows) @ _steps(cut.shape[2], before, sampling_frequency)
    beat[np.bincount(window, minlength=beats.windows) < _LEAST_BEATS] = np.nan
    beat -= median(beat[:, :_BASELINE_STEPS].T)[:, np.newaxis]
    least = np.square(_LEAST_SIZE * np.ptp(beat, axis=1, keepdims=True)) + 1e-9
    waves = [beat[:, first:last] for first, last in _WAVES.values()]
    sized = [wave / np.sqrt(np.square(wave).mean(axis=1, keepdims=True) + least) for wave in waves]
    return np.concatenate(sized, axis=1)


@lru_cache(maxsize=16)
def _steps(samples: int, before: int, sampling_frequency: float) -> Float:
    """``(samples, steps)``: a product with it gives means of 20 ms, whatever the sampling frequency."""
    edges = np.arange(round((_BEFORE_SECONDS + _AFTER_SECONDS) / _STEP_SECONDS) + 1) * _STEP_SECONDS - _BEFORE_SECONDS
    seconds = (np.arange(samples) - before) / sampling_frequency
    single = np.eye(samples)
    area = np.zeros_like(single)
    np.cumsum(0.5 * (single[:, 1:] + single[:, :-1]) / sampling_frequency, axis=1, out=area[:, 1:])
    means: Float = np.diff([np.interp(edges, seconds, row) for row in area], axis=1) / _STEP_SECONDS
    return means
