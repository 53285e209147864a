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
        [-0.42, 3.40, 1.63, -1.29],
        [4.36, -0.17, 5.56, 0.06],
        [-1.05, -0.10, -0.97, 2.16],
        [-0.19, -0.34, 3.76, -0.21],
        [3.41, 0.30, 1.56, -1.23],
        [2.39, 1.57, 0.75, -0.95],
        [2.37, 2.05, 1.17, 2.23],
        [-0.01, 1.99, -0.55, 3.97],
        [-21.27, -14.13, -17.97, -14.57],
    ]
)
THRESHOLD = 1.17


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
