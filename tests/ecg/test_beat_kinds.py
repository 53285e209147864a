"""Kinds of beats, of drawn ones."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn, microvolts_of

from mvkt.ecg.beat_kinds import KINDS, features_of, kinds_of, probabilities
from mvkt.ecg.heartbeat import beats_of


@pytest.mark.parametrize("seconds", [30.0, 300.0])
def test_extra_beats_of_another_shape_are_ventricular(seconds: float) -> None:
    beats, second = [], 0.5
    for number in range(round(2 * seconds)):
        if second > seconds - 1.5:
            break
        if number % 9 == 5:
            beats += [(second - 0.25, EXTRA, 1.3)]
            second += 0.9
        else:
            beats += [(second, NORMAL, 1.0)]
            second += 0.8
    microvolts = microvolts_of(drawn(beats, seconds))
    found = beats_of(microvolts, 100.0)
    kinds = kinds_of(microvolts, found, 100.0)
    extra = np.array([at for at, waves, _ in beats if waves is EXTRA])
    told = found[kinds == "ventricular"] / 100.0
    assert len(told) == len(extra)
    np.testing.assert_allclose(told, extra, atol=0.12)


def test_like_beats_are_normal() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 59.0, 0.8)]
    microvolts = microvolts_of(drawn(beats, 60.0))
    assert set(kinds_of(microvolts, beats_of(microvolts, 100.0), 100.0)) == {"normal"}


def test_features_and_probabilities_have_their_shapes() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 9.9, 0.8)]
    microvolts = np.repeat(microvolts_of(drawn(beats, 10.0)), 2, axis=0)
    found = beats_of(microvolts, 100.0)
    assert features_of(microvolts, found, 100.0).shape == (2, len(found), 16)
    likely = probabilities(microvolts, found, 100.0)
    assert likely.shape == (len(found), len(KINDS))
    np.testing.assert_allclose(likely.sum(axis=1), 1.0)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_beats(number: int) -> None:
    microvolts = microvolts_of(drawn([(1.0, NORMAL, 1.0), (2.0, NORMAL, 1.0)], 10.0))
    beats = np.array([100, 200], dtype=np.int64)[:number]
    assert len(kinds_of(microvolts, beats, 100.0)) == number


def test_beats_of_another_lead_have_kinds_where_a_lead_is_flat() -> None:
    """All beats of the flat lead are alike, so that it says nothing, and gives no warning."""
    microvolts = np.zeros((2, 3000), dtype=np.int16)
    beats = np.arange(50, 2950, 80, dtype=np.int64)
    microvolts[0, beats] = 900
    features = features_of(microvolts, beats, 100.0)
    assert features.shape == (2, len(beats), 16)
    assert np.isfinite(features).all()
    assert np.isfinite(probabilities(microvolts, beats, 100.0)).all()
