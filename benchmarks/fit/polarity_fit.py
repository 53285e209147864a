"""Fit ``mvkt.ecg.quality.polarity`` on folds 1 to 8."""

from __future__ import annotations

import numpy as np
from benchmarks.fit.fitting import fit_odd
from benchmarks.fit.real_records import RealRecords
from numpy.typing import NDArray

from mvkt.ecg.quality import polarity

LEADS = ("I", "II")
FALSE_ALARMS = 0.002
PENALTY = 1e-3


def fit(records: RealRecords) -> dict[str, tuple[NDArray[np.float64], float]]:
    """Lead -> coefficients and threshold. The threshold is from folds left out of a fit in turn."""
    fitted = {}
    for lead in LEADS:
        features = np.concatenate([polarity.features(part, 100.0) for part in np.array_split(records.lead(lead), 60)])
        known = np.isfinite(features).all(axis=1) & (records.fold <= 8)
        features, fold = features[known], records.fold[known]
        odds = np.empty(len(features))
        for left_out in range(1, 9):
            inside = fold == left_out
            odds[inside] = features[inside] @ fit_odd(features[~inside], PENALTY)
        threshold = round(float(np.quantile(-odds, 1 - FALSE_ALARMS)), 2)
        fitted[lead] = np.round(fit_odd(features, PENALTY), 2), threshold
    return fitted
