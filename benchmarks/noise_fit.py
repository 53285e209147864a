"""Fit ``mvkt.ecg.noisiness`` on folds 1 to 8."""

from __future__ import annotations

import numpy as np
from fitting import fit_multinomial
from numpy.typing import NDArray
from real_records import RealRecords
from stress_noise import KINDS, mixed

from mvkt.ecg import noisiness
from mvkt.ecg.heartbeat import bridged, find_beats
from mvkt.ecg.indices import Indices, measure
from mvkt.ecg.signal import MISSING

LEADS = ("I", "II")
KEPT_LEADS = ("I", "II", "V2")
KEPT_SHARE = 0.988
MIXED_RECORDS = 500
PENALTY = 3e-4
_CLASS = {"white": 1, "muscle": 1, "motion": 2, "mains": 3, "wander": 4}
_WEIGHT = {"wander": 4.0, "band": 2.0}

Float = NDArray[np.float64]


def indices_of(windows: NDArray[np.int16]) -> Indices:
    """Of ``(windows, leads, samples)`` at 100 Hz."""
    parts = []
    for start in range(0, len(windows), 64):
        part = windows[start : start + 64]
        missing = part == MISSING
        values = bridged(part, missing)
        parts.append(measure(values, find_beats(values, missing, 100.0), 100.0))
    return Indices.joined(parts)


def features_of(windows: NDArray[np.int16]) -> Float:
    """``(windows, features)`` of windows of one lead."""
    return noisiness.features(indices_of(windows))[:, 0]


def classes_of_bands(clean: NDArray[np.int16], noisy: NDArray[np.int16]) -> NDArray[np.int64]:
    """What noise of a random band is like, by the centre of its spectrum."""
    spectrum = np.abs(np.fft.rfft(noisy[:, 0].astype(np.float64) - clean[:, 0], axis=1)) ** 2
    centre = spectrum @ np.fft.rfftfreq(noisy.shape[2], 0.01) / spectrum.sum(axis=1)
    return np.where(centre > 12, 1, np.where(centre > 1.6, 2, 4))


def fit(records: RealRecords) -> tuple[Float, float]:
    """Coefficients and threshold: the one that keeps a share of the real recordings of every lead."""
    training = records.fold <= 8
    chosen = np.random.default_rng(5).choice(np.flatnonzero(training & records.clean), MIXED_RECORDS, replace=False)
    real = [features_of(records.lead(lead)[training]) for lead in KEPT_LEADS]
    parts = [(made, np.zeros(len(made), np.int64), 3.0) for made in real]
    for number, (lead, kind, ratio) in enumerate(
        (lead, kind, ratio) for lead in LEADS for kind in KINDS for ratio in ("nst", "power")
    ):
        clean = records.raw_lead(lead)[chosen]
        quiet, noisy = (mixed(clean, kind, snr, 1000 + 2 * number + (snr > 0), ratio=ratio) for snr in (18.0, -6.0))
        parts.append((features_of(quiet), np.zeros(len(chosen), np.int64), 1.0))
        target = (
            classes_of_bands(records.lead(lead)[chosen], noisy)
            if kind == "band"
            else np.full(len(chosen), _CLASS[kind], dtype=np.int64)
        )
        parts.append((features_of(noisy), target, _WEIGHT.get(kind, 1.0)))
    features, target = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
    weights = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    for side in (target == 0, target > 0):
        weights[side] /= weights[side].sum()
    coefficients = np.round(fit_multinomial(features, target, weights, PENALTY), 2)
    odds = [np.logaddexp.reduce(made @ coefficients[:-1] + coefficients[-1], axis=1) for made in real]
    return coefficients, round(float(max(np.quantile(lead, KEPT_SHARE) for lead in odds)), 2)
