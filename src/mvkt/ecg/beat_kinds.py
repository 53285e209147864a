"""Which kind of beat each is: normal, ventricular, supraventricular or unsure.

The beats of two minutes are compared with each other. The largest group of like beats that do not come early is what
is usual; how much a beat differs from it in shape, height and width, how early it comes, what its T and P wave are
like, and how many look like it are weighed by a small network.

Fitted by ``python -m benchmarks.fit.kinds_fit``; figures of recordings that took no part are in docs/results/beats.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import bridged
from mvkt.ecg.signal import MISSING
from mvkt.ecg.small_network import shipped_network
from mvkt.ecg.threads import in_threads

NETWORK = "kinds_network.json"
KINDS = ("normal", "ventricular", "supraventricular")
UNSURE = "unsure"
LEAST_PROBABILITY = 0.5
"""A beat of which no kind is at least so likely is unsure."""

_BLOCK_SECONDS, _CONTEXT_SECONDS = 120.0, 10.0
_QRS_SECONDS, _T_SECONDS, _P_SECONDS = (-0.12, 0.18), (0.16, 0.42), (-0.28, -0.10)
_ALIKE = 0.85
_EARLY = 0.88
_AROUND = 10
_LARGEST_FEATURE = 4.0

Float = NDArray[np.float64]


def kinds_of(microvolts: NDArray[np.int16], beats: NDArray[np.int64], sampling_frequency: float) -> NDArray[np.str_]:
    """``(beats,)`` the kind of each: one of :data:`KINDS`, or :data:`UNSURE`.

    Args:
        microvolts: ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        beats: ``(beats,)`` samples, rising.
        sampling_frequency: Samples a second.
    """
    if not len(beats):
        return np.empty(0, dtype="<U16")
    likely = probabilities(microvolts, beats, sampling_frequency)
    best = np.argmax(likely, axis=1)
    sure = likely[np.arange(len(best)), best] >= LEAST_PROBABILITY
    return np.where(sure, np.array(KINDS)[best], UNSURE)


def probabilities(microvolts: NDArray[np.int16], beats: NDArray[np.int64], sampling_frequency: float) -> Float:
    """``(beats, 3)`` how likely each kind is, by the mean of the logits over the leads."""
    network = shipped_network(NETWORK)
    logits = np.mean([network.logits(made) for made in features_of(microvolts, beats, sampling_frequency)], axis=0)
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Float = shifted / shifted.sum(axis=1, keepdims=True)
    return shares


def features_of(microvolts: NDArray[np.int16], beats: NDArray[np.int64], sampling_frequency: float) -> Float:
    """``(leads, beats, 16)`` what sets each beat apart from the usual ones around it."""
    block, context = round(_BLOCK_SECONDS * sampling_frequency), round(_CONTEXT_SECONDS * sampling_frequency)
    timing = _timing(beats / sampling_frequency)

    def features_from(start: int) -> Float:
        first, inside, after, last = np.searchsorted(
            beats, (start - context, start, start + block, start + block + context)
        )
        if after == inside:
            return np.empty((len(microvolts), 0, len(timing) + 11))
        begin, end = max(start - context - block, 0), start + block + context + block
        part = microvolts[:, begin:end]
        values = bridged(part, part == MISSING)
        around = slice(first, last)
        made = [_lead(lead, beats[around] - begin, timing[:, around], sampling_frequency) for lead in values]
        return np.stack(made)[:, inside - first : after - first]

    starts = range(0, int(beats[-1]) + 1 if len(beats) else 1, block)
    parts = list(in_threads(features_from, starts, 1 if len(starts) == 1 else None))
    return np.clip(np.concatenate(parts, axis=1), -_LARGEST_FEATURE, _LARGEST_FEATURE)


def _timing(seconds: Float) -> Float:
    """``(5, beats)`` logarithms: interval before and after over the usual, change, spread of intervals, usual one."""
    intervals = np.diff(seconds)
    if len(intervals) < 2:
        return np.zeros((5, len(seconds)))
    reach = min(2 * _AROUND + 1, len(intervals))
    windows = np.lib.stride_tricks.sliding_window_view(intervals, reach)
    place = np.clip(np.arange(len(seconds)) - reach // 2, 0, len(windows) - 1)
    usual, logs = np.median(windows, axis=1)[place], np.log(windows)
    spread = np.median(np.abs(np.diff(logs, axis=1)), axis=1)[place]
    before = np.log(np.append(usual[0], intervals) / usual)
    after = np.log(np.append(intervals, usual[-1]) / usual)
    change = before - np.append(0.0, before[:-1])
    return np.stack([before, after, change, np.log(spread + 0.01) / 2, np.log(usual)])


def _lead(lead: Float, beats: NDArray[np.int64], timing: Float, sampling_frequency: float) -> Float:
    """``(beats, 16)`` of one lead."""
    qrs, t, p = (_cut(lead, beats, span, sampling_frequency) for span in (_QRS_SECONDS, _T_SECONDS, _P_SECONDS))
    shape = qrs / (np.linalg.norm(qrs, axis=1, keepdims=True) + 1e-6)
    alike = (shape @ shape.T) > _ALIKE
    np.fill_diagonal(alike, True)  # a beat of no height as well is like itself
    early = timing[0] < np.log(_EARLY)
    shares = alike.mean(axis=1)
    centre = int(np.argmax(alike @ np.where(early, 0.3, 1.0)))
    usual = alike[centre]
    template, usual_t, usual_p = (np.median(part[usual], axis=0) for part in (qrs, t, p))
    likeness = shape @ template / (np.linalg.norm(template) + 1e-6)
    made = [
        np.arctanh(np.clip(likeness, -0.999, 0.999)),
        _ratio(np.ptp(qrs, axis=1), np.ptp(template)),
        _ratio(np.abs(np.diff(qrs, axis=1)).max(axis=1), np.abs(np.diff(template)).max()),
        _ratio(_width(qrs), _width(template[np.newaxis])[0]),
        np.log(_width(qrs) + 1e-3),
        _likeness(t, usual_t),
        _ratio(np.ptp(t, axis=1), np.ptp(usual_t)),
        _likeness(p, usual_p),
        np.log(shares + 0.01),
        np.where(usual, 1.0, 0.0),
        (alike @ timing[0]) / alike.sum(axis=1),
    ]
    return np.stack([*made, *timing], axis=1)


def _cut(lead: Float, beats: NDArray[np.int64], span: tuple[float, float], sampling_frequency: float) -> Float:
    """``(beats, samples)`` at 100 Hz about their means; what lies beyond the ends is the last sample."""
    seconds = np.arange(round(100 * span[0]), round(100 * span[1]) + 1) / 100.0
    place = beats[:, np.newaxis] + np.rint(seconds * sampling_frequency).astype(np.int64)
    piece = lead[np.clip(place, 0, len(lead) - 1)]
    centred: Float = piece - piece.mean(axis=1, keepdims=True)
    return centred


def _width(qrs: Float) -> Float:
    """Area over height: in seconds, about half the duration of a complex."""
    size = np.abs(qrs - np.median(qrs, axis=1, keepdims=True))
    width: Float = size.mean(axis=1) / (size.max(axis=1) + 1e-6)
    return width


def _ratio(values: Float, usual: float) -> Float:
    ratio: Float = np.log((values + 10.0) / (usual + 10.0))
    return ratio


def _likeness(pieces: Float, usual: Float) -> Float:
    scale = np.linalg.norm(pieces, axis=1) * np.linalg.norm(usual) + 1e-6
    likeness: Float = pieces @ usual / scale
    return likeness
