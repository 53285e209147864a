"""The heart rate of strips."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.quality.strip_rates import rate_of, shares_beyond
from tests.ecg.drawn_ecg import NORMAL, drawn, microvolts_of


def test_the_rate_of_a_strip() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 29.0, 0.8)]
    assert rate_of(microvolts_of(drawn(beats, 30.0))) == pytest.approx(75, abs=0.5)
    assert np.isnan(rate_of(np.zeros((1, 3000), dtype=np.int16)))


def test_a_strip_without_a_rate_is_a_wrong_one() -> None:
    assert shares_beyond([(70.0, 70.0), (74.0, 70.0), (80.0, 70.0), (np.nan, 70.0)]) == [0.75, 0.5]
