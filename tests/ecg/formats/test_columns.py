"""Columns of long text files."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import columns
from mvkt.ecg.formats.columns import quoted_cells, read_cells, read_columns, whole_rows
from mvkt.errors import RecordFormatError


def test_some_columns_with_gaps() -> None:
    content = b"t;a;b\n0;1,5;x\n1;;y\n# a remark\n2;-32768;z\n"
    (a,) = read_columns(content, 6, b";", 3, {1: np.float32}, comma=True, plain=False)
    np.testing.assert_array_equal(a, np.array([1.5, np.nan, np.nan], dtype=np.float32))
    assert list(read_cells(content, 6, b";", 3, 2)) == ["x", "y", "z"]


def test_blocks_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.random.default_rng(0).normal(0, 1, (500, 3)).round(4)
    content = "\n".join(",".join(map(str, row)) for row in table).encode()
    monkeypatch.setattr(columns, "_BLOCK_BYTES", 100)
    first, last = read_columns(content, 0, b",", 3, {0: np.float64, 2: np.float64}, comma=False)
    np.testing.assert_array_equal(np.stack([first, last], axis=1), table[:, [0, 2]])


def test_a_row_of_another_width() -> None:
    with pytest.raises(RecordFormatError):
        read_columns(b"1,2\n3\n", 0, b",", 2, {0: np.float64}, comma=False)
    with pytest.raises(RecordFormatError, match="a row has 1 cells where others have 2"):
        list(read_cells(b"1,2\n3\n", 0, b",", 2, 0))


def test_too_many_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_CELLS", 5)
    with pytest.raises(RecordFormatError, match="use EDF or WFDB"):
        read_columns(b"1\n" * 10, 0, b"", 1, {0: np.float64}, comma=False)


def test_quotes() -> None:
    assert quoted_cells('a,"b,c",d', ",") == ["a", "b,c", "d"]


def test_cells_of_spreadsheet_programs_without_a_number() -> None:
    rows = ["#N/A,1", "#DIV/0!,2", "3,1.#QNAN", "\\N,—", "# a comment", "5,6"]
    first, second = read_columns("\n".join(rows).encode(), 0, b",", 2, {0: float, 1: float}, comma=False)
    np.testing.assert_array_equal(first, [np.nan, np.nan, 3, np.nan, 5])
    np.testing.assert_array_equal(second, [1, 2, np.nan, np.nan, 6])


def test_a_row_that_was_cut_off() -> None:
    note = ("truncated: the file ends within a row, which is left out",)
    assert whole_rows(b"1;2\n3;4\n5", 0, b";", 2) == (b"1;2\n3;4", note)
    for whole in (b"1;2\n3;4\n", b"1;2\r\n3;4", b"1;2\n\n", b"1;2\n3\n4\n"):
        assert whole_rows(whole, 0, b";", 2) == (whole, ())
