"""Is this trace good enough to be judged? Reasons in plain words, and the measures behind them.

Simple rules on conditioned microvolts. Every threshold is below (or above) what 99 % of the lead-I recordings
of PTB-XL's training folds have; the indices are the published ones named in :class:`WindowQuality`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import bridged, heart_rate, r_peaks, rate_of
from mvkt.ecg.signal import MISSING, SignalSpec
from mvkt.errors import RecordError

__all__ = ["WindowQuality", "assess", "heart_rate"]

_LEAST_VALID_SHARE = 0.5
_MOST_FLAT_SHARE = 0.5
_MOST_CLIPPED_SHARE = 0.05
_AMPLITUDES_MV = (0.08, 12.0)
_LEAST_QRS_POWER = 0.35
_LEAST_BASELINE_SCORE = 0.70
_LEAST_BEAT_AGREEMENT = 0.52
_HEART_RATES = (20.0, 300.0)

_FLAT_SECONDS = 0.2
_FLAT_MICROVOLTS = 4
_BEAT_SECONDS = (0.12, 0.20)

Float = NDArray[np.float64]


@dataclass(frozen=True)
class WindowQuality:
    """What one window is good for.

    Measures are those of the middle (median) lead of the window where there are several.

    Attributes:
        judgeable: Whether at least half of the leads can be judged.
        reasons: What is wrong, in plain words; empty if nothing is. A judgeable window of several leads can
            have some.
        valid_share: How much was recorded, 0 to 1.
        flat_share: How much of the recorded is a flat line of at least 0.2 s.
        clipped_share: How much of the recorded sits at the largest or smallest value.
        amplitude_mv: From the 0.5th to the 99.5th percentile, in mV.
        heart_rate: Beats a minute over all leads, or None if no two beats were found.
        qrs_power: Power at 5-15 Hz over power at 5-40 Hz (pSQI; Li, Mark and Clifford, Physiological
            Measurement 29 (2008) 15-32); low when muscle noise or mains hum dominates.
        baseline_score: One minus power below 1 Hz over power below 40 Hz (basSQI; Clifford, Behar, Li and
            Rezek, Physiological Measurement 33 (2012) 1419-1433); low when the baseline wanders.
        beat_agreement: Mean correlation of the beats with their median (Orphanidou et al., IEEE Journal of
            Biomedical and Health Informatics 19 (2015) 832-838); low when the "beats" are noise. None with
            fewer than three.
    """

    judgeable: bool
    reasons: tuple[str, ...]
    valid_share: float
    flat_share: float
    clipped_share: float
    amplitude_mv: float
    heart_rate: float | None
    qrs_power: float
    baseline_score: float
    beat_agreement: float | None


def assess(microvolts: NDArray[np.int16], spec: SignalSpec) -> tuple[WindowQuality, ...]:
    """Judge windows as :func:`mvkt.ecg.signal.cut` makes them.

    Args:
        microvolts: ``(windows, leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        spec: How they were made; gives the sampling frequency.

    Raises:
        RecordError: The array is of another shape or type.
    """
    if microvolts.ndim != 3 or 0 in microvolts.shape[1:] or microvolts.dtype != np.int16:
        raise RecordError(
            f"expected int16 microvolts (windows, leads, samples); got {microvolts.dtype} {microvolts.shape}"
        )
    return tuple(_assess_window(window, spec.sampling_frequency) for window in microvolts)


@dataclass(frozen=True)
class _Measures:
    """The measures of :class:`WindowQuality` for every lead, ``(leads,)`` each."""

    valid: Float
    flat: Float
    clipped: Float
    amplitude: Float
    qrs_power: Float
    baseline: Float
    agreement: Float


def _assess_window(window: NDArray[np.int16], sampling_frequency: float) -> WindowQuality:
    missing = window == MISSING
    peaks = r_peaks(window, sampling_frequency)
    rate = rate_of(peaks, missing.all(axis=0), sampling_frequency)
    measures = _measure(window, missing, peaks, sampling_frequency)
    reasons, bad = _reasons(_faults(measures))
    if rate is None or not _HEART_RATES[0] <= rate <= _HEART_RATES[1]:
        reasons, bad = reasons or ("no plausible heart rate",), np.ones_like(bad)
    agreement = measures.agreement
    return WindowQuality(
        judgeable=bool(bad.mean() <= 0.5),
        reasons=reasons,
        valid_share=float(measures.valid.mean()),
        flat_share=float(np.median(measures.flat)),
        clipped_share=float(np.median(measures.clipped)),
        amplitude_mv=float(np.median(measures.amplitude)),
        heart_rate=rate,
        qrs_power=float(np.median(measures.qrs_power)),
        baseline_score=float(np.median(measures.baseline)),
        beat_agreement=None if np.isnan(agreement).all() else float(np.nanmedian(agreement)),
    )


def _measure(
    window: NDArray[np.int16], missing: NDArray[np.bool_], peaks: NDArray[np.int64], sampling_frequency: float
) -> _Measures:
    values = bridged(window, missing)
    low, high = np.percentile(values, (0.5, 99.5), axis=1)
    qrs_power, baseline = _spectral_scores(values, sampling_frequency)
    return _Measures(
        valid=1.0 - missing.mean(axis=1),
        flat=_flat_share(window, missing, sampling_frequency),
        clipped=_clipped_share(window, missing),
        amplitude=(high - low) / 1000.0,
        qrs_power=qrs_power,
        baseline=baseline,
        agreement=_beat_agreement(values, peaks, sampling_frequency),
    )


def _faults(measures: _Measures) -> dict[str, NDArray[np.bool_]]:
    """Reason -> ``(leads,)`` which leads it holds for. A broken lead has one reason and is not called noisy as well."""
    smallest, largest = _AMPLITUDES_MV
    broken = {
        f"less than {_LEAST_VALID_SHARE:.0%} was recorded": measures.valid < _LEAST_VALID_SHARE,
        "flat line: is the electrode on?": measures.flat > _MOST_FLAT_SHARE,
        "the signal is cut off at the limit of the recorder": measures.clipped > _MOST_CLIPPED_SHARE,
        f"less than {smallest:g} mV from peak to peak": measures.amplitude < smallest,
        f"more than {largest:g} mV from peak to peak": measures.amplitude > largest,
    }
    whole = np.ones(measures.valid.shape, dtype=np.bool_)
    for reason, leads in broken.items():
        broken[reason] = leads & whole
        whole &= ~leads
    noisy = {
        "muscle noise or mains hum covers the heart's signal": measures.qrs_power < _LEAST_QRS_POWER,
        "the baseline wanders more than the heart's signal": measures.baseline < _LEAST_BASELINE_SCORE,
        "no heartbeat of a constant shape can be made out": measures.agreement < _LEAST_BEAT_AGREEMENT,
    }
    return broken | {reason: whole & leads for reason, leads in noisy.items()}


def _reasons(faults: dict[str, NDArray[np.bool_]]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """The faults that any lead has, with how many have it; and ``(leads,)`` which leads have a fault."""
    leads = len(next(iter(faults.values())))
    reasons = tuple(
        fault if leads == 1 else f"{fault} ({int(bad.sum())} of {leads} leads)"
        for fault, bad in faults.items()
        if bad.any()
    )
    return reasons, np.any(list(faults.values()), axis=0)


def _flat_share(window: NDArray[np.int16], missing: NDArray[np.bool_], sampling_frequency: float) -> Float:
    """``(leads,)``: share of the recorded samples in a stretch of 0.2 s that hardly moves."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    length = max(2, round(_FLAT_SECONDS * sampling_frequency))
    values = window.astype(np.int32)
    spread = maximum_filter1d(values, length, axis=1) - minimum_filter1d(values, length, axis=1)
    still = spread <= _FLAT_MICROVOLTS
    flat = maximum_filter1d(still.astype(np.uint8), length, axis=1).astype(bool) & ~missing
    share: Float = flat.sum(axis=1) / np.maximum((~missing).sum(axis=1), 1)
    return share


def _clipped_share(window: NDArray[np.int16], missing: NDArray[np.bool_]) -> Float:
    """``(leads,)``: share of the recorded samples at the extreme values, two or more in a row."""
    values = window.astype(np.int32)
    high = np.where(missing, np.iinfo(np.int32).min, values).max(axis=1, keepdims=True)
    low = np.where(missing, np.iinfo(np.int32).max, values).min(axis=1, keepdims=True)
    at_limit = ((values == high) | (values == low)) & ~missing
    repeated = at_limit[:, 1:] & at_limit[:, :-1] & (values[:, 1:] == values[:, :-1])
    share: Float = repeated.sum(axis=1) / np.maximum((~missing).sum(axis=1), 1)
    return share


def _spectral_scores(values: Float, sampling_frequency: float) -> tuple[Float, Float]:
    """``(leads,)`` each: power of the QRS band, and one minus that of the baseline."""
    centred = values - values.mean(axis=1, keepdims=True)
    power = np.square(np.abs(np.fft.rfft(centred * np.hanning(values.shape[1]), axis=1)))
    frequency = np.fft.rfftfreq(values.shape[1], 1.0 / sampling_frequency)

    def between(low: float, high: float) -> Float:
        total: Float = power[:, (frequency >= low) & (frequency <= high)].sum(axis=1)
        return total

    with np.errstate(invalid="ignore", divide="ignore"):
        qrs, baseline = between(5, 15) / between(5, 40), 1.0 - between(0, 1) / between(0, 40)
    return np.nan_to_num(qrs), np.nan_to_num(baseline)


def _beat_agreement(values: Float, peaks: NDArray[np.int64], sampling_frequency: float) -> Float:
    """``(leads,)``: mean correlation of the beats with the median beat; NaN with fewer than three beats."""
    before, after = (round(seconds * sampling_frequency) for seconds in _BEAT_SECONDS)
    peaks = peaks[(peaks >= before) & (peaks + after < values.shape[1])]
    if len(peaks) < 3:
        return np.full(len(values), np.nan)
    beats = values[:, peaks[:, None] + np.arange(-before, after + 1)]
    beats = beats - beats.mean(axis=2, keepdims=True)
    template = np.median(beats, axis=1, keepdims=True)
    scale = np.linalg.norm(beats, axis=2) * np.linalg.norm(template, axis=2)
    agreement: Float = ((beats * template).sum(axis=2) / np.maximum(scale, 1e-9)).mean(axis=1)
    return agreement
