from __future__ import annotations

import pytest

from mvkt.ecg.formats.cell_values import millivolts_of, without_formulas


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
