"""Drawn recordings of known intervals are measured within the goals."""

from __future__ import annotations

import numpy as np
from benchmarks.quality.drawn_intervals import errors


def test_known_intervals_are_measured() -> None:
    made = errors(12, seed=3)
    assert np.isfinite(made).mean() > 0.9
    pr, qrs, qt = np.nanmedian(np.abs(made), axis=0)
    assert pr <= 10
    assert qrs <= 10
    assert qt <= 15
