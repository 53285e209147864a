"""Which leads are read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mvkt.diagnosis.leads_to_read import choose_leads, describe_processing
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import LeadError

Beating = Callable[..., Record]


def test_own_view_needs_no_words(beating: Beating) -> None:
    reading = choose_leads(beating(("II", "I")), "I", None)
    assert (reading.view, reading.within_training_view, reading.notes) == ("I", True, ())


def test_derived_lead_is_noted(beating: Beating) -> None:
    reading = choose_leads(beating(("II", "III")), "I", None)
    assert reading.within_training_view
    assert reading.notes == ("lead I computed from the recorded limb leads",)


def test_another_lead_is_refused_unless_it_is_named(beating: Beating) -> None:
    record = beating(("II", "V5"))
    with pytest.raises(LeadError, match=r"needs lead I; this recording has II, V5.*--lead II"):
        choose_leads(record, "I", None)
    reading = choose_leads(record, "I", "MLII")
    assert (reading.view, reading.within_training_view) == ("II", False)
    assert "trained on lead I" in reading.notes[1]
    with pytest.raises(LeadError, match="needs lead V1; this recording has II, V5"):
        choose_leads(record, "I", "V1")


def test_an_unnamed_lead_is_the_one_that_is_given(beating: Beating) -> None:
    record = beating(("ECG",))
    with pytest.raises(LeadError, match="If this is lead I, give it: --lead I"):
        choose_leads(record, "I", None)
    chosen = choose_leads(record, "I", "lead I")
    assert (chosen.record.leads, chosen.view, chosen.within_training_view) == (("I",), "I", True)
    assert chosen.notes == ("the recording does not state which lead it is; read as lead I, as given",)
    other = choose_leads(record, "I", "II")
    assert (other.view, other.within_training_view, len(other.notes)) == ("II", False, 2)
    as_it_is = choose_leads(record, "I", "ECG")
    assert (as_it_is.view, as_it_is.within_training_view) == ("ECG", False)


def test_a_lead_is_assumed_only_where_neither_the_file_nor_the_user_names_it(beating: Beating) -> None:
    reading = choose_leads(beating(("ECG",)), "I", None, assumed="I")
    assert (reading.record.leads, reading.view, reading.within_training_view) == (("I",), "I", True)
    assert reading.notes == (
        "the recording does not state which lead it is; lead I is assumed, as hand-held devices record it",
    )
    assert "as given" in choose_leads(beating(("ECG",)), "I", "I", assumed="I").notes[0]
    with pytest.raises(LeadError, match="needs lead I; this recording has II"):
        choose_leads(beating(("II",)), "I", None, assumed="I")


def test_a_lead_that_has_a_name_is_not_renamed(beating: Beating) -> None:
    with pytest.raises(LeadError, match="needs lead I; this recording has II"):
        choose_leads(beating(("II",)), "I", "I")


def test_a_lead_cannot_be_chosen_for_several(beating: Beating) -> None:
    record = beating(("I", "II", "V2"))
    assert choose_leads(record, "I+II+V2", None).view == "I+II+V2"
    with pytest.raises(LeadError, match="only for a student that reads one lead"):
        choose_leads(record, "I+II+V2", "I")
    with pytest.raises(LeadError, match="needs lead V1") as raised:
        choose_leads(record, "I+V1", None)
    assert "--lead" not in str(raised.value)


def test_processing_is_described(beating: Beating) -> None:
    spec = SignalSpec()
    assert describe_processing(beating(sampling_frequency=511.4, seconds=30), spec, 3) == (
        "resampled from 511.4 to 100 Hz",
        "filtered to 0.5 to 40 Hz",
        "cut into 3 windows of 10 s",
        "each window brought to mean 0 and standard deviation 1",
    )
    raw = SignalSpec(band=None, standardise="none")
    assert describe_processing(beating(seconds=4.5), raw, 1) == ("padded from 4.5 to 10 s", "left in mV")
    scaled = SignalSpec(band=None, standardise="global", mean=0.01, std=0.25)
    assert describe_processing(beating(), scaled, 1) == ("scaled by mean 0.01 mV and standard deviation 0.25 mV",)


def test_the_recording_is_not_changed(beating: Beating) -> None:
    record = beating(("ECG",))
    before = np.array(record.signal)
    choose_leads(record, "I", "I")
    assert record.leads == ("ECG",)
    np.testing.assert_array_equal(record.signal, before)
