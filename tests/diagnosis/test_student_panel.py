"""Students that read together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mvkt.diagnosis import student_panel
from mvkt.diagnosis.student_panel import Panel
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, LeadError

InTheBox = Callable[..., Path]
Beating = Callable[..., Record]


def test_all_students_of_the_lead_are_run(in_the_box: InTheBox, beating: Beating) -> None:
    in_the_box("lead-I"), in_the_box("lead-I-rhythm", classes=("SR",)), in_the_box("lead-II", view="II")
    opinions = Panel().judge(beating(("I", "II")))
    assert [opinion.diagnosis.bundle.name for opinion in opinions] == ["student lead-I", "student lead-I-rhythm"]
    assert [finding.code for finding in opinions[1].diagnosis.findings] == ["SR"]


def test_what_students_see_alike_is_computed_once(
    in_the_box: InTheBox, beating: Beating, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_box("a"), in_the_box("b"), in_the_box("c", signal=SignalSpec(band=(1.0, 30.0)))
    calls: list[SignalSpec] = []
    real = student_panel.prepare
    monkeypatch.setattr(student_panel, "prepare", lambda *args: calls.append(args[2]) or real(*args))
    first, second, third = Panel().judge(beating())
    assert first.prepared is second.prepared
    assert third.prepared is not first.prepared
    assert len(calls) == 2


def test_students_are_opened_once(in_the_box: InTheBox, beating: Beating) -> None:
    in_the_box("lead-I")
    opened = Panel()
    first, second = (opened.judge(beating())[0].diagnoser for _ in range(2))
    assert first is second


def test_a_named_student_reads_alone(in_the_box: InTheBox, make_bundle: InTheBox, beating: Beating) -> None:
    in_the_box("lead-I")
    (opinion,) = Panel(make_bundle("mine", view="II")).judge(beating(("I", "II")))
    assert (opinion.diagnosis.bundle.name, opinion.diagnosis.signal.leads) == ("tiny", ("II",))
    (other,) = Panel("lead-I").judge(beating(("II",)), "II")
    assert not other.diagnosis.signal.within_training_view


def test_a_strip_without_a_lead_is_read_by_the_network_of_strips_as_lead_i(beating: Beating) -> None:
    (opinion,) = Panel().judge(beating(("ECG",), seconds=30.0))
    diagnosis = opinion.diagnosis
    assert diagnosis.bundle.name == "device"
    assert (diagnosis.signal.recorded_leads, diagnosis.signal.leads) == (("ECG",), ("I",))
    assert "lead I is assumed" in diagnosis.notes[0]
    assert diagnosis.choice is not None
    assert "does not state its lead" in diagnosis.choice.reason
    (named,) = Panel("device").judge(beating(("ECG",), seconds=30.0))
    assert named.diagnosis.notes == diagnosis.notes
    assert named.diagnosis.findings == diagnosis.findings
    (other,) = Panel("lead-II").judge(beating(("ECG",), seconds=30.0), "II")
    assert "as given" in other.diagnosis.notes[0]
    with pytest.raises(LeadError, match="If this is lead I, give it: --lead I"):
        Panel("lead-I").judge(beating(("ECG",), seconds=30.0))


def test_faults_are_known_at_once_or_by_recording(in_the_box: InTheBox, beating: Beating, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        Panel(tmp_path / "none")
    in_the_box("lead-I")
    with pytest.raises(LeadError):
        Panel().judge(beating(("V1",)))
