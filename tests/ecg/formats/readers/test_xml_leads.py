"""Leads as lists of numbers in XML: sapphire, Schiller, CardioSoft."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.readers.xml_leads import LeadNumbers, Scale, channels_of, hertz, words_of
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.errors import RecordFormatError

SCALE = Scale(2.5, "uV", 500, invalid=-9)


def test_numbers_become_amplitudes() -> None:
    (lead,), notes = channels_of([LeadNumbers("I", ["4", "-9", "2", ""], 3)], SCALE, "XML", NOTHING)
    np.testing.assert_array_equal(lead.signal, [10, np.nan, 5])
    assert (lead.name, lead.unit, lead.sampling_frequency, lead.fault, notes) == ("I", "uV", 500, "", [])


def test_faults_are_those_of_a_lead() -> None:
    leads = [LeadNumbers("I", ["1", "2"], 5), LeadNumbers("II", ["1", "x"], 2), LeadNumbers("V1", [], 5)]
    (short, broken, empty), notes = channels_of(leads, SCALE, "XML", NOTHING)
    assert (len(short.signal), len(empty.signal), short.fault, empty.fault) == (2, 0, "", "")
    assert broken.fault == "XML: the samples of lead II are no numbers: the file is damaged"
    assert notes == ["lead I is truncated: 2 of 5 samples are there"]


@pytest.mark.parametrize("step", [None, 0.0, -5.0])
def test_without_a_step(step: float | None) -> None:
    with pytest.raises(RecordFormatError, match="XML: the file states no amplitude of a step"):
        channels_of([], Scale(step, "uV", 500), "XML", NOTHING)


def test_a_sampling_frequency_of_the_user() -> None:
    leads, scale = [LeadNumbers("I", ["1"], None)], Scale(1, "uV", None)
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        channels_of(leads, scale, "XML", NOTHING)
    assert channels_of(leads, scale, "XML", UserFacts(sampling_frequency=250))[0][0].sampling_frequency == 250


def test_sampling_frequencies_with_a_unit() -> None:
    assert [hertz("0,5", "kHz"), hertz("500", "HZ"), hertz("500", ""), hertz("500", "rpm"), hertz("", "Hz")] == [
        500.0,
        500.0,
        500.0,
        None,
        None,
    ]


@pytest.mark.parametrize("unit", ["uV", "uVperLsb", "uV/LSB", "µV per bit", "uV/count"])
def test_units_of_a_step(unit: str) -> None:
    (channel,), _ = channels_of([LeadNumbers("I", ["1"], None)], Scale(5.0, unit, 500.0), "X", NOTHING)
    assert channel.unit in ("uV", "µV")


@pytest.mark.parametrize("text", ["1,-2,3", "1 -2 3", "1, -2,\n3,", " 1,,-2\t3 "])
def test_lists_of_numbers(text: str) -> None:
    assert words_of(text) == ["1", "-2", "3"]


def test_more_samples_than_promised_are_a_note() -> None:
    (lead,), notes = channels_of([LeadNumbers("I", ["4", "5", "2"], 2)], SCALE, "XML", NOTHING)
    assert (len(lead.signal), notes) == (3, ["lead I has 3 samples; the file promises 2"])
