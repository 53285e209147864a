from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mvkt.ecg.formats.readers.fhir_sampled_data import Piece, channels, is_ecg
from mvkt.ecg.formats.user_facts import NOTHING

ORIGIN = {"value": 0, "unit": "mV"}


def code(*displays: str) -> dict[str, Any]:
    return {"coding": [{"display": display} for display in displays]}


@pytest.mark.parametrize("text", ["MDC_ECG_HEART_RATE", "12 lead EKG panel", "Electrocardiogram", "Lead II", "34534-8"])
def test_codes_of_an_ecg(text: str) -> None:
    assert is_ecg(code("Observation", text))


@pytest.mark.parametrize("value", [None, [], {}, {"coding": [{"code": 5}]}, code("Pleth"), code("1" * 400)])
def test_codes_of_something_else(value: Any) -> None:
    assert not is_ecg(value)


def test_leads_follow_the_order_of_the_file() -> None:
    pieces = [
        Piece(code(f"Lead {lead}"), {"origin": ORIGIN, "period": 4, "data": data})
        for lead, data in (("II", "1 2"), ("V1", "3"), ("II", "4"))
    ]
    found, notes = channels(pieces, None, NOTHING)
    assert [(channel.name, channel.signal.tolist()) for channel in found] == [("II", [1, 2, 4]), ("V1", [3])]
    assert [channel.sampling_frequency for channel in found] == [250, 250]
    assert len(notes) == 1


def test_the_frequency_of_the_observation_stands_in() -> None:
    (channel,), _ = channels([Piece(code("ECG"), {"origin": ORIGIN, "data": "1 2 3"})], 300.0, NOTHING)
    assert (channel.sampling_frequency, channel.name) == (300.0, "ECG")
    np.testing.assert_array_equal(channel.signal, [1, 2, 3])
