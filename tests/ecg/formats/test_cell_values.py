from __future__ import annotations

import pytest

from mvkt.ecg.formats.cell_values import (
    millivolts_of,
    with_names_in_a_line,
    without_formulas,
    without_quotes_of_rows,
    without_thousands,
)


@pytest.mark.parametrize(
    ("cell", "millivolts"),
    [
        ("0.12 mV", 0.12),
        ("120µV", 0.12),
        ("-0,5 mV", -0.5),
        ("\u22120.5 mV", -0.5),
        ("1e-3 V", 1.0),
        ("0.12", None),
        ("mV", None),
        ("72 bpm", None),
        ("1.2.3 mV", None),
    ],
)
def test_a_number_with_a_unit_of_voltage(cell: str, millivolts: float | None) -> None:
    assert millivolts_of(cell) == (None if millivolts is None else pytest.approx(millivolts))


@pytest.mark.parametrize(
    ("row", "plain"),
    [
        ('="0.004",="1"', "0.004,1"),
        ('"=""0.004""";"=""1"""', "0.004;1"),
        ('="I"\t="II"\n="1"', "I\tII\n1"),
        ('# width="3"', '# width="3"'),
        ('a,"b"', 'a,"b"'),
    ],
)
def test_formulas_of_text(row: str, plain: str) -> None:
    assert without_formulas(row) == plain
    assert without_formulas(row.encode()) == plain.encode()


def test_rows_in_quotes_as_a_whole() -> None:
    plain = "time [s],I [mV]\r\n" + "0.004,0.1\r\n" * 9
    for quoted in ('"' + plain.rstrip().replace("\r\n", '"\r\n"') + '"\r\n', plain.replace("I [mV]", '"I [mV]"')):
        rows = without_quotes_of_rows(quoted)
        assert rows.replace('"', "").split() == plain.split()
        assert without_quotes_of_rows(quoted.encode()).replace(b'"', b"") == plain.encode()
    for cells in ('"0.1"\n' * 9, '"a","b"\n' * 9, '"a;b"\n1;2\n'):
        assert without_quotes_of_rows(cells) == cells
    nested = '"""time [s]"",""I [mV]"""\n' + '"0.004,0.1"\n' * 9
    assert without_quotes_of_rows(nested).startswith('"time [s]","I [mV]"\n0.004,0.1')


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_that_were_wrapped(end: str) -> None:
    text = f'"Time{end}(s)","ECG{end}(mV)"{end}"0.1","0.2"{end}"0.3","0.4"{end}'
    plain = f'"Time (s)","ECG (mV)"{end}"0.1","0.2"{end}"0.3","0.4"{end}'
    assert with_names_in_a_line(text) == plain
    assert with_names_in_a_line(text.encode()) == plain.encode()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("t;x\n0,004;1.016,25\n1.016,5;-2.016\n", "t;x\n0,004;1016,25\n1016,5;-2016\n"),
        ("0.004;1,016.25\n0.008;998.5\n", "0.004;1016.25\n0.008;998.5\n"),
        ('"0.004","1,016.25"\n', '"0.004","1016.25"\n'),
        ("0,004\t1\u2019016,25\n", "0,004\t1016,25\n"),
        ("0,004;1 016,25\n", "0,004;1016,25\n"),
        *[(same, same) for same in ("1.016,25\n", "1,016.25\n", "1 234.5\n", "1.016;5,5\n", "0.004 1,016.25\n")],
    ],
)
def test_marks_of_thousands(text: str, plain: str) -> None:
    assert without_thousands(text) == plain
    assert without_thousands(text.encode()) == plain.encode()
