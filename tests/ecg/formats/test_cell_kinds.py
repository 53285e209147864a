from __future__ import annotations

import pytest

from mvkt.ecg.formats.cell_kinds import has_number, is_mostly_numbers, is_sparse_text, kind_of, kind_of_value


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
