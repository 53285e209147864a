"""Do the unit and the sampling frequency of a file fit the heart in it?

The **unit**: where heartbeats can be made out, their height is of the order of a millivolt; a thousand times more or
less is a wrong unit. The **sampling frequency**: read twice as fast as it was sampled a trace still has a possible
heart rate, but QRS complexes, T waves and the rate do not fit together. A small logistic model gives how much a trace
looks like one at its right speed, and it is computed for half, twice, a quarter and four times the frequency.

Fitted on folds 1 to 8 of PTB-XL by ``python -m benchmarks.quality.signal_quality PTB_XL fit``; figures are in
docs/results/quality.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import Traces, median_of, segments, traces_of
from mvkt.ecg.medians import median
from mvkt.ecg.quality.quality import assess
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition, cut

SPEC = SignalSpec()
"""What recordings are looked at through, whatever a student wants."""

EXCERPT_SECONDS = 60.0
"""Of longer recordings the middle is looked at."""

_PREFERRED_LEADS = ("II", "I", "V5")
_MOST_LEADS = 3
_SHORTEST_SECONDS = 2.5
_MOST_MISSING_SHARE = 0.2

_AMPLITUDES_MV = (0.02, 20.0)
_FITTING_MV = (0.1, 10.0)
_UNITS = {1e-3: "µV", 1e-6: "nV", 1e3: "V"}

_OTHER_SPEEDS = (0.25, 0.5, 2.0, 4.0)
_LARGEST_ODDS = 12.0
_LARGEST_DEVIATION = 6.0
_SPECTRUM_HZ = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_BEAT = (25, 45)
_WITHIN = np.abs(np.arange(-_BEAT[0], _BEAT[1]) + 0.5)[:, np.newaxis] < (2, 4, 8, 16)
_BEAT_EDGES = _BEAT[0] + np.array([-25, -20, -12, -6, 6, 12, 20, 30, 45])
_LEAST_BEATS = 2

# For every feature: what is typical at the right speed, how much it varies, and its coefficients in the model, plain
# and squared.
MODEL = np.array(
    [
        [4.29, 0.22, 0.93, -0.47],  # heart rate
        [-5.08, 1.07, -1.46, -0.13],  # quiet
        [-2.69, 1.01, 0.29, 0.05],  # 1-2 Hz
        [-1.81, 0.62, 0.84, 0.06],  # 2-4 Hz
        [-1.33, 0.37, 0.83, 0.11],  # 4-8 Hz
        [-1.19, 0.45, 0.28, 0.15],  # 8-16 Hz
        [-1.79, 0.77, 0.31, -0.20],  # 16-32 Hz
        [2.01, 1.09, 0.60, 0.02],  # slopes within 20 ms
        [3.10, 1.07, 0.42, 0.12],  # 40 ms
        [3.39, 1.00, 0.24, -0.08],  # 80 ms
        [3.73, 1.01, -1.57, -0.21],  # 160 ms
        [-3.52, 0.81, -0.09, -0.01],  # area from -250 ms
        [-2.62, 0.71, 1.66, 0.24],  # -200 ms
        [-2.72, 0.65, 0.04, 0.15],  # -120 ms
        [-0.98, 0.29, 0.81, 0.07],  # -60 ms
        [-2.53, 0.73, 0.29, 0.18],  # 60 ms
        [-2.70, 0.64, 0.09, -0.07],  # 120 ms
        [-1.67, 0.68, 2.57, 0.20],  # 200 ms
        [-3.01, 0.71, -0.31, 0.12],  # 300 ms
    ]
)
INTERCEPT = 8.19
THRESHOLD = 9.11
"""How much better another speed must fit; 0.05 % of recordings of folds 1 to 8 reach it as they are."""

Float = NDArray[np.float64]
Signal = NDArray[np.float32]


def warnings(record: Record, conditioned: NDArray[np.int16] | None = None) -> tuple[str, ...]:
    """Describe in words what contradicts the signal; nothing where no heartbeats can be made out.

    Args:
        record: The recording.
        conditioned: ``(1, samples)`` what :func:`mvkt.ecg.signal.condition` makes of it by :data:`SPEC`, where that is
            known of a recording of one lead and at most :data:`EXCERPT_SECONDS`.
    """
    signal, stated = _excerpt(record), record.sampling_frequency
    amplitude = 0.0 if signal is None else _amplitude(signal, stated)
    if signal is None or not amplitude > 0:
        return ()
    plausible = _AMPLITUDES_MV[0] <= amplitude <= _AMPLITUDES_MV[1]
    scaled = signal if plausible else signal / np.float32(amplitude)
    fitting = _fitting_speed(scaled, stated, conditioned if plausible else None)
    found = []
    if not plausible and _beating(scaled, stated * fitting):
        found.append(_unit_warning(amplitude))
    if fitting != 1.0:
        found.append(
            f"at the stated {stated:g} Hz heart rate and shape of the beats are not a heart's; they would fit a "
            f"recording at {stated * fitting:g} Hz: check the sampling frequency"
        )
    return tuple(found)


def features(windows: NDArray[np.int16]) -> Float:
    """``(windows, features)`` of ``(windows, 1, samples)`` at 100 Hz that hang on how fast a trace is read.

    All are logarithms: heart rate, quiet between beats, power in octaves from 1 Hz, how far from its middle the slopes
    of the median beat lie, and how its area is spread over time. NaN with fewer than two beats.
    """
    traces = traces_of(windows, SPEC.sampling_frequency)
    values, beats = traces.values, traces.beats
    window, pieces = segments(values, beats, *_BEAT)
    beat = median_of(window, pieces[:, 0], beats.windows)
    beat -= median(beat.T)[:, np.newaxis]
    made = np.concatenate(
        [
            np.log(traces.rates)[:, np.newaxis],
            np.log(beats.quiet + 1e-4)[:, np.newaxis],
            _octaves(traces),
            _slopes(beat),
            _areas(beat),
        ],
        axis=1,
    )
    made[np.bincount(window, minlength=beats.windows) < _LEAST_BEATS] = np.nan
    return made


def odds(features: Float) -> Float:
    """``(windows,)`` log odds that windows are read at the right speed; the least there is where it is not known."""
    typical, spread, plain, squared = MODEL.T
    deviation = np.clip((features - typical) / spread, -_LARGEST_DEVIATION, _LARGEST_DEVIATION)
    logits = deviation @ plain + np.square(deviation) @ squared + INTERCEPT
    known = np.isfinite(logits)
    return np.where(known, np.clip(np.where(known, logits, 0.0), -_LARGEST_ODDS, _LARGEST_ODDS), -_LARGEST_ODDS)


def _excerpt(record: Record) -> Signal | None:
    """``(samples, leads)``: the middle minute of up to three leads of which most was recorded."""
    leads = sorted(record.leads, key=lambda lead: (lead not in _PREFERRED_LEADS, record.leads.index(lead)))
    columns = [record.leads.index(lead) for lead in leads]
    length = min(len(record.signal), round(EXCERPT_SECONDS * record.sampling_frequency))
    start = (len(record.signal) - length) // 2
    signal = record.signal[start : start + length]
    recorded = np.isfinite(signal).mean(axis=0)
    chosen = [column for column in columns if recorded[column] >= 1 - _MOST_MISSING_SHARE][:_MOST_LEADS]
    if not chosen or length < _SHORTEST_SECONDS * record.sampling_frequency:
        return None
    return signal[:, chosen]


def _amplitude(signal: Signal, sampling_frequency: float) -> float:
    """In mV: the median over leads and seconds of the height from the lowest to the highest sample."""
    second = max(2, round(sampling_frequency))
    whole = signal[: len(signal) // second * second]
    pieces = np.where(np.isfinite(whole), whole, 0.0).reshape(-1, second, signal.shape[1])
    return float(median(np.ptp(pieces, axis=1).ravel()))


def _unit_warning(amplitude: float) -> str:
    height = f"{amplitude:,.0f} mV" if amplitude >= 1 else f"{1000 * amplitude:.2g} µV"
    fits = [unit for factor, unit in _UNITS.items() if _FITTING_MV[0] <= amplitude * factor <= _FITTING_MV[1]]
    advice = f"; the numbers would fit {fits[0]}" if fits else ""
    return f"beats of {height} are not a heart's{advice}: check the unit"


def _windows(signal: Signal, sampling_frequency: float) -> NDArray[np.int16]:
    """``(windows, leads, samples)`` as if the excerpt had been sampled so often."""
    if not 1 <= sampling_frequency <= 100_000 or len(signal) < _SHORTEST_SECONDS * sampling_frequency:
        return np.empty((0, signal.shape[1], 1), dtype=np.int16)
    # Numbers for names: a name may have a plus sign in it, which joins the leads of a view.
    names = tuple(f"channel {number}" for number in range(signal.shape[1]))
    return _cut(condition(Record(signal, names, sampling_frequency), SPEC, "+".join(names)))


def _cut(microvolts: NDArray[np.int16]) -> NDArray[np.int16]:
    """Into whole windows; a short recording is one."""
    samples = microvolts.shape[1]
    if samples <= SPEC.window_samples:
        return microvolts[np.newaxis]
    return cut(microvolts[:, : samples // SPEC.window_samples * SPEC.window_samples], SPEC)[0]


def _fitting_speed(signal: Signal, stated: float, conditioned: NDArray[np.int16] | None) -> float:
    """1, or the factor of the sampling frequency at which the recording looks far more like a heart's."""
    as_stated = _odds_of(_windows(signal, stated) if conditioned is None else _cut(conditioned))
    if as_stated >= 0:
        return 1.0
    others = {speed: _odds_of(_windows(signal, stated * speed)) for speed in _OTHER_SPEEDS}
    best = max(others, key=lambda speed: others[speed])
    clear = others[best] > 0 and others[best] - as_stated > THRESHOLD
    return best if clear and _beating(signal, stated * best) else 1.0


def _odds_of(windows: NDArray[np.int16]) -> float:
    """Mean of the log odds over leads and windows."""
    if not len(windows):
        return -_LARGEST_ODDS
    return float(odds(features(windows.reshape(-1, 1, windows.shape[2]))).mean())


def _beating(signal: Signal, sampling_frequency: float) -> bool:
    """Whether heartbeats can be made out in at least half of it."""
    windows = _windows(signal, sampling_frequency)
    judgeable = [quality.judgeable for quality in assess(windows, SPEC)] if len(windows) else [False]
    return bool(np.mean(judgeable) >= 0.5)


def _octaves(traces: Traces) -> Float:
    """``(windows, 5)`` logarithms of the shares of the power."""
    edges = np.searchsorted(traces.frequencies, _SPECTRUM_HZ)
    octaves = np.add.reduceat(traces.power[:, 0], edges, axis=1, dtype=np.float64)[:, :-1]
    logarithms: Float = np.log(octaves / np.maximum(octaves.sum(axis=1, keepdims=True), 1e-9) + 1e-5)
    return logarithms


def _slopes(beat: Float) -> Float:
    """``(windows, 4)`` log odds of the shares of the squared slopes that lie within 20 to 160 ms of the peak."""
    slopes = np.square(beat[:, 1:] - beat[:, :-1])
    shares: Float = slopes @ _WITHIN / (slopes.sum(axis=1, keepdims=True) + 1e-9)
    return np.log((shares + 1e-3) / (1.0 - shares + 1e-3))


def _areas(beat: Float) -> Float:
    """``(windows, 8)`` logarithms of the shares of the mean sizes in pieces from before to after the beat."""
    means = np.add.reduceat(np.abs(beat), _BEAT_EDGES, axis=1)[:, :-1] / np.diff(_BEAT_EDGES)
    logarithms: Float = np.log(means / (means.sum(axis=1, keepdims=True) + 1e-9) + 1e-3)
    return logarithms
