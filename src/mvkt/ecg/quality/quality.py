"""Signal quality: whether a trace is good enough for a diagnosis, with reasons in plain words and measures.

Works on conditioned microvolts, many windows at once. What is broken (not recorded, flat, cut off, far too small or
large) is found by rules, what is noisy by a small model of published indices: :mod:`mvkt.ecg.quality.noisiness`. How
much noise is refused and how many real recordings are kept is in docs/results/quality.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import Traces, heart_rate, r_peaks, traces_of
from mvkt.ecg.long_recordings import windows_of
from mvkt.ecg.medians import median
from mvkt.ecg.quality import noisiness
from mvkt.ecg.quality.indices import Indices, measure
from mvkt.ecg.recording_beats import in_pieces
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import RecordError

__all__ = ["WindowQuality", "assess", "heart_rate", "r_peaks"]

_LEAST_VALID_SHARE = 0.5
_LEAST_VALID_SECONDS = 5.0
_MOST_FLAT_SHARE = 0.5
_MOST_CLIPPED_SHARE = 0.05
_LEAST_CLIPPED = 0.1
_AMPLITUDES_MV = (0.08, 12.0)
_HEART_RATES = (20.0, 300.0)

_BLOCK_SECONDS = 0.2
_FLAT_MICROVOLTS = 4.0
_LONG_BLOCKS = 8
_FLAT_SHARE_OF_AMPLITUDE = 0.03
_WINDOWS_AT_ONCE = 32

_NO_RATE = "no plausible heart rate"
_NOISE = {
    "muscle": "muscle noise covers the heart's signal",
    "motion": "movement of the electrodes covers the heart's signal",
    "mains": "hum of the mains covers the heart's signal",
    "wander": "the baseline wanders more than the heart's signal",
}

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class WindowQuality:
    """What one window is good for.

    Measures are those of the middle (median) lead of the window where there are several.

    Attributes:
        judgeable: Whether at least half of the leads are good enough.
        reasons: What is wrong, in plain words; empty if nothing is. A judgeable window of several leads can
            have some.
        heart_rate: Beats a minute over all leads, or None if no two beats were found.
        noise: Log odds of noise less what is tolerated: a lead above 0 is too noisy
            (:func:`mvkt.ecg.quality.noisiness.scores`).
    """

    judgeable: bool
    reasons: tuple[str, ...]
    heart_rate: float | None
    noise: float

    @property
    def noisy_only(self) -> bool:
        """Whether noise is all that makes it unusable: nothing is broken, flat, cut off or missing."""
        return bool(self.reasons) and set(self.reasons) <= {*_NOISE.values(), _NO_RATE}


def assess(microvolts: NDArray[np.int16], spec: SignalSpec) -> tuple[WindowQuality, ...]:
    """Assess windows as :func:`mvkt.ecg.signal.cut` makes them.

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
    # Some at a time: what is worked on then stays in the processor's cache.
    starts = range(0, len(microvolts), _WINDOWS_AT_ONCE)
    batches = (traces_of(microvolts[start : start + _WINDOWS_AT_ONCE], spec.sampling_frequency) for start in starts)
    return tuple(quality for batch in batches for quality in _assess(batch))


def assess_recording(
    microvolts: NDArray[np.int16], starts: NDArray[np.int64], spec: SignalSpec
) -> tuple[tuple[WindowQuality, ...], NDArray[np.int64]]:
    """Assess the windows of a recording, and find its heartbeats.

    Args:
        microvolts: ``(leads, samples)`` int16 as :func:`mvkt.ecg.signal.condition` makes them.
        starts: ``(windows,)`` the sample at which each window begins; see :func:`mvkt.ecg.signal.window_starts`.
        spec: How they were made.

    Returns:
        The quality of each window; and ``(beats,)`` samples, rising.
    """
    length = spec.window_samples
    if microvolts.shape[1] <= length:  # the only window, whose beats are remembered: others look at it, too
        (window,) = windows_of(microvolts, starts, spec, 1)
        return assess(window, spec), r_peaks(microvolts, spec.sampling_frequency)
    beats, assessed = in_pieces(microvolts, starts, length, spec.sampling_frequency, _assess)
    return tuple(quality for piece in assessed for quality in piece), beats


@dataclass(frozen=True, eq=False)
class _Measures:
    """The measures of a batch of windows, ``(windows, leads)`` each, and ``(windows,)`` the heart rate."""

    valid: Float
    short: Flags
    flat: Float
    clipped: Float
    indices: Indices
    noise: Float
    kind: NDArray[np.int64]
    rate: Float


def _assess(traces: Traces) -> list[WindowQuality]:
    measures = _measure(traces)
    faults, there = _faults(measures, traces.values.shape[2] / traces.sampling_frequency)
    bad = there.any(axis=0)
    with np.errstate(invalid="ignore"):
        beating = (measures.rate >= _HEART_RATES[0]) & (measures.rate <= _HEART_RATES[1])
    judgeable = (bad.mean(axis=1) <= 0.5) & beating
    reasons = _reasons(faults, there, beating)
    noise = median(measures.noise.T)
    return [
        WindowQuality(able, why, None if np.isnan(rate) else rate, loud)
        for able, why, rate, loud in zip(
            judgeable.tolist(), reasons, measures.rate.tolist(), noise.tolist(), strict=True
        )
    ]


def _measure(traces: Traces) -> _Measures:
    values, missing, sampling_frequency = traces.values, traces.missing, traces.sampling_frequency
    indices = measure(traces)
    noise, kind = noisiness.scores(indices)
    valid = 1.0 - missing.mean(axis=2)
    return _Measures(
        valid=valid,
        short=missing[..., -1] & (np.argmax(missing, axis=2) == np.rint(valid * values.shape[2])),
        flat=_flat_share(values, missing, indices.amplitude, sampling_frequency),
        clipped=_clipped_share(values, missing),
        indices=indices,
        noise=noise,
        kind=kind,
        rate=traces.rates,
    )


def _faults(measures: _Measures, seconds: float) -> tuple[tuple[str, ...], Flags]:
    """What may be wrong, and ``(faults, windows, leads)`` where it is. A broken lead is not called noisy, too."""
    smallest, largest = _AMPLITUDES_MV
    least = min(_LEAST_VALID_SHARE, _LEAST_VALID_SECONDS / seconds)
    amplitude, little = measures.indices.amplitude, measures.valid < least
    faults = {
        f"too short: less than {least * seconds:g} s were recorded": little & measures.short,
        f"less than {least:.0%} was recorded": little,
        "flat line: is the electrode on?": measures.flat > _MOST_FLAT_SHARE,
        "the signal is cut off at the limit of the recorder": measures.clipped > _MOST_CLIPPED_SHARE,
        f"less than {smallest:g} mV from peak to peak": amplitude < smallest,
        f"more than {largest:g} mV from peak to peak": amplitude > largest,
    }
    noisy = measures.noise > 0
    faults |= {_NOISE[kind]: noisy & (measures.kind == index) for index, kind in enumerate(noisiness.KINDS)}
    there = np.array(list(faults.values()))
    there[1:] &= ~np.logical_or.accumulate(there)[:-1]
    return tuple(faults), there


def _reasons(faults: tuple[str, ...], there: Flags, beating: Flags) -> list[tuple[str, ...]]:
    """For each window the faults that any lead has, with how many have it; else what is wrong with the heart rate."""
    leads, bad = there.shape[2], there.sum(axis=2)
    found: list[list[str]] = [[] for _ in beating]
    for fault, window in np.argwhere(bad).tolist():
        name = faults[fault]
        found[window].append(name if leads == 1 else f"{name} ({bad[fault, window]} of {leads} leads)")
    for window in np.flatnonzero(~beating).tolist():
        found[window] = found[window] or [_NO_RATE]
    return [tuple(reasons) for reasons in found]


def _flat_share(values: Float, missing: Flags, amplitude: Float, sampling_frequency: float) -> Float:
    """``(windows, leads)``: share of the recorded samples where nothing moves for so long that a beat should have come.

    By hardly more than an amplifier's noise, or without a bend: so the band-pass leaves what lay at the limit of the
    recorder. Between the beats of a very clean trace nothing moves either, but not for so long.
    """
    length = max(2, round(_BLOCK_SECONDS * sampling_frequency))
    pieces, recorded = _blocks(values, length), 1.0 - _blocks(missing, length).mean(axis=0)
    flat = np.zeros(recorded.shape, dtype=np.bool_)
    if flat.shape[2] >= _LONG_BLOCKS:
        moved = _long_blocks(pieces.max(axis=0), np.maximum) - _long_blocks(pieces.min(axis=0), np.minimum)
        still = moved <= np.maximum(1000.0 * _FLAT_SHARE_OF_AMPLITUDE * amplitude[..., np.newaxis], _FLAT_MICROVOLTS)
        resting = still.any(axis=2)
        if resting.any():
            bends = np.abs(np.diff(values[resting], 2, append=values[resting][:, -1:], prepend=values[resting][:, :1]))
            still[resting] |= _long_blocks(_blocks(bends, length).max(axis=0), np.maximum) <= _FLAT_MICROVOLTS
            for shift in range(_LONG_BLOCKS):
                flat[..., shift : shift + still.shape[2]] |= still
    share: Float = (flat * recorded).sum(axis=2) / np.maximum(recorded.sum(axis=2), 1e-9)
    return share


def _blocks(values: NDArray[Any], length: int) -> NDArray[Any]:
    """``(length, ..., blocks)`` from ``(..., samples)``, in memory so that all blocks are compared at once."""
    blocks = max(1, values.shape[-1] // length)
    return np.moveaxis(values[..., : blocks * length].reshape(*values.shape[:-1], blocks, -1), -1, 0).copy()


def _long_blocks(extremes: Float, extreme: np.ufunc) -> Float:
    """The extreme of the eight blocks from each on, ``(..., blocks - 7)``."""
    for step in (1, 2, 4):  # of 2, 4 and 8 blocks
        extremes = extreme(extremes[..., :-step], extremes[..., step:])
    return extremes


def _clipped_share(values: Float, missing: Flags) -> Float:
    """``(windows, leads)``: share of the recorded samples at the extreme values, two or more in a row.

    The baseline of a very clean trace may be an extreme value: one near the middle is no limit.
    """
    high, low = values.max(axis=2, keepdims=True), values.min(axis=2, keepdims=True)
    recorded = np.maximum((~missing).sum(axis=2), 1)
    at_high, at_low = (_in_a_row((values == limit) & ~missing) / recorded for limit in (high, low))
    share: Float = at_high + at_low
    many = share > _MOST_CLIPPED_SHARE
    if many.any():
        middle, apart = median(values[many].T), _LEAST_CLIPPED * (high - low)[many][:, 0]
        far_above, far_below = high[many][:, 0] - middle >= apart, middle - low[many][:, 0] >= apart
        share[many] = at_high[many] * far_above + at_low[many] * far_below
    return share


def _in_a_row(flags: Flags) -> NDArray[np.int64]:
    """``(windows, leads)``: how many of ``(windows, leads, samples)`` follow one like them."""
    repeated: NDArray[np.int64] = (flags[..., 1:] & flags[..., :-1]).sum(axis=2)
    return repeated
