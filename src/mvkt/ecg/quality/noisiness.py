"""Does noise cover the heart's signal, and which? A small logistic model of the published indices.

No single index separates a noisy trace from a clean one for every kind of noise, and rules for each add up their false
alarms. The model (multinomial logistic regression, "clean" against four kinds) weighs eight of them. It was fitted on
recordings of folds 1 to 8 of PTB-XL, clean ones with noise of known strength and all as they are, by
``python -m benchmarks.quality.signal_quality PTB_XL fit``; how well it does on folds 9 and 10 is in
docs/results/quality.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.quality.indices import Indices

Float = NDArray[np.float64]

KINDS = ("muscle", "motion", "mains", "wander")
"""Kinds of noise; "muscle" is everything of a wide band."""

TYPICAL = np.array([-2.09, -0.87, -4.49, -1.72, -4.66, -3.44, -3.32, -4.69])
"""``(features,)`` the medians in real recordings."""

# Rows: features in the order of `features`, then the intercept; columns: KINDS.
COEFFICIENTS = np.array(
    [
        [-0.16, 3.55, 1.52, -1.91],
        [4.41, -0.29, 5.80, 0.12],
        [-1.27, -0.01, -1.18, 2.46],
        [-0.12, -0.17, 4.01, 0.02],
        [3.86, 0.60, 1.62, -1.09],
        [1.44, 1.09, 0.54, -0.88],
        [2.21, 2.22, 1.04, 2.01],
        [0.05, 1.43, -0.26, 3.61],
        [-19.42, -12.46, -17.86, -13.83],
    ]
)
THRESHOLD = 1.46


def features(indices: Indices) -> Float:
    """``(windows, leads, features)``: logarithms of the indices about what is typical; 0 for what is unknown."""
    shares = np.clip([indices.qrs_power, indices.baseline], 1e-4, 1 - 1e-4)
    rows = (
        np.maximum(indices.spread, 1e-3),
        *(1.0 / shares - 1.0),
        np.maximum(indices.line, 1e-2),
        np.maximum(indices.quiet, 1e-4),
        np.maximum(1.0 - indices.agreement, 1e-4),
        np.maximum(indices.residual, 1e-3),
        np.maximum(indices.wander, 1e-4),
    )
    made = np.log(rows).transpose(1, 2, 0)
    return np.where(np.isnan(made), 0.0, made - TYPICAL)


def scores(indices: Indices) -> tuple[Float, NDArray[np.int64]]:
    """How noisy every lead of every window is.

    Returns:
        ``(windows, leads)`` the log odds of noise, less what is tolerated: above 0 it is too noisy.
        And ``(windows, leads)`` which of :data:`KINDS` is the most likely.
    """
    logits = features(indices) @ COEFFICIENTS[:-1] + COEFFICIENTS[-1]
    largest = logits.max(axis=-1)
    odds = largest + np.log(np.exp(logits - largest[..., np.newaxis]).sum(axis=-1))
    return odds - THRESHOLD, np.argmax(logits, axis=-1)
