"""Fit ``mvkt.ecg.quality.plausibility`` on folds 1 to 8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from benchmarks.fit.fitting import fit_multinomial
from benchmarks.fit.real_records import RealRecords
from numpy.typing import NDArray

from mvkt.ecg.quality import plausibility
from mvkt.ecg.record import Record

LEADS = ("I", "II")
VIEWS = ("I", "II", "I+II+V5")
PENALTY = 1e-4
WRONG = (0.25, 0.5, 2.0, 4.0)
_SHORTER = (500, 250)
_WINDOWS_A_RECORD = 2

Float = NDArray[np.float64]


def windows_at(record: Record, speed: float) -> NDArray[np.int16]:
    """``(windows, 1, samples)`` as if the recording had been sampled at another speed."""
    windows = plausibility._windows(record.signal, record.sampling_frequency * speed)
    return windows[:_WINDOWS_A_RECORD]  # the same that are assessed later


def fit(records: RealRecords) -> tuple[Float, float]:
    """The table ``MODEL`` and ``INTERCEPT``. Shorter windows at the right speed keep the length out of the fit."""
    rows = np.flatnonzero(records.fold <= 8)
    made: dict[float, list[Float]] = {speed: [] for speed in (1.0, *WRONG)}
    for lead in LEADS:
        for row in rows:
            whole = records.record(int(row))
            record = replace(whole, signal=whole.select(lead), leads=(lead,))
            for speed in made:
                windows = windows_at(record, speed)
                made[speed].append(plausibility.features(windows))
                for length in _SHORTER if speed == 1.0 else ():
                    made[speed].append(plausibility.features(np.ascontiguousarray(windows[..., :length])))
    right, wrong = np.concatenate(made[1.0]), np.concatenate([part for speed in WRONG for part in made[speed]])
    typical, spread = np.round(np.nanmedian(right, axis=0), 2), np.round(np.nanstd(right, axis=0), 2)
    both = np.clip((np.concatenate([wrong, right]) - typical) / spread, -6, 6)
    target = np.repeat((0, 1), (len(wrong), len(right)))
    known = np.isfinite(both).all(axis=1)
    both, target = both[known], target[known]
    weights = 1.0 / np.bincount(target)[target]
    coefficients = fit_multinomial(np.concatenate([both, both**2], axis=1), target, weights, PENALTY)[:, 0]
    plain, squared = np.split(np.round(coefficients[:-1], 2), 2)
    return np.stack([typical, spread, plain, squared], axis=1), round(float(coefficients[-1]), 2)


def margins(records: RealRecords, rows: NDArray[np.int64], view: str, speed: float = 1.0) -> tuple[Float, Float, Float]:
    """``(records,)`` each: odds as stated, best odds at another speed, and which, of recordings stated too fast."""
    found = []
    for row in rows:
        whole = records.record(int(row))
        signal = whole.select(view)
        odds = [plausibility._odds_of(plausibility._windows(signal, 100.0 * speed * other)) for other in (1.0, *WRONG)]
        best = int(np.argmax(odds[1:]))
        found.append((odds[0], odds[1 + best], WRONG[best]))
    as_stated, best, factor = np.array(found).T
    return as_stated, best, factor


def threshold(
    records: RealRecords, model: Float, intercept: float, views: tuple[str, ...] = VIEWS, false_alarms: float = 5e-4
) -> float:
    """The difference of odds that the given share of the recordings of folds 1 to 8 exceeds; largest over the views."""
    plausibility.MODEL, plausibility.INTERCEPT = model, intercept
    rows = np.flatnonzero(records.fold <= 8)
    largest = 0.0
    for view in views:
        as_stated, best, _ = margins(records, rows, view)
        difference = np.where((as_stated < 0) & (best > 0), best - as_stated, 0.0)
        largest = max(largest, float(np.quantile(difference, 1 - false_alarms)))
    return round(largest, 2)
