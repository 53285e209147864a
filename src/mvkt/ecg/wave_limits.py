"""Where the waves of a median beat begin and end: P onset, QRS onset and end, T end.

QRS limits are where the sum of the slopes over all leads falls to a small share of its largest (as in Laguna, Jané and
Caminal, Computers and Biomedical Research 27 (1994) 45-60); the end of T is where the tangent at its steepest descent
meets the baseline (Lepeschkin and Surawicz, Circulation 6 (1952) 378-388); the onset of P is the same before its peak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FREQUENCY = 500.0
"""Median beats have so many samples a second."""

BEFORE, AFTER = 0.40, 0.62
"""Seconds of a median beat before and after the place that was found for the QRS complex."""

_SMOOTH_SECONDS = 0.012
_QRS_REACH = (0.12, 0.14)
_ONSET_SHARE, _END_SHARE = 0.06, 0.07
_LEAST_T_MV, _LEAST_P_MV = 0.04, 0.025
_NOISE_FACTOR = 4.0
_LATE = 0.95  # quantile over the leads
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
    speed = np.abs(np.gradient(smooth, axis=1)).sum(axis=0) * FREQUENCY / 1000.0  # mV in a millisecond
    first, last = centre - round(_QRS_REACH[0] * FREQUENCY), centre + round(_QRS_REACH[1] * FREQUENCY)
    largest = float(speed[first:last].max())
    quiet = float(np.quantile(speed, 0.2))
    fast = np.flatnonzero(speed[first:last] > 0.3 * largest) + first
    onset = _until_still(speed, int(fast[0]), -1, quiet + _ONSET_SHARE * (largest - quiet))
    end = _until_still(speed, int(fast[-1]), 1, quiet + _END_SHARE * (largest - quiet))
    level = np.median(smooth[:, max(onset - 12, 0) : onset - 2], axis=1, keepdims=True) if onset > 6 else 0.0
    about = smooth - level
    for_t, noises = _smoothed(about, 0.03), np.abs(np.diff(about, 2, axis=1)).mean(axis=1)
    first_look = _t_end(for_t, noises, onset, end, rr, onset - _EARLIEST_P * rr * FREQUENCY)
    p_onset = _p_onset(about, onset, rr, first_look)
    t_end = _t_end(for_t, noises, onset, end, rr, p_onset)
    return WaveLimits(*((place - centre) / FREQUENCY for place in (p_onset, float(onset), float(end), t_end)))


def _smoothed(beat: Float, seconds: float) -> Float:
    width = round(seconds * FREQUENCY) | 1
    window = np.hanning(width + 2)[1:-1]
    first, last = (np.repeat(beat[:, [end]], width // 2, axis=1) for end in (0, -1))
    padded = np.concatenate([first, beat, last], axis=1)
    smooth = np.convolve(padded.ravel(), window / window.sum(), mode="full")[width - 1 :]  # all leads in one call
    return np.ascontiguousarray(smooth[: padded.size].reshape(padded.shape)[:, : beat.shape[1]])


def _until_still(speed: Float, place: int, way: int, limit: float) -> int:
    """The first place from which four samples in a row are slower than the limit."""
    while 4 <= place < len(speed) - 5:
        ahead = speed[place : place + 5] if way > 0 else speed[place - 4 : place + 1]
        if (ahead < limit).all():
            return place
        place += way
    return place


def _t_end(smooth: Float, noises: Float, onset: int, end: int, rr: float, p_onset: float) -> float:
    """Sample at which the T wave ends: the last of the leads in which it is clear, but for outliers.

    Its peak is looked for where the waves of all leads together are highest, and before the next P wave begins.
    """
    first = end + round(0.06 * FREQUENCY)
    last = min(onset + round(min(0.60, 0.72 * rr + 0.06) * FREQUENCY), smooth.shape[1] - 1)
    if np.isfinite(p_onset):
        next_p = p_onset + (rr - _BEFORE_P) * FREQUENCY
        last = min(last, max(int(next_p), onset + round(_LEAST_SHARE * rr * FREQUENCY)))
    if last - first < round(0.1 * FREQUENCY):
        return float("nan")
    base = np.median(smooth[:, max(last - 15, first) : last + 1], axis=1, keepdims=True)
    parts = smooth[:, first:last] - base
    usual, reach = int(np.argmax(np.square(parts).sum(axis=0))), round(_PEAKS_APART * FREQUENCY)
    ends = [_tangent_end(part, noise, usual, reach) for part, noise in zip(parts, noises, strict=True)]
    found = [place for place in ends if place is not None]
    return first + float(np.quantile(found, _LATE)) if found else float("nan")


def _tangent_end(part: Float, noise: float, usual: int, reach: int) -> float | None:
    """Where the tangent at the steepest descent from the peak meets the baseline, or None where T is not clear."""
    around = max(usual - reach, 0)
    peak = around + int(np.argmax(np.abs(part[around : usual + reach])))
    if abs(part[peak]) < max(_LEAST_T_MV, _NOISE_FACTOR * noise) or peak > len(part) - round(0.03 * FREQUENCY):
        return None
    after = np.sign(part[peak]) * part[peak:]
    slope = np.diff(after)
    steep = int(np.argmin(slope))
    return float(peak + steep + 0.5 + after[steep] / -slope[steep]) if slope[steep] < 0 else None


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
    starts, ends = np.median(parts[:, :10], axis=1), np.median(parts[:, -5:], axis=1)
    parts = parts - np.linspace(starts, ends, parts.shape[1], axis=1)
    usual, reach = int(np.argmax(np.square(parts).sum(axis=0))), round(_P_PEAKS_APART * FREQUENCY)
    found = [place for part in parts if (place := _tangent_onset(part, usual, reach)) is not None]
    return first + float(np.median(found)) if found else float("nan")


def _tangent_onset(part: Float, usual: int, reach: int) -> float | None:
    """Where the tangent at the steepest ascent to the peak meets the baseline, or None where P is not clear."""
    around = max(usual - reach, 0)
    peak = around + int(np.argmax(np.abs(part[around : usual + reach])))
    if abs(part[peak]) < _LEAST_P_MV or not 8 <= peak < len(part) - 4:
        return None
    before = np.sign(part[peak]) * part[: peak + 1]
    slope = np.diff(before)
    steep = int(np.argmax(slope))
    return float(steep + 0.5 - before[steep] / slope[steep]) if slope[steep] > 0 else None
