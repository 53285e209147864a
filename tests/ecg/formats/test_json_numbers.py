from __future__ import annotations

from typing import Any

import pytest

from mvkt.ecg.formats.json_numbers import in_order, lists_in, numbers_of

COUNTS = list(range(9))


@pytest.mark.parametrize(
    "value",
    [
        COUNTS,
        [*COUNTS, None, "NaN"],
        [f"{number},5" for number in COUNTS],
        "0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8",
        "[0.1, nan, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]",
    ],
)
def test_lists_of_numbers(value: Any) -> None:
    assert len(numbers_of(value)) >= 8


@pytest.mark.parametrize("mark", ["; ", ";", " ", "\n"])
def test_decimal_commas_in_a_text(mark: str) -> None:
    cells = [f"{number},25" for number in range(9)]
    assert numbers_of(mark.join(cells)) == cells
    for again in (", ", ",", ",\n", "; "):
        assert numbers_of(again.join(map(str, range(9)))) == list(map(str, range(9)))
    assert len(numbers_of("\n".join(["1,2,3"] * 9))) == 27
    assert not numbers_of(" ".join(["0.004,0.12"] * 9))  # times and samples


@pytest.mark.parametrize("value", [[], [1, 2], [None] * 9, [*COUNTS, "x"], [*COUNTS, True], "Jane Doe was here", 5])
def test_what_is_none(value: Any) -> None:
    assert not numbers_of(value)


def test_columns_of_pandas_and_lists_among_others() -> None:
    column = {str(number): number / 2 for number in COUNTS}
    assert in_order(column) == [number / 2 for number in COUNTS]
    assert in_order({"a": 1}) == {"a": 1}
    assert lists_in({"a": COUNTS, "b": "x", "c": [1]}) == [COUNTS]
