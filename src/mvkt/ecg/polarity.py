"""Is a lead upside down? Wearables are worn the wrong way round, and electrodes are swapped.

The median beat about its baseline is cut into P wave, QRS complex and T wave, each divided by its own size, so that
the small P wave counts as much as the QRS complex: a negative P wave in lead I is the classic sign of swapped arm
electrodes, while a negative QRS complex can be real (right axis deviation, lateral infarction). Their samples are
weighed by a logistic model without intercept, which makes it odd: of the same trace upside down it says the opposite.

Fitted on folds 1 to 8 of PTB-XL by ``python benchmarks/quality.py fit``; figures are in docs/quality.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import bridged, find_beats, median_of, segments
from mvkt.ecg.leads import LIMB_LEADS, normalise_lead
from mvkt.ecg.long import condition_long, windows_of
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, window_starts
from mvkt.errors import LeadError, RecordError

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
        -0.24, -0.02, 0.20, 0.52, 0.20, 0.53, 0.58, -0.20, -0.71, -0.21,  # P wave
        -0.05, 0.49, 0.96, 0.60, 1.06, -0.75, -0.59, -0.54, -0.39,  # QRS complex
        -0.94, -0.32, 0.09, 0.51, 0.60, 0.11, -0.01, 0.06, 0.29, 0.01, -0.29,
        -0.07, 0.12, -0.14, 0.00, -0.22, -0.23,  # T wave
    ),
    "II": (
        0.31, 0.45, 0.46, 0.02, 0.51, 0.73, 0.38, -0.18, -0.84, -0.47,  # P wave
        -0.33, -0.07, 0.17, 0.13, 0.33, -0.91, -0.53, -0.44, -0.59,  # QRS complex
        -1.70, -0.37, 0.46, 0.70, 0.48, -0.22, 0.02, 0.39, 0.16, 0.23, 0.03,
        -0.17, 0.17, 0.18, 0.08, -0.24, -0.18,  # T wave
    ),
}
# fmt: on
THRESHOLDS = {"I": 3.4, "II": 3.75}
"""From which log odds on a lead counts as upside down; 0.2 % of upright recordings of folds 1 to 8 reach it."""

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Polarity:
    """Which way up a lead is.

    Attributes:
        inverted: None if it cannot be told: too few beats, a lead that was not looked into, or a trace that looks
            inverted, but not so much that no upright one would.
        confidence: In what is more likely, from 0 (cannot be told at all) or 0.5 to 1.
    """

    inverted: bool | None
    confidence: float


def is_inverted(microvolts: NDArray[np.int16], spec: SignalSpec, lead: str) -> Polarity:
    """Say whether a lead is upside down. Leads I and II can be told.

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
    chosen = np.unique(np.linspace(0, len(microvolts) - 1, min(len(microvolts), _MOST_WINDOWS)).astype(np.int64))
    odds = features(microvolts[chosen], spec.sampling_frequency) @ np.array(COEFFICIENTS[name])
    odds = odds[np.isfinite(odds)]
    if not odds.size:
        return Polarity(inverted=None, confidence=0.0)
    upright = float(np.median(odds))
    inverted = True if upright < -THRESHOLDS[name] else False if upright > 0 else None
    return Polarity(inverted=inverted, confidence=float(1.0 / (1.0 + np.exp(-abs(upright)))))


def turned(microvolts: NDArray[np.int16]) -> NDArray[np.int16]:
    """The same upside down; gaps stay gaps."""
    return np.where(microvolts == MISSING, microvolts, -microvolts)


def corrected(record: Record, lead: str, spec: SignalSpec) -> tuple[Record, str | None]:
    """Turn a lead that is upside down the right way up.

    Where other limb leads were recorded nothing is turned: swapped electrodes change those as well.

    Returns:
        The recording, and a sentence for the user if there is something to say.

    Raises:
        LeadError: The recording does not have the lead.
    """
    name = normalise_lead(lead)
    if name not in record.leads:
        raise LeadError(f"there is no lead {name} in this recording; it has {', '.join(record.leads)}")
    microvolts = condition_long(record, spec, name)
    starts = window_starts(microvolts.shape[1], spec)
    starts = starts[np.unique(np.linspace(0, len(starts) - 1, min(len(starts), _MOST_WINDOWS)).astype(np.int64))]
    polarity = is_inverted(np.concatenate(list(windows_of(microvolts, starts, spec, _MOST_WINDOWS))), spec, name)
    if polarity.inverted is None and polarity.confidence > 0:
        return record, f"lead {name} may be upside down; it was read as it came"
    if not polarity.inverted:
        return record, None
    if any(other in LIMB_LEADS for other in record.leads if other != name):
        return record, f"lead {name} looks upside down, as with swapped electrodes; it was read as it came"
    signal = record.signal.copy()
    signal[:, record.leads.index(name)] *= -1
    return replace(record, signal=signal), f"lead {name} was upside down (P waves, QRS complexes and T waves): turned"


def features(microvolts: NDArray[np.int16], sampling_frequency: float) -> Float:
    """``(windows, features)``: P wave, QRS complex and T wave of the median beat, each by its size; NaN if too few."""
    missing = microvolts == MISSING
    values = bridged(microvolts, missing)
    beats = find_beats(values, missing, sampling_frequency)
    before, after = (round(seconds * sampling_frequency) for seconds in (_BEFORE_SECONDS, _AFTER_SECONDS))
    window, cut = segments(values, beats, before, after)
    beat = _in_steps(median_of(window, cut[:, 0], beats.windows), before, sampling_frequency)
    beat[np.bincount(window, minlength=beats.windows) < _LEAST_BEATS] = np.nan
    beat -= np.median(beat[:, :_BASELINE_STEPS], axis=1, keepdims=True)
    least = np.square(_LEAST_SIZE * np.ptp(beat, axis=1, keepdims=True)) + 1e-9
    waves = [beat[:, first:last] for first, last in _WAVES.values()]
    sized = [wave / np.sqrt(np.square(wave).mean(axis=1, keepdims=True) + least) for wave in waves]
    return np.concatenate(sized, axis=1)


def _in_steps(beat: Float, before: int, sampling_frequency: float) -> Float:
    """``(windows, steps)``: means of 20 ms, whatever the sampling frequency."""
    edges = np.arange(round((_BEFORE_SECONDS + _AFTER_SECONDS) / _STEP_SECONDS) + 1) * _STEP_SECONDS - _BEFORE_SECONDS
    seconds = (np.arange(beat.shape[1]) - before) / sampling_frequency
    area = np.zeros_like(beat)
    np.cumsum(0.5 * (beat[:, 1:] + beat[:, :-1]) / sampling_frequency, axis=1, out=area[:, 1:])
    at_edges = np.stack([np.interp(edges, seconds, row) for row in area])
    means: Float = np.diff(at_edges, axis=1) / _STEP_SECONDS
    return means
