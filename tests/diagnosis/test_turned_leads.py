"""Leads that are upside down: turned, or named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.diagnosis.conftest import Watched

from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.diagnoser import Diagnoser, load
from mvkt.ecg.quality import polarity
from mvkt.ecg.record import Record

Make = Callable[..., Path]
Beating = Callable[..., Record]


def heart(seconds: float = 40.0, leads: tuple[str, ...] = ("I",), sign: int = 1) -> Record:
    """Simulated sinus rhythm: real enough to have a right way up."""
    from mvkt.ecg.leads import STANDARD_LEADS
    from mvkt.ecg.simulate import simulate

    made = simulate(1, seed=3, conditions=("NORM",), duration=seconds)
    columns = [STANDARD_LEADS.index(lead) for lead in leads]
    return Record(sign * made.signal[0][:, columns], leads, 100.0)


def test_a_lead_upside_down_is_turned(make_bundle: Make) -> None:
    watched, other = (Watched(Bundle.open(make_bundle(name))) for name in ("one", "two"))
    upright = Diagnoser(watched).diagnose(heart())
    turned = Diagnoser(other).diagnose(heart(sign=-1))  # type: ignore[arg-type]
    assert upright.notes == ()
    assert "was upside down" in turned.notes[0]
    assert turned.signal.processing[0] == "turned upside down"
    assert turned.findings == upright.findings
    np.testing.assert_array_equal(np.concatenate(watched.given), np.concatenate(other.given))


def test_where_other_limb_leads_were_recorded_nothing_is_turned(make_bundle: Make) -> None:
    diagnosis = load(make_bundle()).diagnose(heart(leads=("I", "II"), sign=-1))
    assert "as with swapped electrodes; it was read as it came" in diagnosis.notes[0]
    assert "turned upside down" not in diagnosis.signal.processing


def test_a_network_of_several_leads_sees_swapped_arm_electrodes_in_lead_i(make_bundle: Make) -> None:
    diagnoser = load(make_bundle(view="I+II", shape=("STD",)))
    upright, swapped = (diagnoser.diagnose(heart(leads=("I", "II"), sign=sign)) for sign in (1, -1))
    assert [finding.verdict == "not judged" for finding in upright.findings] == [False, False, False]
    assert "lead I looks upside down, as with swapped electrodes" in swapped.notes[0]
    assert swapped.findings[2].verdict == "not judged"


def test_an_inverted_lead_i_with_upright_p_waves_is_left_to_a_network_of_several_leads(
    make_bundle: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polarity, "LEAST_OF_P_WAVES", 1e9)  # as with a right axis, which such a network knows
    diagnosis = load(make_bundle(view="I+V2", shape=("STD",))).diagnose(heart(leads=("I", "V2"), sign=-1))
    assert diagnosis.notes == ()
    assert diagnosis.findings[2].verdict != "not judged"


@pytest.mark.parametrize("leads", [("I", "II"), ("I",)])
def test_shape_is_not_judged_where_a_lead_looks_upside_down_and_is_not_turned(
    leads: tuple[str, ...], make_bundle: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polarity, "LEAST_OF_P_WAVES", 1e9)  # as if there were no P waves
    diagnosis = load(make_bundle(shape=("STD",))).diagnose(heart(leads=leads, sign=-1))
    assert "looks upside down" in diagnosis.notes[0]
    assert [finding.verdict == "not judged" for finding in diagnosis.findings] == [False, False, True]
    assert "upside down" in diagnosis.findings[2].reason
    assert diagnosis.timeline.verdicts["STD"] == ("not judged",) * 4
    assert all(value is not None for value in diagnosis.timeline.probabilities["STD"]), (
        "for whoever wants it all the same"
    )
