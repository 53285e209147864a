from __future__ import annotations

import pytest

from mvkt.ecg.formats.cell_kinds import (
    has_number,
    is_mostly_numbers,
    is_numbers_and_words,
    is_sparse_text,
    kind_of,
    kind_of_value,
)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("-0,25", "number"), ("0.12 mV", "number"), ("", "missing"), ("#N/A", "missing"), ("lead off", "missing"),
        ("10:00:00.004", "time"), ("20240531100000004", "time"), ("2024-05-31", "date"), ("N", "text"),
    ],
)  # fmt: skip
def test_what_a_cell_holds(cell: str, kind: str) -> None:
    assert kind_of_value(cell) == kind
    assert kind_of(cell) == ("number" if kind == "missing" else kind)


def test_columns_with_words() -> None:
    rows = [["R", "x", "1"], ["", "1", "2"], ["", "2", "3"]]
    assert [is_sparse_text(rows, column) for column in range(3)] == [True, False, False]
    assert [is_mostly_numbers(rows, column) for column in range(3)] == [False, True, True]
    assert has_number(rows[0])
    assert not has_number(["a", ""])


def test_columns_of_numbers_with_words_again_and_again() -> None:
    def column(*words: str) -> list[list[str]]:
        return [[word] for word in (*words, *["0.1"] * 9)]

    assert is_numbers_and_words(column(*["LOFF"] * 4), 0)
    assert is_numbers_and_words(column(*["off"] * 4, *["SAT"] * 4), 0)
    assert not any(
        is_numbers_and_words(rows, 0)
        for rows in (column(), column("I [mV]"), column(*["R1"] * 4), column(*["a"] * 20), column(*["NaN"] * 4))
    )
