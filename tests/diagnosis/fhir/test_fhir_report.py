"""Bundles are valid FHIR R4, and hold what the diagnosis holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle

import mvkt
from mvkt.cli import main
from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.fhir.fhir_report import fhir_bundle
from mvkt.diagnosis.fhir.waveform import Stretch, beginning, waveform
from mvkt.diagnosis.review import Decision, OwnFinding, Review, decision_words
from mvkt.diagnosis.student_panel import Panel
from mvkt.ecg.record import Record
from mvkt.ecg.simulate import simulate
from mvkt.numbers import duration

REVIEW = Review(
    reviewer="Dr. Ärztin",
    note="seen at the bedside",
    time=datetime(2024, 5, 1, 12, 0, tzinfo=UTC),
    decisions=(
        Decision(code="SR", title="sinus rhythm", judgement="rejected", note="irregular"),
        Decision(code="AFIB", title="atrial fibrillation", judgement="changed", instead="atrial flutter"),
    ),
    added=(OwnFinding(title="electrode off", note="V4"),),
)


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(1, seed=3, conditions=("AF",), duration=10, sampling_frequency=500).record(0)


@pytest.fixture(scope="module")
def recording(record: Record) -> DiagnosedRecording:
    return DiagnosedRecording(file="a.csv", diagnoses=tuple(opinion.diagnosis for opinion in Panel().judge(record)))


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    Bundle.model_validate(bundle)  # raises where it is no valid R4
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def observation(bundle: dict[str, Any], code: str) -> dict[str, Any]:
    found = [
        entry for entry in resources(bundle, "Observation") if entry["code"].get("coding", [{}])[0].get("code") == code
    ]
    assert len(found) == 1
    return found[0]


def test_all_that_was_judged_is_in_it(recording: DiagnosedRecording, record: Record) -> None:
    bundle = fhir_bundle(recording, beginning(record))
    (report,) = resources(bundle, "DiagnosticReport")
    assert bundle["entry"][0]["resource"] is report
    assert "not a medical device" in report["conclusion"]
    assert report["status"] == "preliminary"
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert {by_url[link["reference"]]["resourceType"] for link in report["result"]} == {"Observation"}
    diagnosis = recording.diagnoses[0]
    for finding in diagnosis.findings:
        made = observation(bundle, finding.code)
        assert made["component"][0]["valueQuantity"]["value"] == pytest.approx(finding.probability, abs=1e-4)
        assert made.get("valueCodeableConcept", made.get("dataAbsentReason"))["text"] == finding.wording
        assert by_url[made["device"]["reference"]]["deviceName"][0]["name"] == f"mvkt {diagnosis.bundle.name}"
    assert observation(bundle, "8867-4")["valueQuantity"]["value"] == round(diagnosis.heart_rate or 0, 1)


def test_what_was_measured_is_in_it_with_its_unit_or_why_it_was_not(recording: DiagnosedRecording) -> None:
    bundle, measured = fhir_bundle(recording), recording.diagnoses[0].measurements
    codes = {"8625-6": measured.pr, "8633-0": measured.qrs, "8634-8": measured.qt, "76634-5": measured.qtc_fridericia}
    assert measured.qrs.value is not None
    for code, measurement in codes.items():
        made = observation(bundle, code)
        if measurement.value is None:
            assert made["dataAbsentReason"]["text"] == measurement.because
        else:
            assert made["valueQuantity"]["value"] == measurement.value
            assert made["valueQuantity"]["code"] == "ms"
    assert "irregular" in observation(bundle, "8625-6")["dataAbsentReason"]["text"]


def test_the_trace_comes_back_as_it_was(recording: DiagnosedRecording, record: Record) -> None:
    bundle = fhir_bundle(recording, beginning(record))
    found = mvkt.read(json.dumps(bundle).encode(), "a.json")
    assert found.leads == record.leads
    assert found.sampling_frequency == record.sampling_frequency
    np.testing.assert_allclose(found.signal, record.signal, atol=0.00051)


def test_gaps_and_rates_that_are_no_whole_number() -> None:
    values = np.array([[0.1, np.nan, -0.25, 0.0]])
    (component,) = waveform(Stretch(values, ("chest",), 511.5))["component"]
    assert component["valueSampledData"]["data"] == "100 E -250 0"
    assert component["valueSampledData"]["period"] == pytest.approx(1000 / 511.5, abs=1e-9)
    assert component["code"] == {"text": "Lead chest"}


def test_a_long_trace_is_cut_and_that_is_noted(recording: DiagnosedRecording) -> None:
    made = simulate(1, seed=3, conditions=("NORM",), duration=90, sampling_frequency=100).record(0)
    long = DiagnosedRecording(file="a", diagnoses=tuple(opinion.diagnosis for opinion in Panel().judge(made)))
    stretch = beginning(made)
    assert stretch.seconds == 60
    trace = observation(fhir_bundle(long, stretch), "131328")
    assert trace["note"] == [{"text": f"{duration(60)} of {duration(90)}, from 0 s on"}]
    assert "note" not in observation(fhir_bundle(recording, Stretch(stretch.millivolts, stretch.leads, 600)), "131328")


def test_the_decision_of_a_person_stands_beside_the_answer(recording: DiagnosedRecording) -> None:
    plain = fhir_bundle(recording)
    bundle = fhir_bundle(recording.model_copy(update={"review": REVIEW}))
    for code, words in (("SR", "rejected: irregular"), ("AFIB", "changed to atrial flutter")):
        made, before = observation(bundle, code), observation(plain, code)
        note = made["note"][-1]
        assert (note["text"], note["authorString"], note["time"]) == (words, "Dr. Ärztin", "2024-05-01T12:00:00+00:00")
        assert made.get("valueCodeableConcept") == before.get("valueCodeableConcept")
    own = [entry for entry in resources(bundle, "Observation") if entry["code"]["text"] == "electrode off"]
    assert own[0]["note"][0]["text"] == "V4"
    (report,) = resources(bundle, "DiagnosticReport")
    assert report["resultsInterpreter"] == [{"display": "Dr. Ärztin"}]
    assert "Reviewed by Dr. Ärztin: sinus rhythm rejected: irregular;" in report["conclusion"]


def test_the_same_diagnosis_gives_the_same_bundle(recording: DiagnosedRecording, record: Record) -> None:
    assert fhir_bundle(recording, beginning(record)) == fhir_bundle(recording, beginning(record))


@pytest.mark.parametrize(
    ("start", "expected"),
    [(datetime(2024, 5, 1, 8), "2024-05-01"), (datetime(2024, 5, 1, 8, tzinfo=UTC), "2024-05-01T08:00:00+00:00")],
)
def test_a_time_of_day_needs_a_time_zone(recording: DiagnosedRecording, start: datetime, expected: str) -> None:
    first = recording.diagnoses[0]
    dated = first.model_copy(update={"signal": first.signal.model_copy(update={"start_time": start})})
    bundle = fhir_bundle(recording.model_copy(update={"diagnoses": (dated,)}))
    assert resources(bundle, "DiagnosticReport")[0]["effectiveDateTime"] == expected


def test_nothing_that_names_a_person_is_in_it(recording: DiagnosedRecording) -> None:
    (patient,) = resources(fhir_bundle(recording), "Patient")
    assert set(patient) == {"resourceType", "gender"}


def test_words_of_a_decision() -> None:
    assert decision_words(Decision(code="X", title="x", judgement="confirmed")) == "confirmed"
    assert [decision_words(decision) for decision in REVIEW.decisions] == [
        "rejected: irregular",
        "changed to atrial flutter",
    ]


def test_the_command_writes_bundles(tmp_path: Path, beating: Callable[..., Record]) -> None:
    single, folder = tmp_path / "one.json", tmp_path / "bundles"
    mvkt.ecg.formats.write(beating(), tmp_path / "a.csv")  # type: ignore[attr-defined]
    mvkt.ecg.formats.write(beating(), tmp_path / "b.csv")  # type: ignore[attr-defined]
    files = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    facts = ["--sampling-frequency", "100", "--unit", "mV"]
    assert CliRunner().invoke(main, ["diagnose", files[0], *facts, "--fhir", str(single)]).exit_code == 0
    assert resources(json.loads(single.read_text()), "DiagnosticReport")
    assert CliRunner().invoke(main, ["diagnose", *files, *facts, "--fhir", str(folder)]).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "b.json"]
    refused = CliRunner().invoke(main, ["diagnose", *files, *facts, "--fhir", str(single)])
    assert refused.exit_code == 2
    assert "need a folder for their FHIR bundles" in refused.output
