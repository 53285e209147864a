from __future__ import annotations

import pytest

from mvkt.ecg.formats.user_facts import NOTHING, Told
from mvkt.errors import RecordFormatError


def test_what_the_file_states_is_taken() -> None:
    assert NOTHING.frequency_of(511.4) == 511.4
    assert NOTHING.unit_of("uV") == "uV"
    assert NOTHING.leads_of(["Lead I", "MLII"]) == ("I", "II")


def test_what_is_told_fills_what_is_not_stated() -> None:
    told = Told(130.0, "uV", "I+II")
    assert told.frequency_of(None) == 130.0
    assert told.unit_of("") == "uV"
    assert told.leads_of(["Channel 1", "Channel 2"]) == ("I", "II")
    assert Told(lead="Lead II").leads_of(["ECG"]) == ("II",)


def test_what_is_neither_told_nor_stated_is_asked_for() -> None:
    with pytest.raises(RecordFormatError, match=r"sampling frequency, .*sampling_frequency=.*--sampling-frequency"):
        NOTHING.frequency_of(None)
    with pytest.raises(RecordFormatError, match=r"unit, .*unit=.*--unit"):
        NOTHING.unit_of("")


def test_a_contradiction_is_an_error() -> None:
    told = Told(512, "µV", "I")
    assert told.frequency_of(511.562) == 511.562, "the same frequency, told in round numbers"
    assert told.unit_of("uV") == "uV"
    assert told.leads_of(["II", "I"]) == ("II", "I"), "the lead that is meant is there"
    with pytest.raises(RecordFormatError, match=r"500 Hz, not 512 Hz"):
        told.frequency_of(500)
    with pytest.raises(RecordFormatError, match=r"mV, not µV"):
        told.unit_of("mV")
    with pytest.raises(RecordFormatError, match=r"lead II, not I as said; leave that out"):
        told.leads_of(["II"])
    with pytest.raises(RecordFormatError, match=r"name 2 leads, joined by '\+'"):
        told.leads_of(["Channel 1", "Channel 2"])


@pytest.mark.parametrize("frequency", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_impossible_frequencies(frequency: float) -> None:
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        Told(sampling_frequency=frequency)
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        NOTHING.frequency_of(frequency)


def test_what_is_told_must_be_possible() -> None:
    with pytest.raises(RecordFormatError, match=r"'mmHg' is no unit of an ECG; expected nV"):
        Told(unit="mmHg")
    with pytest.raises(RecordFormatError, match="is not a view"):
        Told(lead="I+I")
