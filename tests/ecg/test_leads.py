from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvkt.ecg.formats import read
from mvkt.ecg.leads import (
    LIMB_LEADS,
    NAMED_VIEWS,
    STANDARD_LEADS,
    derive_limb_leads,
    is_word_for_lead,
    names_no_place,
    normalise_lead,
    view_leads,
)
from mvkt.errors import LeadError

SPELLINGS = {
    "I": "I|i|DI|D1|MLI|MLi|Lead I|LEAD I|lead_i|Lead 1|lead1|ECG I|EKG I|ECG Lead I|MDC_ECG_LEAD_I|Ableitung I|"
    "Dérivation I|Derivación DI|derivation i| I |Ⅰ|I誘導|リードI|导联 I|I 导联|導聯I|Avledning I|ECG Lead 1|ECGI|LA-RA|"
    "ECG LA-RA|A1_ECG_LA-RA_24BIT_CAL|MDC_ECG_ELEC_POTL_I|ecg.lead.I|ch1: I|I-ecg|心电图I|I_raw|ECG/I|"
    "I_V|I (V)|ECG I mV|I [µV]",
    "II": "II|ii|DII|D2|MLII|MLii|ML II|Lead II|Lead 2|ECG II|ECG-II|MDC_ECG_LEAD_II|Ableitung II|II유도|"
    "derivazione II|отведение II|II. elvezetés|Odprowadzenie II|EKGII|ECG LL-RA",
    "III": "III|iii|DIII|D3|MLIII|Lead III|Lead 3|EKG III|MDC_ECG_LEAD_III",
    "aVR": "aVR|AVR|avr|aVR+|Lead aVR|ECG aVR|MDC_ECG_LEAD_AVR|mdc_ecg_lead_aVR|A VR",
    "aVL": "aVL|AVL|avl|aVL+|Lead AVL|ECG: aVL|MDC_ECG_LEAD_AVL",
    "aVF": "aVF|AVF|avf|aVF+|lead_aVF|ECG_avf|MDC_ECG_LEAD_AVF",
    **{f"V{n}": f"V{n}|v{n}| V{n} |V {n}|V_{n}|Lead V{n}|ECG V{n}|MDC_ECG_LEAD_V{n}" for n in range(1, 7)},
}
PAIRS = [(spelling, lead) for lead, spellings in SPELLINGS.items() for spelling in spellings.split("|")]
OTHER_LEADS = ["1", "Ch1", "channel 2", "-aVR", "V7", "V3R", "X", "CR1", "CM5", "ECG", "EKG 1", "I-II", "Leadless", ""]
OTHER_LEADS += ["ECG I filtered", "RA-LA", "I to II", "channel I V1", "ECG1", "I/O", "wave 2", "-ECG I"]
OTHER_LEADS += ["EEG I", "ST II", "Resp I", "SpO2 I", "inv. II", "filt. II", "Pressure I", "sensor i", "A I"]
OTHER_LEADS += ["ECG V", "ECG mV", "I V", "filt I mV"]


@pytest.mark.parametrize(("spelling", "lead"), PAIRS)
def test_spellings_of_the_twelve(spelling: str, lead: str) -> None:
    assert normalise_lead(spelling) == lead


@pytest.mark.parametrize(
    "name", ["Abl. II", "Deriv. II", "Odpr. II", "Отв. II", "Holter II", "Electrode: II", "SNUADC/ECG_II", "ECG ECGII"]
)
def test_a_lead_after_a_word_that_is_not_known(name: str) -> None:
    assert normalise_lead(name) == "II"


@pytest.mark.parametrize("name", OTHER_LEADS)
def test_other_leads_keep_their_names(name: str) -> None:
    assert normalise_lead(name) == name
    assert normalise_lead(f"  {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1",
        "ECG",
        "ecg1",
        "EKG 2",
        "ECG (raw)",
        "Ch1",
        "Channel 1",
        "lead",
        "unnamed",
        "Dérivation",
        "канал 1",
        "ЭКГ",
        "心电图",
    ],
)
def test_names_that_leave_the_place_open(name: str) -> None:
    assert names_no_place(name)


@pytest.mark.parametrize(
    "name", ["I", "lead 1", "ECG II", "MLII", "V1", "V3R", "CM5", "-aVR", "x", "A", "chest", "Resp"]
)
def test_names_that_may_mean_a_place(name: str) -> None:
    assert not names_no_place(name)


def test_every_standard_lead_has_spellings() -> None:
    assert set(SPELLINGS) == set(STANDARD_LEADS)
    assert LIMB_LEADS + tuple(f"V{n}" for n in range(1, 7)) == STANDARD_LEADS


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    once = normalise_lead(name)
    assert normalise_lead(once) == once
    assert once in STANDARD_LEADS or once == name.strip()


@given(st.sampled_from([spelling for spelling, _ in PAIRS]))
def test_case_does_not_matter(spelling: str) -> None:
    assert normalise_lead(spelling.upper()) == normalise_lead(spelling.lower()) == normalise_lead(spelling)


def test_views() -> None:
    assert view_leads("I") == ("I",)
    assert view_leads("lead ii") == ("II",)
    assert view_leads("I+II+V2") == ("I", "II", "V2")
    assert view_leads("V2 + i") == ("V2", "I")
    assert view_leads("limb") == LIMB_LEADS
    assert view_leads("12-lead") == STANDARD_LEADS
    assert view_leads("CM5") == ("CM5",)


@pytest.mark.parametrize("view", ["", "+", "I+", "I++II", "I+I", "II+MLII", " "])
def test_what_is_no_view(view: str) -> None:
    with pytest.raises(LeadError, match="not a view") as caught:
        view_leads(view)
    assert all(repr(name) in str(caught.value) for name in NAMED_VIEWS)


def limb_leads() -> dict[str, np.ndarray]:
    i, ii = np.random.default_rng(0).normal(size=(2, 50)).astype(np.float32)
    return {"I": i, "II": ii, "III": ii - i, "aVR": -(i + ii) / 2, "aVL": i - ii / 2, "aVF": ii - i / 2}


@pytest.mark.parametrize("known", [("I", "II"), ("I", "III"), ("II", "III"), ("I", "II", "III")])
def test_two_of_i_ii_iii_give_all_limb_leads(known: tuple[str, ...]) -> None:
    expected = limb_leads()
    derived = derive_limb_leads({lead: expected[lead] for lead in known})
    assert set(derived) == set(LIMB_LEADS)
    for lead, signal in derived.items():
        assert signal.dtype == np.float32
        np.testing.assert_allclose(signal, expected[lead], atol=1e-6, err_msg=lead)


@pytest.mark.parametrize("known", [(), ("I",), ("II", "V1"), ("aVR", "aVL", "aVF"), ("I", "aVF")])
def test_less_gives_nothing(known: tuple[str, ...]) -> None:
    signals = {lead: np.ones(3, dtype=np.float32) for lead in known}
    assert derive_limb_leads(signals) == signals


def test_recorded_leads_are_not_replaced() -> None:
    recorded = np.full(50, 7, dtype=np.float32)
    derived = derive_limb_leads({**limb_leads(), "aVR": recorded, "V1": recorded})
    assert derived["aVR"] is recorded
    assert derived["V1"] is recorded


@pytest.mark.data
@pytest.mark.parametrize("record", ["00001_hr", "00002_hr", "00003_hr"])
def test_einthoven_and_goldberger_on_real_recordings(shared_data: Path, record: str) -> None:
    recording = read(shared_data / "ptb-xl-subset" / "records500" / "00000" / record)
    recorded = dict(zip(recording.leads, recording.signal.T, strict=True))
    derived = derive_limb_leads({lead: recorded[lead] for lead in ("I", "II")})
    for lead in LIMB_LEADS:
        assert np.abs(recorded[lead]).max() > 0.05, lead
        np.testing.assert_allclose(derived[lead], recorded[lead], atol=0.01, err_msg=lead)


def test_two_names_are_no_third_lead() -> None:
    assert normalise_lead("I II") == "I II"
    assert [normalise_lead(name) for name in ("ML II", "a VR", "V 1", "I I I")] == ["II", "aVR", "V1", "I I I"]


def test_what_a_lead_is_called() -> None:
    assert all(map(is_word_for_lead, ("Avledningar", "kytkentä", "I誘導", "leads")))
    assert not any(map(is_word_for_lead, ("stage", "version", "channel")))
