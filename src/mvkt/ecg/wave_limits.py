"""Where the waves of a median beat begin and end: P onset, QRS onset and end, T end.

QRS limits are where the sum of the slopes over all leads falls to a small share of its largest (as in Laguna, Jané and
Caminal, Computers and Biomedical Research 27 (1994) 45-60); the end of T is where the tangent at its steepest descent
meets the baseline (Lepeschkin and Surawicz, Circulation 6 (1952) 378-388); the onset of P is the same before its peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.medians import median, quantile

FREQUENCY = 500.0
"""Median beats have so many samples a second."""

BEFORE, AFTER = 0.40, 0.62
"""Seconds of a median beat before and after the place that was found for the QRS complex."""

_SMOOTH_SECONDS = 0.012
_QRS_REACH = (0.12, 0.14)
_ONSET_SHARE, _END_SHARE = 0.06, 0.07
_LEAST_T_MV, _LEAST_P_MV = 0.04, 0.035
_NOISE_FACTOR = 4.0
_LATE = 0.95  # quantile over the leads
_ENDS_APART = 0.05  # seconds after the middle one of the leads; where T ends later, it was not T
_FALLEN = 0.2  # of its height: what is lower is no part of a wave
_P_PEAKS_APART, _PEAKS_APART = 0.04, 0.08  # seconds between the peaks of P, and of T, in different leads, at most
_BEFORE_P, _LEAST_SHARE = 0.02, 0.45  # T ends so many seconds before the next P; that much of RR is looked at anyhow
_EARLIEST_P = 0.32  # of RR before the QRS complex, for a first look at T
_LONGEST_PR = 0.36

Float = NDArray[np.float64]


@dataclass(frozen=True)
class WaveLimits:
    """Seconds from the place that was found for the beat; NaN where a wave is not clear enough.

    Attributes:
        p_onset: Beginning of the P wave.
        qrs_onset: Beginning of the QRS complex.
        qrs_end: Its end.
        t_end: End of the T wave.
    """

    p_onset: float
    qrs_onset: float
    qrs_end: float
    t_end: float


def wave_limits(beat: Float, rr: float) -> WaveLimits:
    """Find the limits of the waves.

    Args:
        beat: ``(leads, samples)`` in mV at :data:`FREQUENCY`, from :data:`BEFORE` to :data:`AFTER` around the beat.
        rr: The usual interval between beats, in seconds.
    """
    centre = round(BEFORE * FREQUENCY)
    smooth = _smoothed(beat, _SMOOTH_SECONDS)
    slopes = np.empty_like(smooth)
    slopes[:, 1:-1] = (smooth[:, 2:] - smooth[:, :-2]) / 2.0
    slopes[:, 0], slopes[:, -1] = smooth[:, 1] - smooth[:, 0], smooth[:, -1] - smooth[:, -2]
    speed = np.abs(slopes).sum(axis=0) * FREQUENCY / 1000.0  # mV in a millisecond
    first, last = centre - round(_QRS_REACH[0] * FREQUENCY), centre + round(_QRS_REACH[1] * FREQUENCY)
    largest = float(speed[first:last].max())
    quiet = quantile(speed, 0.2)
    fast = np.flatnonzero(speed[first:last] > 0.3 * largest) + first
    onset = _until_still(speed, int(fast[0]), -1, quiet + _ONSET_SHARE * (largest - quiet))
    end = _until_still(speed, int(fast[-1]), 1, quiet + _END_SHARE * (largest - quiet))
    level = median(smooth[:, max(onset - 12, 0) : onset - 2].T)[:, np.newaxis] if onset > 6 else 0.0
    about = smooth - level
    steps = about[:, 1:] - about[:, :-1]
    for_t, noises = _smoothed(about, 0.03), np.abs(steps[:, 1:] - steps[:, :-1]).mean(axis=1)
    st, first_look = end + round(0.06 * FREQUENCY), _last_of_t(onset, rr, onset - _EARLIEST_P * rr * FREQUENCY)
    t_end = _t_end(for_t, noises, st, first_look)
    p_onset = _p_onset(about, onset, rr, t_end)
    last = _last_of_t(onset, rr, p_onset)
    if last != first_look:
        t_end = _t_end(for_t, noises, st, last)
    return WaveLimits(*((place - centre) / FREQUENCY for place in (p_onset, float(onset), float(end), t_end)))


def _smoothed(beat: Float, seconds: float) -> Float:
    window = _window(round(seconds * FREQUENCY) | 1)
    half = len(window) // 2
    padded = np.empty((len(beat), beat.shape[1] + 2 * half))
    padded[:, half:-half], padded[:, :half], padded[:, -half:] = beat, beat[:, :1], beat[:, -1:]
    smooth = np.correlate(padded.ravel(), window, mode="full")[2 * half :]  # all leads in one call
    return np.ascontiguousarray(smooth[: padded.size].reshape(padded.shape)[:, : beat.shape[1]])


@cache
def _window(width: int) -> Float:
    window = np.hanning(width + 2)[1:-1]
    scaled: Float = window / window.sum()
    return scaled


def _until_still(speed: Float, place: int, way: int, limit: float) -> int:
    """The first place from which four samples in a row are slower than the limit."""
    still = (speed < limit).tolist()
    while 4 <= place < len(still) - 5:
        if all(still[place : place + 5] if way > 0 else still[place - 4 : place + 1]):
            return place
        place += way
    return place


def _last_of_t(onset: int, rr: float, p_onset: float) -> int:
    """Sample at which the T wave has ended: before the next P wave begins, where it is known when."""
    last = min(onset + round(min(0.60, 0.72 * rr + 0.06) * FREQUENCY), round((BEFORE + AFTER) * FREQUENCY))
    if not np.isfinite(p_onset):
        return last
    next_p = p_onset + (rr - _BEFORE_P) * FREQUENCY
    return min(last, max(int(next_p), onset + round(_LEAST_SHARE * rr * FREQUENCY)))


def _t_end(smooth: Float, noises: Float, first: int, last: int) -> float:
    """Sample at which the T wave ends: the last of the leads in which it is clear, but for outliers.

    Its peak is looked for where the waves of all leads together are highest.
    """
    if last - first < round(0.1 * FREQUENCY):
        return float("nan")
    base = median(smooth[:, max(last - 15, first) : last + 1].T)[:, np.newaxis]
    parts = smooth[:, first:last] - base
    usual, reach = int(np.argmax(np.square(parts).sum(axis=0))), round(_PEAKS_APART * FREQUENCY)
    ends = [_tangent_end(part, noise, usual, reach) for part, noise in zip(parts, noises, strict=True)]
    found = np.array([place for place in ends if place is not None])
    if not len(found):
        return float("nan")
    return first + quantile(found[found <= median(found) + _ENDS_APART * FREQUENCY], _LATE)


def _tangent_end(part: Float, noise: float, usual: int, reach: int) -> float | None:
    """Where a T wave ends, or None where it is not clear."""
    peak = _peak(part, usual, reach)
    if abs(part[peak]) < max(_LEAST_T_MV, _NOISE_FACTOR * noise) or not 0 < peak <= len(part) - round(0.03 * FREQUENCY):
        return None
    length = _to_baseline(np.sign(part[peak]) * part[peak:])
    return None if length is None else peak + length


def _peak(part: Float, usual: int, reach: int) -> int:
    """Where a lead is farthest from zero, near to where all leads together are."""
    around = max(usual - reach, 0)
    return around + int(np.argmax(np.abs(part[around : usual + reach])))


def _to_baseline(descent: Float) -> float | None:
    """Samples from the peak of a wave to where the tangent at its steepest descent meets zero, or None without descent.

    What comes after the wave has fallen to a fifth is no part of it: in a lead in which a wave is flat, the next
    wave is steeper.
    """
    fallen = np.flatnonzero(descent <= _FALLEN * descent[0])
    wave = descent[: fallen[0] + 2] if len(fallen) else descent
    slope = wave[1:] - wave[:-1]
    steep = int(np.argmin(slope))
    return float(steep + descent[steep] / -slope[steep]) if slope[steep] < 0 else None


def _p_onset(about: Float, onset: int, rr: float, t_end: float) -> float:
    """Sample at which the P wave begins: the median over the leads in which it is clear.

    Its peak is looked for where the waves of all leads together are highest, after the T wave of the beat before.
    """
    first = max(onset - round(min(_LONGEST_PR, 0.55 * rr) * FREQUENCY), 0)
    if np.isfinite(t_end):
        first = max(first, int(t_end - rr * FREQUENCY))
    last = onset - round(0.03 * FREQUENCY)
    if last - first < round(0.06 * FREQUENCY):
        return float("nan")
    parts = _smoothed(about, 0.02)[:, first:last]
    starts, ends = (median(end.T)[:, np.newaxis] for end in (parts[:, :10], parts[:, -5:]))
    parts = parts - (starts + np.arange(parts.shape[1]) * ((ends - starts) / (parts.shape[1] - 1)))
    usual, reach = int(np.argmax(np.square(parts).sum(axis=0))), round(_P_PEAKS_APART * FREQUENCY)
    found = [place for part in parts if (place := _tangent_onset(part, usual, reach)) is not None]
    return first + float(median(np.array(found))) if found else float("nan")


def _tangent_onset(part: Float, usual: int, reach: int) -> float | None:
    """Where a P wave begins, or None where it is not clear."""
    peak = _peak(part, usual, reach)
    if abs(part[peak]) < _LEAST_P_MV or not 8 <= peak < len(part) - 4:
        return None
    length = _to_baseline(np.sign(part[peak]) * part[peak::-1])
    return None if length is None else peak - length
