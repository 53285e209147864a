"""The simulator: reproducible, physically consistent, and every condition has its signs where it should."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

from mvkt.ecg.quality.quality import r_peaks
from mvkt.ecg.signal import SignalSpec, condition
from mvkt.ecg.simulate import CONDITIONS, simulate

Float = NDArray[np.float64]


def features(microvolts: NDArray[np.int16]) -> Float | None:
    """What a simple learner sees of ``(leads, samples)``: median beat, rhythm, and how beats differ."""
    peaks = r_peaks(microvolts, 100.0)
    peaks = peaks[(peaks >= 35) & (peaks < microvolts.shape[1] - 45)]
    if len(peaks) < 3:
        return None
    found = microvolts[:, peaks[:, None] + np.arange(-35, 45)] / 1000.0
    median = np.median(found, axis=1)
    size = np.sqrt(np.square(median).mean())
    deviation = np.sqrt(np.square(found - median[:, None])[:, :, 25:60].mean(axis=(0, 2)))
    before = np.abs(found - median[:, None])[:, :, 5:28].mean()
    rr = np.diff(peaks) / 100.0
    usual = np.median(rr)
    rhythm = [usual, rr.std() / usual, rr.min() / usual, rr.max() / usual, np.abs(np.diff(rr)).mean() / usual]
    shape = [deviation.max() / size, deviation.max() / np.median(deviation), np.log(before + 1e-3)]
    return np.concatenate([median.ravel(), rhythm, shape, [np.log(median[:, 5:28].std() + 1e-3)]])


def macro_auc(inputs: Float, targets: NDArray[np.bool_], training: int) -> float:
    """Kernel ridge regression on principal components of the beats and the rhythm, tested on the rest."""
    beat, rhythm = inputs[:, :-9], inputs[:, -9:]
    centred = beat - beat[:training].mean(axis=0)
    components = centred @ np.linalg.svd(centred[:training], full_matrices=False)[2][:60].T
    components /= components[:training].std(axis=0) ** 0.6
    components /= components[:training].std(axis=0).mean()
    rhythm = np.clip((rhythm - rhythm[:training].mean(axis=0)) / rhythm[:training].std(axis=0), -3, 3)
    points = np.concatenate([components, rhythm], axis=1)
    squares = np.square(points).sum(axis=1)
    distance = squares[:, None] + squares[None, :training] - 2 * points @ points[:training].T
    kernel = np.exp(-distance / (2 * points[:training].var(axis=0).sum()))
    wanted = targets[:training] - targets[:training].mean(axis=0)
    scores = kernel[training:] @ np.linalg.solve(kernel[:training] + 0.5 * np.eye(training), wanted)
    areas = []
    for truth, score in zip(targets[training:].T, scores.T, strict=True):
        positive = truth.sum()
        rank_sum = rankdata(score)[truth].sum() - positive * (positive + 1) / 2
        areas.append(rank_sum / (positive * (len(truth) - positive)))
    return float(np.mean(areas))


@pytest.mark.slow
def test_twelve_leads_show_more_than_lead_i() -> None:
    """Neither trivial nor impossible, and a gap for a student to close."""
    simulated = simulate(1800, seed=(1, 2))
    spec = SignalSpec()
    microvolts = np.stack([condition(simulated.record(row), spec, "12-lead") for row in range(1800)])
    targets = np.array([[code in codes for code in CONDITIONS] for codes in simulated.conditions])
    area = {}
    for view, leads in (("12-lead", slice(None)), ("I", slice(1))):
        seen = [features(window[leads]) for window in microvolts]
        width = next(len(row) for row in seen if row is not None)
        inputs = np.stack([np.zeros(width) if row is None else row for row in seen])
        area[view] = macro_auc(inputs, targets, training=1200)
    assert 0.90 < area["12-lead"] < 0.985
    assert 0.78 < area["I"] < area["12-lead"] - 0.04
