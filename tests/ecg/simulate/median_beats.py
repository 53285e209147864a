"""Simulated hearts, a condition each, and what is measured of their beats."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.simulate import Simulation, simulate

RATE = 500
R = 200
"""Sample of the R peak in a median beat: 0.4 s."""

Float = NDArray[np.float64]


@cache
def clean(code: str) -> Simulation:
    return simulate(100, seed=21, conditions=[code], sampling_frequency=RATE, noise=False)


@cache
def beats(code: str) -> Float:
    """``(records, samples, leads)``: median beat, 0 just before QRS."""
    simulated, window = clean(code), np.arange(-R, 280)
    median = []
    for signal, peaks in zip(simulated.signal, simulated.r_peaks, strict=True):
        at = np.rint(peaks * RATE).astype(int)
        at = at[(at >= R) & (at + 280 <= len(signal))]
        median.append(np.median(signal[at[:, None] + window], axis=0))
    stacked = np.stack(median).astype(np.float64)
    return stacked - stacked[:, [R - 30]]


def lead(name: str) -> int:
    return STANDARD_LEADS.index(name)


def part(code: str, name: str, start: float, stop: float) -> Float:
    """``(records, samples)``: from ``start`` to ``stop`` seconds after R in one lead of the median beats."""
    return beats(code)[:, R + round(start * RATE) : R + round(stop * RATE), lead(name)]


def effect(first: Float, second: Float) -> float:
    """Cohen's d."""
    return float((first.mean() - second.mean()) / np.sqrt((first.var() + second.var()) / 2))


def separation(code: str, name: str) -> float:
    """Cohen's d, on held-out records, of Fisher's linear discriminant between a condition and a normal heart."""
    ill, well = (beats(condition)[:, 50:450:5, lead(name)] for condition in (code, "NORM"))
    half = len(ill) // 2
    training = np.concatenate([ill[:half], well[:half]])
    mean = training.mean(axis=0)
    components = np.linalg.svd(training - mean, full_matrices=False)[2][:12].T
    ill, well = (ill - mean) @ components, (well - mean) @ components
    scatter = np.cov(ill[:half].T) + np.cov(well[:half].T)
    scatter += 1e-3 * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    weights = np.linalg.solve(scatter, ill[:half].mean(axis=0) - well[:half].mean(axis=0))
    return effect(ill[half:] @ weights, well[half:] @ weights)


def qrs_width(code: str, name: str) -> Float:
    """``(records,)`` seconds in which the slope of the QRS complex exceeds a tenth of its largest."""
    slope = np.abs(np.gradient(part(code, name, -0.1, 0.14), axis=1))
    steep = slope > 0.1 * slope.max(axis=1, keepdims=True)
    return (steep.shape[1] - steep[:, ::-1].argmax(axis=1) - steep.argmax(axis=1)) / RATE
