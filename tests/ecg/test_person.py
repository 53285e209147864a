from __future__ import annotations

import numpy as np

from mvkt.ecg.person import PERSON_FEATURES, person_features


def test_features_are_those_that_are_named():
    features = person_features([80, 40, 60], ["male", "female", ""])
    assert features.shape == (3, len(PERSON_FEATURES))
    assert features.dtype == np.float32
    assert features.tolist() == [[1, 1, 1, 1], [-1, 1, -1, 1], [0, 0, 0, 0]]


def test_what_is_unknown_adds_nothing():
    features = person_features([np.nan, np.nan, 100], ["", "male", ""])
    assert features.tolist() == [[0, 0, 0, 0], [0, 0, 1, 0], [2, 4, 0, 0]]


def test_ages_beyond_the_oldest_do_not_run_away():
    assert np.array_equal(person_features([130], ["male"]), person_features([100], ["male"]))
