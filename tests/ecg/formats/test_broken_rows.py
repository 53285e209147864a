from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.broken_rows import (
    CUT_NOTE,
    whole_lines,
    with_blank_rows,
    with_missing_samples,
    without_cut_number,
)


@pytest.mark.parametrize(
    ("column", "expected", "note"),
    [
        (b"1\n2\n\n3\n", b"1\n2\nnan\n3", "missing samples: 1"),
        (b"1\r\n\r\n \t\r\n2\r\n", b"1\nnan\nnan\n2", "missing samples: 2"),
        (b'1\n""\n2\n', b"1\nnan\n2", "missing samples: 1"),
        (b'1\r""\r2\r', b"1\nnan\n2", "missing samples: 1"),
        (b"1\n2\n", b"1\n2", ""),
        (b"1\n\n2\n\n3\n\n4\n\n5\n", b"1\n\n2\n\n3\n\n4\n\n5", ""),
        (b"1\r\r\n2\r\r\n3\r\r\n4\r\r\n5\r\r\n", b"1\n\n2\n\n3\n\n4\n\n5", ""),
        (b"1\n2\n\n" * 4 + b"9", b"1\n2\n\n" * 4 + b"9", "after every 2 samples are passed over"),
    ],
)
def test_blank_lines(column: bytes, expected: bytes, note: str) -> None:
    found, notes = with_missing_samples(column)
    assert (found, bool(notes)) == (expected, bool(note))
    assert note in "".join(notes)


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        (b"0.123\n0.234\n0.345\n0.4", True),
        (b"0.123\n0.234\n0.345\n0", True),
        (b"0.00,0.123\n0.01,0.234\n0.02,0.345\n0.03,0.", True),
        (b"0.123\n0.234\n0.345\n0.456", False),
        (b"0.123\n0.234\n0.345\n0.4\n", False),
        (b"0.1\n0.22\n0.333\n1", False),
        (b"512\n498\n501\n5", False),
        (b"1", False),
    ],
)
def test_a_last_number_that_was_cut_off(rows: bytes, cut: bool) -> None:
    for comma in (False, True):
        content = rows.replace(b",", b";").replace(b".", b",") if comma else rows
        found, notes = without_cut_number(content, comma=comma)
        assert notes == ((CUT_NOTE,) if cut else ())
        assert found == (content[: content.rfind(b"\n") + 1] if cut else content)


def test_lines_of_a_watch_export() -> None:
    assert whole_lines("1.25\n\n2.50\n3.75\n4.") == (
        ["1.25", "", "2.50", "3.75", ""],
        (CUT_NOTE, "blank lines between the samples are passed over: 1"),
    )


@pytest.mark.parametrize("blank", ["", " ", '""'])
def test_a_blank_line_in_a_single_column_is_a_missing_sample(blank: str) -> None:
    lines = [f"{np.sin(n / 9):.4f}" for n in range(600)]
    lines[300:320] = [blank] * 20
    for newline in ("\n", "\r\n"):
        record = read(newline.join(["I [mV]", *lines, ""]).encode(), sampling_frequency=250)
        assert (len(record.signal), int(np.isnan(record.signal).sum())) == (600, 20)
        assert record.notes == ("blank lines are taken for missing samples: 20",)


def test_blank_rows() -> None:
    assert with_blank_rows(b"1;2\n;\n3;4\n", b";", 2) == b"1;2\nnan;nan\n3;4\n"
    assert with_blank_rows(b"1,2\n,,\n\n3,4", b",", 2) == b"1,2\n,,\n\n3,4"
    assert with_blank_rows(b"1 2\n \n", b" ", 2) == b"1 2\n \n"
