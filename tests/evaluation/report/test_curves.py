from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from mvkt.evaluation import metrics
from mvkt.evaluation.report.curves import reliability, roc_curve


def test_the_area_under_the_curve_is_the_auc() -> None:
    generator = np.random.default_rng(0)
    targets = generator.random(300) < 0.3
    scores = np.round(generator.normal(size=300) + targets, 1)  # with ties
    false_positive_rate, sensitivity = roc_curve(targets, scores)
    area = np.trapezoid(sensitivity, false_positive_rate)
    assert area == pytest.approx(metrics.roc_auc(targets[:, np.newaxis], scores[:, np.newaxis])[0])
    assert (false_positive_rate[0], sensitivity[0], false_positive_rate[-1], sensitivity[-1]) == (0, 0, 1, 1)
    assert (np.diff(false_positive_rate) >= 0).all()
    assert (np.diff(sensitivity) >= 0).all()


def test_only_corners_are_kept() -> None:
    targets = np.array([True] * 50 + [False] * 50)
    false_positive_rate, sensitivity = roc_curve(targets, -np.arange(100.0))
    assert false_positive_rate.tolist() == [0, 0, 1]
    assert sensitivity.tolist() == [0, 1, 1]
    assert len(roc_curve(targets, np.zeros(100))[0]) == 2


def test_reliability_is_what_the_calibration_error_is_made_of() -> None:
    generator = np.random.default_rng(0)
    probabilities = generator.random(450)
    targets = generator.random(450) < probabilities**2
    curve = reliability(targets, probabilities)
    assert len(curve.predicted) == metrics.CALIBRATION_BINS
    error = np.abs(curve.predicted - curve.observed).mean()  # 30 records a bin
    ece = metrics.expected_calibration_error(targets[:, np.newaxis], probabilities[:, np.newaxis])[0]
    assert error == pytest.approx(ece)
    interval = binomtest(round(30 * curve.observed[7]), 30).proportion_ci(method="wilson")
    assert (curve.low[7], curve.high[7]) == pytest.approx((interval.low, interval.high), abs=1e-6)


def test_reliability_of_few_records_leaves_out_empty_bins() -> None:
    curve = reliability(np.array([True, False]), np.array([0.5, 0.5]))
    assert curve.predicted.tolist() == [0.5]
    assert curve.observed.tolist() == [0.5]
    assert 0 <= curve.low[0] < 0.5 < curve.high[0] <= 1
