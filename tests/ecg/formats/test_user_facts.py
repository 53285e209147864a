from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.errors import RecordFormatError


def test_what_the_file_states_is_taken() -> None:
    assert NOTHING.frequency_of(511.4) == 511.4
    assert NOTHING.unit_of("uV") == "uV"
    assert NOTHING.leads_of(["Lead I", "MLII"]) == ("I", "II")


def test_what_is_given_fills_what_is_not_stated() -> None:
    given = UserFacts(130.0, "uV", "I+II")
    assert given.frequency_of(None) == 130.0
    assert given.unit_of("") == "uV"
    assert given.leads_of(["Channel 1", "Channel 2"]) == ("I", "II")
    assert UserFacts(lead="Lead II").leads_of(["ECG"]) == ("II",)


def test_what_is_neither_given_nor_stated_is_an_error() -> None:
    with pytest.raises(RecordFormatError, match=r"sampling frequency, .*sampling_frequency=.*--sampling-frequency"):
        NOTHING.frequency_of(None)
    with pytest.raises(RecordFormatError, match=r"unit, .*unit=.*--unit"):
        NOTHING.unit_of("")


def test_in_a_contradiction_the_user_wins_with_a_note() -> None:
    given = UserFacts(512, "µV", "I")
    assert given.frequency_of(511.562) == 511.562, "the same frequency in round numbers"
    assert given.unit_of("uV") == "uV"
    assert given.leads_of(["II", "I"]) == ("II", "I"), "the lead that is meant is there"
    assert given.notes == []
    assert given.frequency_of(500) == 512
    assert given.frequency_of(1e9) == 512
    assert given.unit_of("mV") == "µV"
    assert given.unit_of("mmHg") == "µV"
    assert given.leads_of(["II"]) == ("I",)
    assert given.notes == [
        "512 Hz was given and is taken; the file states 500 Hz",
        "512 Hz was given and is taken; the file states 1e+09 Hz",
        "the unit µV was given and is taken; the file states mV",
        "the unit µV was given and is taken; the file states mmHg",
        "lead I was given and is taken; the file names II",
    ]


def test_one_name_for_several_leads_is_an_error() -> None:
    with pytest.raises(RecordFormatError, match=r"lead II, V1, not I: leave the lead out, or name 2 leads, joined by"):
        UserFacts(lead="I").leads_of(["II", "V1"])
    with pytest.raises(RecordFormatError, match=r"name 1 leads$"):
        UserFacts(lead="I+II").leads_of(["ECG"])


@pytest.mark.parametrize("frequency", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_impossible_frequencies(frequency: float) -> None:
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        UserFacts(sampling_frequency=frequency)
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        NOTHING.frequency_of(frequency)


def test_what_is_given_must_be_possible() -> None:
    with pytest.raises(RecordFormatError, match=r"'mmHg' is no unit of an ECG; expected nV"):
        UserFacts(unit="mmHg")
    with pytest.raises(RecordFormatError, match="is not a view"):
        UserFacts(lead="I+I")


def test_steps_are_in_the_unit_that_is_given() -> None:
    steps, given = np.array([10.0, 30.0]), UserFacts(unit="uV")
    scaled, unit = NOTHING.scaled(steps, 0.005, zero=10)
    assert (scaled.tolist(), unit) == ([0, 0.1], "mV")
    assert given.scaled(steps, 0.005) == (steps, "uV")
    assert given.notes == ["the unit uV was given and is taken; a step of the device is 5 µV"]
