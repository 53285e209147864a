"""Candidates for QRS complexes, and the network that weighs them."""

from __future__ import annotations

import numpy as np
from tests.ecg.drawn_ecg import NORMAL, drawn, microvolts_of

from mvkt.ecg.qrs_candidates import candidates_of


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


def test_silence_has_no_candidates() -> None:
    values = np.zeros((2, 1, 1000))
    found = candidates_of(values, np.zeros(values.shape, dtype=np.bool_), 100.0)
    assert not len(found.sample)
    assert np.isnan(found.quiet).all()
