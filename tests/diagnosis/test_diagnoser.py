"""From a recording to a diagnosis."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

import mvkt
from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.diagnoser import Diagnoser, load
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.ecg.record import Record
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec, windows
from mvkt.errors import BundleError

Make = Callable[..., Path]
WithGap = Callable[[float], Record]
Beating = Callable[..., Record]
Head = Callable[..., RhythmHead]


def test_probabilities_are_the_calibrated_mean_of_the_logits(make_bundle: Make, beating: Beating) -> None:
    temperatures, thresholds = (1.0, 2.0, 0.5), (0.5, 0.9, 0.1)
    bundle = Bundle.open(make_bundle(temperatures=temperatures, thresholds=thresholds))
    record = beating(seconds=45.0)
    diagnosis = Diagnoser(bundle).diagnose(record)
    logits = bundle.logits(windows(record, SignalSpec(), "I").signal)
    expected = expit(logits.mean(axis=0) / np.array(temperatures))
    assert [finding.code for finding in diagnosis.findings] == ["AF", "NORM", "STD"]
    np.testing.assert_allclose([finding.probability for finding in diagnosis.findings], expected, atol=1e-6)
    assert [finding.positive for finding in diagnosis.findings] == list(expected >= np.array(thresholds))
    assert {finding.verdict for finding in diagnosis.findings} == {"found", "not found"}
    assert diagnosis.findings[0].title == "atrial fibrillation"
    assert (diagnosis.quality.windows, diagnosis.quality.judged, diagnosis.judged) == (5, 5, True)
    assert diagnosis.heart_rate == pytest.approx(72, abs=1)
    assert diagnosis.measurements.heart_rate.value == pytest.approx(72, abs=1)


def test_age_and_sex_shift_the_logits_of_a_student_that_takes_them(make_bundle: Make, beating: Beating) -> None:
    weights = ((1.0, 0.5, -2.0, 0.25), (0.0, 0.0, 0.0, 0.0), (-1.0, 0.0, 0.0, 0.0))
    bundle = Bundle.open(make_bundle(person_weights=weights, temperatures=(2.0, 1.0, 1.0)))
    record = beating(seconds=20.0)
    logits = bundle.logits(windows(record, SignalSpec(), "I").signal).mean(axis=0)
    # 80 years and male: one unit of 20 years over 60, and +1.
    shift = np.array([1.0 + 0.5 - 2.0 + 0.25, 0.0, -1.0])
    for someone, moved in ((replace(record, age=80.0, sex="male"), shift), (record, 0 * shift)):
        diagnosis = Diagnoser(bundle).diagnose(someone)
        found = diagnosis.findings
        assert any("age and sex of the person" in note for note in diagnosis.notes)
        expected = expit((logits + moved) / np.array([2.0, 1.0, 1.0]))
        np.testing.assert_allclose([finding.probability for finding in found], expected, atol=1e-6)


def test_a_threshold_that_is_met_is_positive(make_bundle: Make, beating: Beating) -> None:
    probability = load(make_bundle("first")).diagnose(beating()).findings[1].probability
    again = load(make_bundle("second", thresholds=(0.5, probability, 0.5))).diagnose(beating())
    assert again.findings[1].positive


def test_several_leads(make_bundle: Make, beating: Beating) -> None:
    bundle = Bundle.open(make_bundle(view="V2+I"))
    record = beating(("I", "II", "V2"))
    diagnosis = Diagnoser(bundle).diagnose(record)
    assert diagnosis.signal.leads == ("V2", "I")
    expected = expit(bundle.logits(windows(record, SignalSpec(), "V2+I").signal)[0])
    np.testing.assert_allclose([finding.probability for finding in diagnosis.findings], expected, atol=1e-6)


def test_notes_of_the_reader_are_passed_on(make_bundle: Make, beating: Beating) -> None:
    plain = beating()
    record = Record(plain.signal, plain.leads, plain.sampling_frequency, source="watch", notes=("cut off a pulse",))
    diagnosis = load(make_bundle()).diagnose(record)
    assert diagnosis.notes == ("cut off a pulse",)
    assert diagnosis.signal.source == "watch"
    assert diagnosis.signal.duration_seconds == 10.0


def test_a_student_of_simulated_recordings_is_called_so(make_bundle: Make, beating: Beating) -> None:
    simulated = load(make_bundle("simulated", provenance={"corpus": {"source": "simulated"}}))
    assert any("simulated recordings" in note for note in simulated.diagnose(beating()).notes)
    for number, provenance in enumerate(({}, {"corpus": "simulated"}, {"corpus": {"source": "ptb-xl"}})):
        other = load(make_bundle(f"other-{number}", provenance=provenance))
        assert other.diagnose(beating()).notes == ()


def test_a_network_of_rhythms_states_that_a_normal_rhythm_is_no_normal_ecg(make_bundle: Make, beating: Beating) -> None:
    codes = ("AF", "NSR")
    rhythm = load(make_bundle("rhythm", classes=codes, normal=("NSR",), shape=()))
    (note,) = rhythm.diagnose(beating()).notes
    assert note.startswith("a normal rhythm is no normal ECG")
    of_shape = load(make_bundle("shape", classes=("NORM", "SR"), normal=("NORM", "SR"), shape=("NORM",)))
    assert of_shape.diagnose(beating()).notes == ()


def test_json_has_everything(make_bundle: Make, beating: Beating) -> None:
    folder = make_bundle(thresholds=(0.01, 0.01, 0.99))
    diagnosis = mvkt.load(folder).diagnose(beating())
    content = json.loads(diagnosis.to_json())
    assert content["bundle"]["name"] == "tiny"
    assert content["bundle"]["sha256"] == json.loads((folder / "bundle.json").read_text())["checksums"]["model.onnx"]
    assert "not a medical device" in content["disclaimer"]
    assert content["findings"][0]["verdict"] == "found"
    assert [finding.code for finding in diagnosis.positive] == ["NORM", "AF"]
    assert Diagnosis.model_validate(content) == diagnosis


def test_inconclusive_band_of_the_bundle(make_bundle: Make, beating: Beating) -> None:
    plain = load(make_bundle("plain")).diagnose(beating())
    probability = plain.findings[1].probability
    band = (probability - 0.01, probability + 0.01)
    typical = {"NORM": "a heart in order"}
    folder = make_bundle("banded", inconclusive=((0.0, 0.0), band, (0.0, 0.0)), typical=typical)
    banded = load(folder).diagnose(beating())
    assert [finding.verdict for finding in banded.findings][1] == "inconclusive"
    assert "lies in the uncertain band" in banded.findings[1].reason
    assert [finding.typical for finding in banded.findings] == ["", "a heart in order", ""]
    assert (banded.findings[0], banded.findings[2]) == (plain.findings[0], plain.findings[2])
    assert "inconclusive" not in {finding.verdict for finding in plain.findings}


def test_timeline_has_every_window(make_bundle: Make, with_gap: WithGap) -> None:
    bundle, record = Bundle.open(make_bundle()), with_gap(45)
    timeline = Diagnoser(bundle).diagnose(record).timeline
    assert timeline.start_seconds == (0, 10, 20, 30, 35)
    assert timeline.judged == (True, False, True, True, True)
    assert timeline.heart_rate[1] is None
    assert timeline.heart_rate[0] == pytest.approx(72, abs=1)
    logits = bundle.logits(windows(record, SignalSpec(), "I").signal)[:, 0]
    expected = [None if number == 1 else value for number, value in enumerate(expit(logits).tolist())]
    assert timeline.probabilities["AF"] == tuple(
        pytest.approx(value, abs=1e-4) if value else None for value in expected
    )
    assert timeline.verdicts["STD"] == ("found", None, "found", "found", "found")


def test_long_recordings_are_judged_by_their_course(make_bundle: Make, beating: Beating) -> None:
    clean = beating(seconds=900)
    signal = np.array(clean.signal)
    generator = np.random.default_rng(3)
    signal[30_000:45_000] *= np.repeat(generator.uniform(0.2, 4, 1500), 10)[:, None]  # mean |signal| differs here
    record = Record(signal, clean.leads, clean.sampling_frequency)
    usual = load(make_bundle("first")).diagnose(clean).timeline.probabilities["NORM"][0]
    changed = load(make_bundle("second")).diagnose(record)
    values = changed.timeline.probabilities["NORM"]
    other = [value for value in values[31:44] if value is not None]
    assert usual is not None
    low, high = sorted((usual, float(np.median(other))))
    assert high - low > 0.005
    sign = 1 if np.median(other) > usual else -1
    middle = (low + high) / 2
    made = load(make_bundle("third", thresholds=(0.5, middle, 0.5))).diagnose(record)
    finding = made.findings[1]
    assert made.rule == "course"
    assert finding.course is not None
    assert finding.verdict == "found"
    assert 0.05 < (finding.course.burden if sign > 0 else 1 - finding.course.burden) < 0.35
    assert made.summary.startswith("15 min recorded")


def test_rule_changes_after_a_minute(make_bundle: Make, beating: Beating) -> None:
    diagnoser = load(make_bundle())
    assert [diagnoser.diagnose(beating(seconds=seconds)).rule for seconds in (60, 61)] == ["mean of windows", "course"]


@pytest.mark.parametrize(
    ("source", "seconds", "judged"), [("WFDB", 300, True), ("WFDB", 310, False), ("Polar", 30, False)]
)
def test_shape_is_judged_in_resting_recordings(
    source: str, seconds: int, judged: bool, make_bundle: Make, beating: Beating
) -> None:
    record = replace(beating(seconds=seconds, sampling_frequency=100.0), source=source)
    diagnosis = load(make_bundle(shape=("NORM", "STD"))).diagnose(record)
    assert (diagnosis.signal.unlike_training == "") == judged
    assert [finding.verdict != "not judged" for finding in diagnosis.findings] == [True, judged, judged]
    assert ("Not judged: " in diagnosis.summary) != judged
    assert all(finding.course is None for finding in diagnosis.findings if finding.verdict == "not judged")


def test_shape_is_not_judged_in_another_lead(make_bundle: Make, beating: Beating) -> None:
    diagnosis = load(make_bundle(shape=("NORM", "STD"))).diagnose(beating(("I", "V5")), lead="V5")
    assert [finding.verdict == "not judged" for finding in diagnosis.findings] == [False, True, True]
    assert diagnosis.findings[1].reason == "the student knows the shape of the waves only from lead I"


def test_an_impossible_unit_gets_a_note(make_bundle: Make, beating: Beating) -> None:
    record = beating()
    diagnosis = load(make_bundle()).diagnose(replace(record, signal=record.signal * 1000))
    assert "unit" in diagnosis.notes[0]


def test_a_child_gets_a_note(make_bundle: Make, beating: Beating) -> None:
    diagnoser = load(make_bundle())
    assert any("child of 9" in note for note in diagnoser.diagnose(replace(beating(), age=9)).notes)
    assert diagnoser.diagnose(replace(beating(), age=18)).notes == ()


def test_extreme_logits_do_not_overflow(
    make_bundle: Make, tiny_network: Callable[..., object], beating: Beating
) -> None:
    from onnx import numpy_helper

    network = tiny_network(leads=1, samples=1000, classes=3)
    bias = np.array([-1e30, 0, 1e30], dtype=np.float32)
    network.graph.initializer[1].CopyFrom(numpy_helper.from_array(bias, "bias"))  # type: ignore[attr-defined]
    diagnosis = load(make_bundle(network=network)).diagnose(beating())
    assert [finding.probability for finding in diagnosis.findings][::2] == [0.0, 1.0]


def test_bundle_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no bundle"):
        mvkt.load(tmp_path / "none")


def test_one_recording_takes_as_long_as_a_few_hundred_small_computations(make_bundle: Make, beating: Beating) -> None:
    """10 ms on an Intel Xeon with AMX; processors differ threefold, so numpy itself in the same run is the measure."""
    diagnoser, record = load(make_bundle()), beating(sampling_frequency=500.0)
    signal = record.signal[:, 0]

    def small_computations() -> None:
        for _ in range(270):
            np.median(np.pad(signal[:1000], 10, mode="edge"))

    diagnoser.diagnose(record)
    diagnosing, computing = [], []
    for _ in range(15):
        for work, seconds in ((lambda: diagnoser.diagnose(record), diagnosing), (small_computations, computing)):
            start = time.process_time()
            work()
            seconds.append(time.process_time() - start)
    assert min(diagnosing) < min(computing)


def test_diagnosis_imports_nothing_heavy(make_bundle: Make) -> None:
    script = (
        "import sys, numpy, mvkt; from mvkt.ecg.record import Record; "
        f"mvkt.load({str(make_bundle())!r})"
        ".diagnose(Record(numpy.zeros((1000, 1), dtype='float32'), ('I',), 100.0)); "
        "heavy = {'torch', 'pyarrow', 'matplotlib', 'onnx', 'safetensors', 'mvkt.corpora'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
    assert run.stderr == ""


def test_a_network_that_knows_noise_decides_on_it(make_bundle: Make, beating: Beating) -> None:
    record = beating(seconds=20.0)
    rows = np.array(record.signal)
    rows[1000:] += np.random.default_rng(0).normal(0, 0.6, (1000, 1)).astype(np.float32)
    noisy = Record(rows, ("I",), 100.0)
    kinds: dict[str, object] = {"classes": ("AF", "NOISE"), "thresholds": (0.5, 0.99)}
    assert Diagnoser(Bundle.open(make_bundle("indices"))).diagnose(noisy).quality.judged == 1
    trusted = Diagnoser(Bundle.open(make_bundle("trusted", **kinds))).diagnose(noisy)
    assert trusted.quality.judged == 2
    bands = {"inconclusive": ((0.5, 0.5), (0.01, 0.99))}  # what may be noise is left out as well
    careful = Diagnoser(Bundle.open(make_bundle("careful", **kinds, **bands))).diagnose(noisy)
    assert (careful.quality.judged, careful.findings) == (0, ())
    assert careful.quality.reasons == {"too noisy to be read, by the network": 2}
    assert careful.timeline.judged == (False, False)


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({}, 0),
        ({"despite_noise": ("AF",)}, 2),
        (
            {"despite_noise": ("AF",), "classes": ("AF", "NOISE")},
            0,
        ),  # noise is likelier
        ({"despite_noise": ("AF",), "inconclusive": ((0.01, 0.99), (0.1, 0.9)), "thresholds": (0.99, 0.9)}, 0),
    ],
)
def test_a_finding_that_noise_is_not_to_hide(
    make_bundle: Make, beating: Beating, changes: dict[str, object], judged: int
) -> None:
    bands = ((0.01, 0.99), (0.1, 0.1))
    kinds: dict[str, object] = {"classes": ("NOISE", "AF"), "thresholds": (0.99, 0.1), "inconclusive": bands}
    if "classes" in changes:
        kinds |= {"thresholds": (0.1, 0.99), "inconclusive": bands[::-1]}
    found = Diagnoser(Bundle.open(make_bundle(**kinds | changes))).diagnose(beating(seconds=20.0))
    assert found.quality.judged == judged
    assert [finding.verdict for finding in found.findings if finding.code == "AF"] == ["found"] * bool(judged)


def test_what_beats_add_counts_before_calibration(make_bundle: Make, beating: Beating, rhythm_head: Head) -> None:
    record, warm = beating(seconds=20.0), {"temperatures": (2.0, 1.0, 1.0)}
    plain = Diagnoser(Bundle.open(make_bundle("plain", **warm))).diagnose(record)
    head = rhythm_head((1.0, 0.0, -3.0))
    moved = Diagnoser(Bundle.open(make_bundle("moved", **warm, rhythm=head))).diagnose(record)

    def odds(probability: float) -> float:
        return float(np.log(probability / (1 - probability)))

    changes = [
        odds(after.probability) - odds(before.probability)
        for before, after in zip(plain.findings, moved.findings, strict=True)
    ]
    assert changes == pytest.approx([0.5, 0.0, -3.0], abs=1e-3)


@pytest.mark.parametrize("given", ["file.csv", np.zeros(3000)])
def test_what_is_no_recording_gets_advice(make_bundle: Callable[..., Path], given: object) -> None:
    with pytest.raises(TypeError, match=r"is no recording; mvkt.read\(path\) reads a file"):
        load(str(make_bundle())).diagnose(given)  # type: ignore[arg-type]
