"""Units of voltage."""

from __future__ import annotations

import pytest

from mvkt.ecg.formats.units import millivolts_per


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("mV", 1.0), ("V", 1e3), ("uV", 1e-3), ("µV", 1e-3), ("μV", 1e-3), ("nV", 1e-6), ("mcV", 1e-3),
        ("MICROVOLTS", 1e-3), ("milli-volt", 1.0), ("мкВ", 1e-3), ("ÂµV", 1e-3), ("Î¼V", 1e-3), ("[uV]", 1e-3),
        ("(mV)", 1.0), ("милливольты", 1.0), ("微伏", 1e-3), ("มิลลิโวลต์", 1.0),
        ("მკვ", 1e-3), ("մՎ", 1.0), ("مللي فولت", 1.0), ("میکروولت", 1e-3),
    ],
)  # fmt: skip
def test_units_in_symbols_words_and_scripts(unit: str, factor: float) -> None:
    assert millivolts_per(unit) == factor


@pytest.mark.parametrize("unit", ["", "mA", "counts", "mmHg", "kg", "m", "mVs^2", "m" * 1000, "Vi", "VI", "Vs", "mVs"])
def test_other_units_are_none(unit: str) -> None:
    assert millivolts_per(unit) is None
