"""What the beats of a window show of the rhythm: how irregular they are, whether P waves come before them, noise.

A network of a few layers sees some seconds at once, and takes a beat that it cannot make out for one that is not there.
These figures rest on all beats of the window, found one by one: the spread of the RR intervals and of their changes,
beats that come early, entropies, likeness of the beats, P waves of the median beat and how well the single beats have
them, small waves between the beats as in atrial fibrillation, and indices of noise.

Source: Clifford et al., AF classification from a short single lead ECG recording, Computing in Cardiology 44 (2017);
its winners joined such figures with networks. Sample entropy: Richman and Moorman, Am. J. Physiol. 278:H2039 (2000).
Changes of RR intervals in a plane: Sarkar, Ritscher and Mehra, IEEE Trans. Biomed. Eng. 55:1219 (2008).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.beat_shapes import centred
from mvkt.ecg.heartbeat import Traces, traces_of
from mvkt.ecg.medians import median, quantile
from mvkt.ecg.quality.indices import measure

NAMES = (
    *("rate", "interval", "mean_interval", "spread", "change", "change_rms", "change_75", "change_90"),
    *("shortest", "longest", "early", "change_repeats", "interval_repeats", "change_repeats_2"),
    *("sample_entropy", "interval_entropy", "change_entropy"),
    *("qrs_spread", "qrs_power", "baseline", "line", "quiet", "agreement", "residual", "wander"),
    *("p_height", "p_residual", "p_likeness", "t_height", "t_residual"),
    *("width", "least_likeness", "low_likeness", "unlike", "slope_spread", "height_spread"),
    *("fibrillatory", "fibrillatory_slow", "fibrillatory_fast"),
)
"""The features, in order."""

_LEAST_INTERVALS, _LEAST_BEATS = 4, 3
_BEFORE, _AFTER = 0.30, 0.40
_P, _QRS, _T = (-0.26, -0.08), (-0.08, 0.15), (0.15, 0.40)
_EARLY, _LATE = np.log(0.88), np.log(1.05)
_ALIKE = 0.85
_TOLERANCE = 0.1
_BIN, _BINS = 0.06, 17
_PLANE = np.linspace(-0.6, 0.6, 13)
_FIBRILLATORY_HZ = (4.0, 10.0)

Float = NDArray[np.float64]


def rhythm_features(microvolts: NDArray[np.int16], sampling_frequency: float) -> Float:
    """Measure windows of a lead.

    Args:
        microvolts: ``(windows, 1, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.

    Returns:
        ``(windows, features)`` in the order of :data:`NAMES`; NaN for what too few beats do not show.
    """
    if not len(microvolts):
        return np.empty((0, len(NAMES)))
    return np.stack([_window(traces_of(window[np.newaxis], sampling_frequency)) for window in microvolts])


def _window(traces: Traces) -> Float:
    lead, beats, frequency = traces.values[0, 0], traces.beats.sample, traces.sampling_frequency
    recorded = max(float((~traces.missing[0, 0]).sum()) / frequency, 1.0)
    found = {"rate": np.log(60.0 * (len(beats) + 1) / recorded), **_noise(traces)}
    intervals = np.diff(beats) / frequency
    if len(intervals) >= _LEAST_INTERVALS:
        found |= _intervals(intervals)
        found |= _between_beats(lead, beats, float(median(intervals)), frequency)
    before, after = round(_BEFORE * frequency), round(_AFTER * frequency)
    inside = beats[(beats >= before) & (beats + after < len(lead))]
    if len(intervals) >= _LEAST_INTERVALS and len(inside) >= _LEAST_BEATS:
        found |= _shape(lead[inside[:, np.newaxis] + np.arange(-before, after + 1)], frequency)
    return np.array([found.get(name, np.nan) for name in NAMES])


def _noise(traces: Traces) -> dict[str, float]:
    """Logarithms of the published indices; see :class:`mvkt.ecg.quality.indices.Indices`."""
    indices = measure(traces)
    return {
        "qrs_spread": np.log(max(indices.spread[0, 0], 1e-3)),
        "qrs_power": -_logit(indices.qrs_power[0, 0]),
        "baseline": -_logit(indices.baseline[0, 0]),
        "line": np.log(max(indices.line[0, 0], 1e-2)),
        "quiet": np.log(max(indices.quiet[0, 0], 1e-4)),
        "agreement": np.log(max(1.0 - indices.agreement[0, 0], 1e-4)),
        "residual": np.log(max(indices.residual[0, 0], 1e-3)),
        "wander": np.log(max(indices.wander[0, 0], 1e-4)),
    }


def _intervals(intervals: Float) -> dict[str, float]:
    """From the RR intervals, in logarithms about the median."""
    middle = float(median(intervals))
    logs = np.log(intervals / middle)
    changes = np.diff(logs)
    sizes = np.abs(changes)
    plane = np.histogram2d(changes[:-1], changes[1:], bins=[_PLANE, _PLANE])[0].ravel()
    places = np.clip(np.rint(logs / _BIN).astype(np.int64) + _BINS // 2, 0, _BINS - 1)
    return {
        "interval": np.log(middle),
        "mean_interval": np.log(intervals.mean() / middle),
        "spread": np.log(median(np.abs(logs)) + 0.01),
        "change": np.log(median(sizes) + 0.01),
        "change_rms": np.log(np.sqrt(np.square(changes).mean()) + 0.01),
        "change_75": np.log(quantile(sizes, 0.75) + 0.01),
        "change_90": np.log(quantile(sizes, 0.9) + 0.01),
        "shortest": logs.min(),
        "longest": logs.max(),
        "early": np.mean((logs[:-1] < _EARLY) & (logs[1:] > _LATE)),
        "change_repeats": _repeats(changes, 1),
        "interval_repeats": _repeats(logs, 1),
        "change_repeats_2": _repeats(changes, 2),
        "sample_entropy": _sample_entropy(logs),
        "interval_entropy": _entropy(np.bincount(places, minlength=_BINS)) / np.log(len(logs) + 1),
        "change_entropy": _entropy(plane) / np.log(len(changes) + 1),
    }


def _repeats(values: Float, lag: int) -> float:
    """Correlation of values with those that come ``lag`` later."""
    about = values - values.mean()
    return float((about[lag:] * about[:-lag]).sum() / (np.square(about).sum() + 1e-3))


def _sample_entropy(logs: Float) -> float:
    """Of the RR intervals: how much rarer like pairs are than like intervals."""
    if len(logs) < 6:
        return np.nan
    single = logs[:-1]
    pairs = np.stack([logs[:-1], logs[1:]], axis=1)
    alike = (np.abs(single[:, np.newaxis] - single) < _TOLERANCE).sum() - len(single)
    both = (np.abs(pairs[:, np.newaxis] - pairs).max(axis=2) < _TOLERANCE).sum() - len(pairs)
    return float(-np.log((both + 1) / (alike + 1)))


def _entropy(counts: NDArray[np.int64] | Float) -> float:
    shares = counts[counts > 0] / max(float(counts.sum()), 1.0)
    return float(-(shares * np.log(shares)).sum())


def _shape(pieces: Float, frequency: float) -> dict[str, float]:
    """From the beats ``(beats, samples)`` and their median."""
    p, qrs, t = (
        slice(round((_BEFORE + begin) * frequency), round((_BEFORE + end) * frequency)) for begin, end in (_P, _QRS, _T)
    )
    level = slice(0, qrs.start)
    beats = pieces - pieces[:, level].mean(axis=1, keepdims=True)
    middle = median(beats)
    height = np.ptp(middle) + 10.0
    rest = beats - middle
    complexes, usual = beats[:, qrs], middle[qrs]
    size = np.abs(usual - median(usual))
    likeness, waves = _likeness(centred(complexes)), centred(beats[:, p])
    slopes = np.abs(np.diff(complexes, axis=1)).max(axis=1)
    return {
        "p_height": np.log(np.ptp(middle[p]) / height + 0.01),
        "p_residual": np.log(np.sqrt(np.square(rest[:, p]).mean(axis=1)).mean() / height + 0.01),
        "p_likeness": float(median(_likeness(waves))),
        "t_height": np.log(np.ptp(middle[t]) / height + 0.01),
        "t_residual": np.log(median(np.sqrt(np.square(rest[:, t]).mean(axis=1))) / height + 0.01),
        "width": np.log(size.mean() / (size.max() + 1e-6)),
        "least_likeness": likeness.min(),
        "low_likeness": quantile(likeness, 0.1),
        "unlike": np.mean(likeness < _ALIKE),
        "slope_spread": np.log(np.log(slopes + 1.0).std() + 0.01),
        "height_spread": np.log(np.log(np.ptp(complexes, axis=1) + 10.0).std() + 0.01),
    }


def _likeness(pieces: Float) -> Float:
    """``(beats,)`` correlation of pieces about their means with their median."""
    usual = median(pieces)
    likeness: Float = pieces @ usual / (np.linalg.norm(pieces, axis=1) * np.linalg.norm(usual) + 1e-6)
    return likeness


def _between_beats(lead: Float, beats: NDArray[np.int64], interval: float, frequency: float) -> dict[str, float]:
    """Power of what is left when QRS complexes and T waves are bridged: small waves at 4 to 10 Hz fibrillate."""
    free = np.ones(len(lead), dtype=np.bool_)
    before, after = round(0.08 * frequency), round(min(0.42, 0.55 * interval) * frequency)
    for beat in beats.tolist():
        free[max(beat - before, 0) : beat + after] = False
    places = np.flatnonzero(free)
    if len(places) < 2 * frequency:
        return {}
    quiet = np.interp(np.arange(len(lead)), places, lead[places])
    power = np.square(np.abs(np.fft.rfft(quiet * np.hanning(len(quiet)))))
    hertz = np.fft.rfftfreq(len(quiet), 1.0 / frequency)

    def between(low: float, high: float) -> float:
        return float(power[(hertz >= low) & (hertz < high)].sum())

    waves = between(*_FIBRILLATORY_HZ)
    height = quantile(lead, 0.995) - quantile(lead, 0.005) + 10.0
    return {
        "fibrillatory": np.log(np.sqrt(8 * waves) / len(quiet) / height + 1e-3),
        "fibrillatory_slow": np.log((waves + 1.0) / (between(0.5, _FIBRILLATORY_HZ[0]) + 1.0)),
        "fibrillatory_fast": np.log((between(_FIBRILLATORY_HZ[1], 30.0) + 1.0) / (waves + 1.0)),
    }


def _logit(share: float) -> float:
    inside = float(np.clip(share, 1e-4, 1 - 1e-4))
    return float(np.log(inside / (1.0 - inside)))
