from __future__ import annotations

import pytest

from mvkt.ecg.formats.column_values import even_step, has_thousands, numbers_columns


@pytest.mark.parametrize(
    ("cells", "step"),
    [
        ([str(n) for n in range(10)], 1.0),
        (["0", "1", "2", "3", "4", "5", "0", "1", "2", "3", "4", "5"], 1.0),
        ([f"{n * 0.004:.3f}" for n in range(10)], 0.004),
        (["0,000", "0,004", "0,008", "0,012", "0,016", "0,020", "0,024", "0,028"], 0.004),
        (["0", "3", "1", "5", "2", "8", "1", "0", "4"], 0.0),
        (["0", "1", "2"], 0.0),
        ([*map(str, range(9)), "x"], 0.0),
    ],
)
def test_columns_that_rise_evenly(cells: list[str], step: float) -> None:
    assert even_step(cells) == pytest.approx(step)


def test_thousands() -> None:
    assert has_thousands(["1,016", "512", "-2,048"])
    assert not has_thousands(["1,016", "0,512"])
    assert not has_thousands(["1,016", "2,048"])


def test_numbers_of_columns() -> None:
    assert numbers_columns(["0", "1"], [["0.1", "0.2"]])
    assert numbers_columns(["", "1", "2"], [["0", "0.1", "0.2"]])
    assert not numbers_columns(["0", "5"], [["0.1", "0.2"]])
