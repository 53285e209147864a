"""Strips with a normal rhythm of the PhysioNet Challenge 2017."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.reference.normal_strips import normal_strips


@pytest.mark.data
def test_strips_of_a_fold_have_beats(shared_data: Path) -> None:
    strips = normal_strips(shared_data / "cinc2017-part", [9])
    assert {strip.fold for strip in strips} == {9}
    assert 360 < len(strips) <= 375
    assert all(strip.trace.shape[1] <= 6000 and len(strip.beats) > 3 for strip in strips)
