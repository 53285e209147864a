from __future__ import annotations

import pytest

from mvkt.ecg.formats.column_names import name_and_unit, without_count


@pytest.mark.parametrize(
    ("name", "plain", "unit"),
    [
        ("I [mV]", "I", "mV"),
        ("time..s.", "time", "s"),  # of R
        ("ECG.I..mV.", "ECG.I", "mV"),
        ("Time_s_", "Time", "s"),  # of MATLAB
        ("ECGI_uV_", "ECGI", "uV"),
        ("Time (s) Run #1", "Time Run #1", "s"),
        ("EKG Voltage (mV) Run #1", "EKG Voltage Run #1", "mV"),
        ("Spannung in mV", "Spannung", "mV"),
        ("lead_II_in_mV", "lead_II", "mV"),
        ("mV", "", "mV"),
        ("Volt", "", "Volt"),
        ("V", "V", ""),
        ("VI", "VI", ""),
        ("ECG (II)", "II", ""),
        ("ECG [II]", "II", ""),
        ("V1 (C1)", "V1", ""),
        ("V1 (C1) [mV]", "V1", "mV"),
        ("I (Ch 1)", "I", ""),
        ("II (2)", "II (2)", ""),
        ("I (adu)", "I", "adu"),
        ("lead V", "lead V", ""),
        ("I_V", "I", "V"),
        ("aVF V", "aVF", "V"),
        ("ecg_1_", "ecg_1_", ""),
        ("I.mV", "I", "mV"),
        ("time.s", "time", "s"),
        ("ECG.V", "ECG.V", ""),
        ("ECG.II", "ECG.II", ""),
        ("amplitudeMv", "amplitude", "Mv"),
        ("ecgInMicroVolts", "ecg", "MicroVolts"),
        ("timestampMs", "timestamp", "Ms"),
        ("leadIMicroVolts", "leadI", "MicroVolts"),
        ("ecgLeadImV", "ecgLeadI", "mV"),
        ("ecgV", "ecgV", ""),
    ],
)
def test_names_with_units(name: str, plain: str, unit: str) -> None:
    assert name_and_unit(name) == (plain, unit)


def test_counts_of_pandas() -> None:
    assert without_count("II.1", ("II", "II.1")) == "II"
    assert without_count("ecg.1", ("ecg.1",)) == "ecg.1"
