"""Which kind of beat each is: normal, ventricular, supraventricular or unsure.

What sets each beat apart from the usual ones (:mod:`mvkt.ecg.beat_features`) is weighed by a small network. Beats of
one shape in a recording are mostly of one kind: half of what counts is the mean over those that look like it.

Of supraventricular beats the network knows too little: their kind follows from when they come
(:mod:`mvkt.ecg.early_beats`). What it takes for one that does not come early is unsure. So is what would be ventricular
where the trace is rough, and what comes early without the usual shape: noise makes wide beats of another shape, and
early ones.

Strips of up to a minute, as hand-held devices record them, are read by a network of their own: it has learned what
electrodes under fingers make that looks like an extra beat.

Fitted by ``python -m benchmarks.fit.kinds_fit``; figures of recordings that took no part are in docs/results/beats.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.beat_features import CHANGE, LIKENESS, ROUGHNESS, WIDTH, described, in_blocks
from mvkt.ecg.beat_shapes import LeadBeats
from mvkt.ecg.early_beats import early_beats
from mvkt.ecg.small_network import shipped_network

NETWORK, STRIP_NETWORK = "kinds_network.json", "strip_kinds_network.json"
STRIP_SECONDS = 60.0
"""Recordings up to here are strips."""

KINDS = ("normal", "ventricular", "supraventricular")
UNSURE = "unsure"
LEAST_PROBABILITY = 0.5
"""A beat of which no kind is at least so likely is unsure."""

_SHARED = 0.5
_WIDER, _MUCH_WIDER, _LATER = 0.25, 0.45, 0.12  # logarithms of ratios
_ROUGH = -2.2  # logarithm: before and after the beat the trace bends by a ninth of its height
_UNLIKE = 1.0  # inverse hyperbolic tangent of a correlation of 0.76 with the usual beat

Float = NDArray[np.float64]


def kinds_of(microvolts: NDArray[np.int16], beats: NDArray[np.int64], sampling_frequency: float) -> NDArray[np.str_]:
    """``(beats,)`` the kind of each: one of :data:`KINDS`, or :data:`UNSURE`.

    A beat between two ventricular ones is ventricular as well if it is much wider than usual, or wider and no later
    than the one before: a run. In bigeminy the beat between two is narrow and late. In a rough trace it is unsure.

    Args:
        microvolts: ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        beats: ``(beats,)`` samples, rising.
        sampling_frequency: Samples a second.
    """
    if not len(beats):
        return np.empty(0, dtype="<U16")
    return kinds_from(weighed(microvolts, beats, sampling_frequency), beats)


def weighed(microvolts: NDArray[np.int16], beats: NDArray[np.int64], sampling_frequency: float) -> Float:
    """``(beats, 7)``: logits, width, change, roughness, likeness, in the mean over the leads; at least one beat."""
    short = microvolts.shape[1] <= STRIP_SECONDS * sampling_frequency
    network = shipped_network(STRIP_NETWORK if short else NETWORK)

    def weigh(block: LeadBeats) -> Float:
        features = described(block)
        logits = network.logits(features)
        logits += _SHARED * (block.shared(logits) - logits)
        return np.concatenate([logits, features[:, [WIDTH, CHANGE, ROUGHNESS, LIKENESS]]], axis=1)

    made: Float = in_blocks(microvolts, beats, sampling_frequency, weigh).mean(axis=0)
    return made


def kinds_from(weighed: Float, beats: NDArray[np.int64]) -> NDArray[np.str_]:
    """``(beats,)`` kinds of beats that are already weighed; see :func:`kinds_of`.

    Args:
        weighed: ``(beats, 7)``, see :func:`weighed`.
        beats: ``(beats,)`` samples, rising.
    """
    likely = _shares(weighed)
    best = np.argmax(likely, axis=1)
    sure = likely[np.arange(len(best)), best] >= LEAST_PROBABILITY
    kinds = np.where(sure, np.array(KINDS)[best], UNSURE)
    ventricular = kinds == "ventricular"
    width, change, roughness, likeness = weighed[:, len(KINDS) :].T
    wide = (width > _MUCH_WIDER) | ((width > _WIDER) & (change < _LATER))
    kinds[1:-1][ventricular[:-2] & ventricular[2:] & wide[1:-1]] = "ventricular"
    ventricular = kinds == "ventricular"
    narrow = (kinds == "normal") | (kinds == "supraventricular")
    kinds[(kinds == "supraventricular") | (ventricular & (roughness > _ROUGH))] = UNSURE
    unlike = narrow & (likeness < _UNLIKE)
    if unlike.any():
        kinds[unlike & early_beats(beats, ventricular)] = UNSURE
    kinds[narrow & early_beats(beats, ventricular | unlike)] = "supraventricular"
    return kinds


def _shares(weighed: Float) -> Float:
    """``(beats, 3)`` that add up to 1."""
    logits = weighed[:, : len(KINDS)]
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Float = shifted / shifted.sum(axis=1, keepdims=True)
    return shares
