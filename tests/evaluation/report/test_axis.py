from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvkt.evaluation.report.axis import Axis


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_scale_covers_its_values_with_few_round_ticks(values: list[float]) -> None:
    scale = Axis.covering(values)
    assert 2 <= len(scale.ticks) <= 8
    assert scale.ticks[0] <= min(values) + 1e-6
    assert scale.ticks[-1] >= max(values) - 1e-6
    assert len({f"{tick:.{scale.digits}f}" for tick in scale.ticks}) == len(scale.ticks)


def test_places() -> None:
    scale = Axis.covering([0.81, 0.93])
    assert scale.ticks == (0.8, 0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94)
    assert (scale.at(0.8), scale.at(0.87), scale.at(0.94)) == ("0.00%", "50.00%", "100.00%")
    assert scale.width(0.8, 0.87) == "50.00%"
    assert scale.width(0.9, 0.8) == "0.00%"
    assert Axis.covering([0.5]).ticks == (0.5, 0.501)


@pytest.mark.parametrize("values", [[0.0, 1.0], [0.0, 0.0], [1.0]])
def test_the_ends(values: list[float]) -> None:
    assert len(Axis.covering(values).ticks) >= 2
