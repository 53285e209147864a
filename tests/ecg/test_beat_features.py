"""What sets beats apart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn, microvolts_of

from mvkt.ecg.beat_features import CHANGE, FEATURES, WIDTH, features_of, in_blocks, timing_of
from mvkt.ecg.recording_beats import beats_of


def test_timing_is_against_the_usual() -> None:
    seconds = np.concatenate([np.arange(20) * 0.8, 15.2 + 0.5 + np.array([0.0, 1.1, 1.9, 2.7])])
    timing = timing_of(seconds)
    assert timing.shape == (9, 24)
    np.testing.assert_allclose(timing[0, 20], np.log(0.5 / 0.8), atol=1e-9)
    np.testing.assert_allclose(timing[1, 20], np.log(1.1 / 0.8), atol=1e-9)
    np.testing.assert_allclose(timing[7, 20], 0.0, atol=1e-9)  # a pause that makes up for it
    np.testing.assert_allclose(timing[4], np.log(0.8), atol=1e-9)


@pytest.mark.parametrize("number", [1, 2])
def test_without_intervals_there_is_no_timing(number: int) -> None:
    assert not timing_of(np.arange(number, dtype=np.float64)).any()


def test_a_wide_early_beat_stands_out() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.8, 58.0, 0.8)]
    beats[30] = (beats[30][0] - 0.2, EXTRA, 1.2)
    microvolts = microvolts_of(drawn(beats, 60.0))
    found = beats_of(microvolts, 100.0)
    features = features_of(microvolts, found, 100.0)[0]
    assert features.shape == (len(beats), FEATURES)
    assert np.argmax(features[:, WIDTH]) == np.argmin(features[:, CHANGE]) == 30
    assert features[30, WIDTH] > 0.25
    assert np.argmin(features[:, 0]) == 30


@pytest.mark.parametrize("gain", [0.4, -1.0])
def test_gain_and_polarity_hardly_matter(gain: float) -> None:
    beats = [(float(second), NORMAL, 2.0) for second in np.arange(0.8, 58.0, 0.8)]
    microvolts = microvolts_of(drawn(beats, 60.0))
    found = beats_of(microvolts, 100.0)
    turned = np.rint(gain * microvolts).astype(np.int16)
    difference = np.abs(features_of(turned, found, 100.0) - features_of(microvolts, found, 100.0))[0]
    assert np.median(difference.max(axis=0)) < 0.15


def test_a_flat_lead_has_finite_features() -> None:
    microvolts = np.zeros((2, 3000), dtype=np.int16)
    beats = np.arange(50, 2950, 80, dtype=np.int64)
    microvolts[0, beats] = 900
    features = features_of(microvolts, beats, 100.0)
    assert features.shape == (2, len(beats), FEATURES)
    assert np.isfinite(features).all()


def test_blocks_cover_every_beat_once_also_over_long_gaps() -> None:
    beats = np.concatenate([np.arange(100, 70_000, 90), np.arange(200_100, 210_000, 90)]).astype(np.int64)
    microvolts = np.zeros((1, 210_100), dtype=np.int16)
    microvolts[0, beats] = 1000
    made = in_blocks(microvolts, beats, 100.0, lambda block: block.piece(0, 1))
    assert made.shape == (1, len(beats), 1)
    assert (made == 1000).all()
