"""Candidates for QRS complexes, and the network that weighs them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.drawn_ecg import NORMAL, drawn, microvolts_of

from mvkt.ecg import qrs_candidates
from mvkt.ecg.qrs_candidates import candidates_of, quiet_of


def test_every_beat_is_a_candidate_and_a_likely_one() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 19.9, 0.9)]
    values = microvolts_of(drawn(beats, 20.0)).astype(np.float64)[np.newaxis]
    found = candidates_of(values, np.zeros(values.shape, dtype=np.bool_), 100.0)
    assert found.features.shape == (len(found.sample), 16)
    assert np.abs(found.features).max() <= 4.0
    seconds, odds = found.sample / 100.0, found.odds
    for second, *_ in beats:
        near = np.abs(seconds - second) < 0.06
        assert odds[near].max() > 0
    assert (odds > 0).sum() == len(beats)
    assert 0 < found.quiet[0] < 0.05
    assert quiet_of(found.size[:, :1000], 100.0) == pytest.approx(found.quiet, rel=0.3)


def test_silence_has_no_candidates() -> None:
    values = np.zeros((2, 1, 1000))
    found = candidates_of(values, np.zeros(values.shape, dtype=np.bool_), 100.0)
    assert not len(found.sample)
    assert np.isnan(found.quiet).all()


def test_rings_around_a_candidate_are_those_of_a_filter_over_all_samples() -> None:
    """The largest of every ring, looked up, is what ``scipy.ndimage`` finds; and the candidates are its maxima."""
    from scipy.ndimage import maximum_filter1d

    size = np.random.default_rng(5).uniform(1.0, 9.0, (3, 1000))
    heights = qrs_candidates._Heights.of(size, 100.0)
    np.testing.assert_array_equal(heights.highest_around(10), maximum_filter1d(size, 21, axis=1, mode="nearest"))
    window, sample = np.array([0, 0, 1, 2]), np.array([0, 500, 999, 321])
    made = np.exp(qrs_candidates._around(heights, window, sample, 100.0))
    padded, row = np.pad(size, ((0, 0), (140, 140))), 0
    for inner, outer in ((12, 20), (20, 30), (30, 45), (45, 70), (70, 100), (100, 140)):
        reach = (outer - inner) // 2 * 2
        for way in (-1, 1):
            ring = np.arange(inner, inner + reach + 1) * way
            expected = padded[window[:, np.newaxis], sample[:, np.newaxis] + 140 + ring].max(axis=1)
            np.testing.assert_allclose(made[row], np.maximum(expected, 0.03), rtol=1e-12)
            row += 1
