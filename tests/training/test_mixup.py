from __future__ import annotations

import numpy as np

from mvkt.ecg.signal import MISSING
from mvkt.training.mixup import Mixture, draw_mixture


def test_signals_and_targets_are_mixed_alike():
    mixture = Mixture(np.array([1, 0]), np.array([0.75, 0.5], dtype=np.float32))
    signal = np.array([[[100, 200]], [[-300, 400]]], dtype=np.int16)
    assert mixture.of_signals(signal).tolist() == [[[0, 250]], [[-100, 300]]]
    assert mixture.of_targets(np.array([[1, 0], [0, 0]], dtype=np.float32)).tolist() == [[0.75, 0.0], [0.5, 0.0]]


def test_what_is_missing_stays_missing_and_adds_nothing():
    mixture = Mixture(np.array([1, 0]), np.array([0.5, 0.5], dtype=np.float32))
    signal = np.array([[[MISSING, 200, 100]], [[40, MISSING, 100]]], dtype=np.int16)
    assert mixture.of_signals(signal).tolist() == [[[MISSING, 100, 100]], [[20, MISSING, 100]]]


def test_a_record_keeps_the_larger_share_and_the_beta_law():
    mixture = draw_mixture(20_000, 1.0, np.random.default_rng(0))
    assert mixture.share.min() >= 0.5
    assert sorted(mixture.partner) == list(range(20_000))
    # Of a uniform share, the larger part is uniform between a half and one.
    assert abs(mixture.share.mean() - 0.75) < 0.005
    again = draw_mixture(20_000, 1.0, np.random.default_rng(0))
    assert np.array_equal(again.share, mixture.share)
