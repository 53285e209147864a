from __future__ import annotations

import pytest

from mvkt.ecg.formats.promised_length import truncation_notes


@pytest.mark.parametrize(
    ("facts", "promised"),
    [
        ({"number of samples": "5000"}, "5,000"),
        ({"num samples": "5000"}, "5,000"),
        ({"samples": "5000", "duration": "5 s"}, "5,000"),
        ({"duration": "20 s"}, "5,000"),
        ({"recording length": "0,5 min"}, "7,500"),
        ({"aufzeichnungsdauer": "20 sek"}, "5,000"),
        ({"duration": "10.9 s"}, ""),
        ({"qrs duration": "98 ms"}, ""),
        ({"duration": "20"}, ""),
        ({"samples per second": "5000"}, ""),
        ({"number of samples": "2500"}, ""),
        ({"samples": "1000"}, ""),
    ],
)
def test_lengths_that_are_promised(facts: dict[str, str], promised: str) -> None:
    notes = truncation_notes(facts, 2500, 250.0)
    assert notes == ((f"truncated: 2,500 of {promised} samples are there",) if promised else ())
