"""Which networks of the box read a recording, and why."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.diagnosis.network_choice import ChosenNetworks, assumed_lead, choose_networks, is_strip
from mvkt.ecg.leads import LIMB_LEADS, STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.errors import BundleError, LeadError

BOX = {"12-lead": "12-lead", "lead-I": "I", "lead-I-rhythm": "I", "lead-II": "II", "limb": "limb"}


def recorded(*leads: str) -> Record:
    rows = np.random.default_rng(0).normal(size=(1000, len(leads)))
    return Record(rows.astype(np.float32), leads, 100.0)


def damaged(record: Record, *leads: str, value: float = 0.0, from_second: float = 0.0) -> Record:
    signal = np.array(record.signal)
    signal[round(from_second * record.sampling_frequency) :, [record.leads.index(lead) for lead in leads]] = value
    return Record(signal, record.leads, record.sampling_frequency)


def choose(record: Record, lead: str | None = None) -> ChosenNetworks:
    return choose_networks(record, BOX, lead)


@pytest.mark.parametrize(
    ("leads", "lead", "names"),
    [
        (STANDARD_LEADS, None, ("12-lead",)),
        (("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"), None, ("12-lead",)),  # the others follow
        (LIMB_LEADS, None, ("limb",)),
        (("II", "III"), None, ("limb",)),
        ((*LIMB_LEADS, "V1", "V5"), None, ("limb",)),
        (("I",), None, ("lead-I", "lead-I-rhythm")),
        (("I", "V2"), None, ("lead-I", "lead-I-rhythm")),
        (("II", "V5"), None, ("lead-II",)),
        (STANDARD_LEADS, "II", ("lead-II",)),
        (("Channel 1",), "MLII", ("lead-II",)),
    ],
)
def test_the_network_that_sees_most(leads: tuple[str, ...], lead: str | None, names: tuple[str, ...]) -> None:
    assert choose(recorded(*leads), lead).names == names


def test_of_networks_that_see_equally_much_lead_i_comes_first() -> None:
    box = {"a": "V2", "b": "II", "c": "I"}
    assert choose_networks(recorded("V2", "II", "I"), box).names == ("c",)
    assert choose_networks(recorded("V2", "II"), box).names == ("b",)
    assert choose_networks(recorded("V2"), box).names == ("a",)


def test_the_reason_names_the_others() -> None:
    choice = choose(recorded(*STANDARD_LEADS)).choice
    assert choice.others == ("limb", "lead-I", "lead-I-rhythm", "lead-II")
    assert choice.reason == (
        "it sees the most of this recording, 12 leads; limb, lead-I, lead-I-rhythm, lead-II can read it as well"
    )
    assert choose(recorded("II")).choice.reason == "the only network in the box for this recording; it reads lead II"
    assert choose(recorded(*STANDARD_LEADS), "MLII").choice.reason == "lead II was named"


@pytest.mark.parametrize("value", [0.0, float("nan"), 3.2])
def test_a_network_that_needs_an_empty_lead_is_not_taken(value: float) -> None:
    chosen = choose(damaged(recorded(*STANDARD_LEADS), "V1", "V4", value=value))
    assert chosen.names == ("limb",)
    assert chosen.choice.reason.endswith("Not 12-lead: leads V1, V4 flat, or less than half recorded")
    assert choose(damaged(recorded(*STANDARD_LEADS), *LIMB_LEADS[2:], "V1", value=value)).names == (
        "lead-I",
        "lead-I-rhythm",
    )


def test_a_printout_that_keeps_most_leads_for_some_seconds_is_read_in_its_rhythm_strip() -> None:
    others = [lead for lead in STANDARD_LEADS if lead != "II"]
    assert choose(damaged(recorded(*STANDARD_LEADS), *others, value=np.nan, from_second=2.5)).names == ("lead-II",)
    assert choose(damaged(recorded(*STANDARD_LEADS), *others, value=np.nan, from_second=7.5)).names == ("12-lead",)


def test_where_no_lead_holds_anything_the_quality_reports_it_and_not_the_choice() -> None:
    assert choose(damaged(recorded(*STANDARD_LEADS), *STANDARD_LEADS)).names == ("12-lead",)


def test_no_network_for_the_recording() -> None:
    with pytest.raises(LeadError, match=r"read 12-lead, I, II, limb; this recording has V5.*--lead.*--bundle"):
        choose(recorded("V5"))
    with pytest.raises(LeadError, match="V5 was requested"):
        choose(recorded("I", "V5"), "V5")
    with pytest.raises(BundleError, match="no networks come with"):
        choose_networks(recorded("I"), {})


def strip(lead: str = "I", source: str = "AliveCor Kardia JSON", seconds: int = 30) -> Record:
    rows = np.random.default_rng(0).normal(size=(100 * seconds, 1)).astype(np.float32)
    return Record(rows, (lead,), 100.0, source=source)


@pytest.mark.parametrize(
    ("record", "lead", "names"),
    [
        (strip(), None, ("device",)),
        (strip(source="Apple Health"), "I", ("device",)),
        (strip(lead="ECG", source="WFDB"), "I", ("device",)),  # a single lead that has no name
        (strip(source="WFDB"), None, ("lead-I", "lead-I-rhythm")),
        (strip(source="Polar"), None, ("lead-I", "lead-I-rhythm")),
        (strip(seconds=400), None, ("lead-I", "lead-I-rhythm")),
        (strip(lead="II"), None, ("lead-II",)),  # the device network does not read it
        (recorded("I", "II"), "I", ("lead-I", "lead-I-rhythm")),
        (recorded(*STANDARD_LEADS), None, ("12-lead",)),
    ],
)
def test_strips_of_hand_held_devices_have_a_network_of_their_own(
    record: Record, lead: str | None, names: tuple[str, ...]
) -> None:
    chosen = choose_networks(record, {**BOX, "device": "I"}, lead, strips={"device"})
    assert chosen.names == names
    if names == ("device",):
        assert "hand-held" in chosen.choice.reason
        assert chosen.choice.others == ("lead-I", "lead-I-rhythm")


@pytest.mark.parametrize("lead", ["ECG", "ECG1", "Ch1", "lead", "unnamed", "Channel 1"])
def test_a_strip_whose_file_does_not_state_the_lead_is_read_by_the_network_of_strips(lead: str) -> None:
    record = strip(lead=lead, source="WFDB")
    chosen = choose_networks(record, {**BOX, "device": "I"}, strips={"device"})
    assert chosen.names == ("device",)
    assert "does not state its lead" in chosen.choice.reason
    assert chosen.choice.others == ("lead-I", "lead-I-rhythm")
    assert assumed_lead(record, "I", "cinc2017") == "I"


def test_the_lead_that_the_user_names_wins_over_the_assumption() -> None:
    box, record = {**BOX, "device": "I"}, strip(lead="ECG", source="WFDB")
    assert choose_networks(record, box, "II", strips={"device"}).names == ("lead-II",)
    assert choose_networks(record, box, "I", strips={"device"}).choice.reason.startswith("it learned from strips")


@pytest.mark.parametrize(
    "record",
    [
        strip(lead="CM5", source="WFDB"),  # a place, but none that is known
        strip(lead="ECG", source="Polar"),  # worn on the trunk
        strip(lead="ECG", source="WFDB", seconds=8),
        strip(lead="ECG", source="WFDB", seconds=400),  # of a Holter, as likely
        recorded("ECG1", "ECG2"),
    ],
)
def test_no_lead_is_assumed_where_it_may_be_another(record: Record) -> None:
    with pytest.raises(LeadError, match="name it"):
        choose_networks(record, {**BOX, "device": "I"}, strips={"device"})
    assert assumed_lead(record, "I", "cinc2017") is None


def test_networks_of_resting_ecgs_assume_no_lead() -> None:
    record = strip(lead="ECG", source="WFDB")
    assert assumed_lead(record, "I", "ptb-xl") is None
    assert assumed_lead(record, "I+II", "cinc2017") is None
    with pytest.raises(LeadError, match="this recording has ECG"):
        choose(record)


def test_without_such_a_network_strips_are_read_like_others() -> None:
    assert is_strip(strip())
    assert choose(strip()).names == ("lead-I", "lead-I-rhythm")
