from __future__ import annotations

import pytest

from mvkt.ecg.formats.lead_codes import lead_of_code


@pytest.mark.parametrize(
    ("code", "lead"),
    [
        ("131330", "II"),
        ("131389", "III"),
        ("MDC_ECG_LEAD_AVR", "aVR"),
        ("MDC_ECG_ELEC_POTL_V3", "V3"),
        ("NOM_ECG_ELEC_POTL_I", "I"),
        ("LEAD_II", "II"),
        ("Lead II", "II"),
        ("V6", "V6"),
        ("2:1", "I"),
        ("2:61", "III"),
        ("5.6.3-9-8", "V6"),
        ("131330^MDC_ECG_ELEC_POTL_II^MDC", "II"),
        ("2:99", None),
        ("131328", None),
        ("MDC_ECG_HEART_RATE", None),
        ("", None),
    ],
)
def test_codes_of_leads(code: str, lead: str | None) -> None:
    assert lead_of_code(code) == lead
