from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.column_values import (
    are_decimals,
    begins_with_rate,
    check_thousands,
    even_step,
    has_thousands,
    numbers_columns,
)
from mvkt.errors import RecordFormatError


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
        ([str(n % 256) for n in range(200, 500) if n not in (220, 301)], 1.0),
        ([f"{n * 0.004:.3f}" for n in range(100) if not 30 <= n < 50], 0.004),
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


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["0", "0512"], ["-0", "0021"], ["0", "1"]], True),
        ([["0", "004", "0", "0512"], ["0", "008", "-1", "012"]], True),
        ([["0", "512"], ["4", "498"]], False),
        ([[str(n), f"{n * 7 % 50:04}"] for n in range(10)], False),  # counts, and numbers with zeros before them
        ([["10", "00", "01", "512"], ["10", "00", "01", "498"]], False),  # hours, minutes, seconds
        ([["0", "0512", "1"]], False),
    ],
)
def test_parts_of_decimal_commas(rows: list[list[str]], expected: bool) -> None:
    assert are_decimals(rows) is expected


@pytest.mark.parametrize(
    ("first", "others", "expected"),
    [("250", 0.01, True), ("250", 3, True), ("250", 40, False), ("251", 0.01, False), ("250.0", 0.01, False)],
)
def test_a_first_number_that_is_the_rate(first: str, others: float, expected: bool) -> None:
    assert begins_with_rate([first, *(str(n % 3 * others) for n in range(20))]) is expected


@pytest.mark.parametrize("quiet", [0, 600])
def test_points_that_separate_thousands(quiet: int) -> None:
    """The first of them may come long after those rows by which the layout is found."""
    microvolts = [0] * quiet + [round(1100 * value) for value in np.sin(np.arange(1000) / 9)]
    rows = "".join(f"{n * 4};{value:,}\n".replace(",", ".") for n, value in enumerate(microvolts))
    with pytest.raises(RecordFormatError, match="thousands separators"):
        read(f"time_ms;ECG_uV\n{rows}".encode())


@pytest.mark.parametrize("cells", [["512", "513.5", "400"], ["1.016", "0.512", "2"], ["1.016", "2", "3"], ["512"] * 3])
def test_points_that_separate_none(cells: list[str]) -> None:
    check_thousands(np.array([float(cell) for cell in cells]), lambda: cells)
