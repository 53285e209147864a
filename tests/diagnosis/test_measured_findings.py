"""Findings that follow from a measurement, and answers that do not contradict their own numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn

import mvkt
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.finding import Finding
from mvkt.diagnosis.measured_findings import (
    DEFINED,
    FAST,
    LONGEST_PR,
    MOST_CHANGE,
    SLOW,
    measured_windows,
    with_measurements,
    without_fibrillation,
)
from mvkt.diagnosis.prepared_recording import prepare
from mvkt.ecg.measurements import Measurement, Measurements
from mvkt.ecg.record import Record
from mvkt.ecg.recording_measures import KnownBeats


def measurements(**values: float) -> Measurements:
    names = Measurements.model_fields
    return Measurements(
        **{name: Measurement(value=values[name]) if name in values else Measurement(because="-") for name in names}
    )


def finding(code: str, probability: float, verdict: str = "not found") -> Finding:
    return Finding(
        code=code,
        title=code,
        probability=probability,
        threshold=0.3,
        band=(0.1, 0.3),
        verdict=verdict,  # type: ignore[arg-type]
    )


def contradictions(diagnosis: Diagnosis) -> list[str]:
    """Findings that contradict the measurements of the same diagnosis."""
    found = {finding_.code: finding_.verdict for finding_ in diagnosis.findings}
    rate, pr, wrong = diagnosis.heart_rate, diagnosis.measurements.pr.value, []
    if rate is not None and diagnosis.rule == "mean of windows":
        for code, there in (("SBRAD", round(rate) < SLOW), ("STACH", round(rate) > FAST)):
            if code in found and found[code] != ("found" if there and found.get("AFIB") != "found" else "not found"):
                wrong.append(f"{code} {found[code]} at {rate:.0f}")
    if pr is not None:
        wrong += [f"1AVB found with PR {pr:.0f}"] * (found.get("1AVB") == "found" and pr <= LONGEST_PR)
        there = pr > LONGEST_PR and found.get("AFIB") != "found"
        wrong += [f"1AVB not found with PR {pr:.0f}"] * (found.get("1AVB") == "not found" and there)
    if diagnosis.rule == "mean of windows":
        wrong += [
            f"{code} not found with {name} {value:.0f}"
            for code, (name, low, high) in DEFINED.items()
            if found.get(code) == "not found" and (value := getattr(diagnosis.measurements, name).value) is not None
            if low <= value <= high
        ]
        number = diagnosis.measurements.ventricular_beats.value
        if number is not None and found.get("PVC") == ("not found" if number else "found"):
            wrong.append(f"PVC {found['PVC']} with {number:.0f} ventricular beats")
    if (
        found.get("PVC") == "found"
        and diagnosis.rule == "course"
        and not diagnosis.measurements.ventricular_beats.value
    ):
        wrong.append("extra beats found without any")
    interval, change = diagnosis.measurements.rr.value, diagnosis.measurements.rmssd.value
    if diagnosis.rule == "mean of windows" and interval and change is not None and change <= MOST_CHANGE * interval:
        wrong += ["fibrillation found in regular beats"] * (found.get("AFIB") == "found")
    wrong += [
        f"found: {finding_.code} at {finding_.probability:.0%}"
        for finding_ in diagnosis.findings
        if _unlikely(finding_)
    ]
    return wrong


def _unlikely(found: Finding) -> bool:
    """Whether a text calls something found that is less likely than not."""
    highest = [episode.peak_probability for episode in found.course.episodes] if found.course else [found.probability]
    return found.wording == "found" and max(highest) < 0.5


@pytest.mark.parametrize(
    ("rate", "slow", "fast"), [(45, "found", "not found"), (75,) + ("not found",) * 2, (130, "not found", "found")]
)
def test_the_rate_decides(rate: float, slow: str, fast: str) -> None:
    made = with_measurements([finding("SBRAD", 0.05), finding("STACH", 0.9, "found")], rate, measurements())
    assert [finding_.verdict for finding_ in made] == [slow, fast]
    assert {finding_.probability for finding_ in made} <= {0.0, 1.0}
    assert all(finding_.measured == f"{rate} beats a minute" for finding_ in made)


def test_no_sinus_rhythm_in_fibrillation() -> None:
    made = with_measurements([finding("AFIB", 0.9, "found"), finding("STACH", 0.9, "found")], 140, measurements())
    assert made[1].verdict == "not found"


@pytest.mark.parametrize(("change", "verdict"), [(20, "inconclusive"), (32, "inconclusive"), (33, "found")])
def test_fibrillation_in_regular_beats_is_inconclusive(change: float, verdict: str) -> None:
    made = with_measurements([finding("AFIB", 0.9, "found")], 75, measurements(rr=800, rmssd=change))
    assert (made[0].verdict, made[0].probability) == (verdict, 0.9)
    assert (made[0].reason == "the beats come regularly: RR 800 ms, RMSSD 20 ms") == (change == 20)


def test_fibrillation_has_no_pr() -> None:
    given = [finding("AFIB", 0.9, "found"), finding("1AVB", 0.9, "found")]
    assert with_measurements(given, 75, measurements(pr=240))[1].verdict == "not found"
    regular = with_measurements(given, 75, measurements(pr=240, rr=800, rmssd=5))
    assert [finding_.verdict for finding_ in regular] == ["inconclusive", "found"]


def test_a_normal_ecg_beside_another_finding_is_inconclusive() -> None:
    normal = finding("NORM", 0.7, "found").model_copy(update={"normal": True})
    seen = measurements(ventricular_beats=2, beats=12)
    assert with_measurements([normal, finding("PVC", 0.2)], 70, seen)[0].verdict == "inconclusive"
    assert with_measurements([normal, finding("SBRAD", 0.2)], 50, seen)[0].verdict == "found"


@pytest.mark.parametrize(
    ("pr", "probability", "verdict"),
    [
        (170.0, 0.1, "not found"),
        (170.0, 0.5, "inconclusive"),  # probability 0.2 in the band
        (170.0, 0.9, "inconclusive"),
        (240.0, 0.1, "found"),
        (240.0, 0.02, "inconclusive"),
        (240.0, 0.001, "inconclusive"),
        (200.0, 0.1, "not found"),
    ],
)
def test_pr_and_the_network_decide_together(pr: float, probability: float, verdict: str) -> None:
    made = with_measurements([finding("1AVB", probability)], 70, measurements(pr=pr))[0]
    assert (made.verdict, made.measured) == (verdict, f"PR {pr:.0f} ms")
    disagree = (pr > LONGEST_PR and probability == 0.001) or (pr <= LONGEST_PR and probability == 0.9)
    assert made.reason.startswith("network and measurement contradict each other: PR") == disagree


@pytest.mark.parametrize(
    ("code", "values", "verdict"),
    [
        ("CD", {"qrs": 119.0}, "not found"),
        ("CD", {"qrs": 120.0}, "inconclusive"),
        ("LAFB", {"axis": -44.0}, "not found"),
        ("LAFB", {"axis": -45.0}, "inconclusive"),
        ("LAFB", {"axis": -90.0}, "inconclusive"),
        ("LAFB", {"axis": -91.0}, "not found"),
        ("LAFB", {}, "not found"),
        ("LAFB", {"qrs": 130.0}, "not found"),
    ],
)
def test_what_is_as_defined_is_not_denied(code: str, values: dict[str, float], verdict: str) -> None:
    made = with_measurements([finding(code, 0.02)], 70, measurements(**values))[0]
    assert (made.verdict, made.probability) == (verdict, 0.02)
    assert bool(made.reason) == (verdict == "inconclusive")
    found = finding(code, 0.9, "found")
    assert with_measurements([found], 70, measurements(**values)) == (found,)


def test_what_is_not_measured_is_left_to_the_network() -> None:
    given = (finding("1AVB", 0.9, "found"), finding("SBRAD", 0.2), finding("MI", 0.9, "found"))
    assert with_measurements(given, None, measurements()) == given


@pytest.mark.parametrize(
    ("number", "probability", "verdict"),
    [
        *[(2, 0.2, "found"), (0, 0.6, "inconclusive"), (0, 0.2, "not found")],
        *[(1, 0.002, "inconclusive"), (0, 0.99, "inconclusive")],
    ],
)
def test_extra_beats_and_the_network_decide_together(number: int, probability: float, verdict: str) -> None:
    made = with_measurements([finding("PVC", probability)], 70, measurements(ventricular_beats=number, beats=12))
    assert made[0].verdict == verdict


@pytest.mark.parametrize("rate", [30, 45, 57, 63, 80, 97, 103, 140, 180, 220])
def test_answers_at_any_rate(rate: int) -> None:
    waves = NORMAL if rate < 140 else NORMAL[1:4]
    beats = [(float(second), waves, 1.0) for second in np.arange(0.4, 29.9, 60 / rate)]
    lead_II = drawn(beats, 30.0)
    for lead in ("I", "II"):
        diagnosis = mvkt.load(f"lead-{lead}").diagnose(Record(lead_II.signal, (lead,), 360.0))
        assert not contradictions(diagnosis)
        if diagnosis.judged:
            assert diagnosis.heart_rate == pytest.approx(rate, rel=0.03)


def test_the_single_extra_beat_of_ten_minutes_is_found() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 598.0, 0.8)]
    del beats[400]
    beats.append((beats[399][0] + 0.5, EXTRA, 1.3))
    diagnosis = mvkt.load("lead-II").diagnose(drawn(beats, 600.0))
    assert diagnosis.measurements.ventricular_beats.value == 1
    found = next(finding_ for finding_ in diagnosis.findings if finding_.code == "PVC")
    assert found.verdict == "found"
    assert found.course is not None
    assert len(found.course.episodes) == 1


def test_an_extra_beat_in_every_window_is_no_burden_of_all() -> None:
    normal = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 298.0, 0.8)]
    beats = [beat for number, beat in enumerate(normal) if number % 8 != 4]
    beats += [(normal[number - 1][0] + 0.5, EXTRA, 1.3) for number in range(4, len(normal), 8)]
    diagnosis = mvkt.load("lead-II").diagnose(drawn(sorted(beats), 300.0))
    found = next(finding_ for finding_ in diagnosis.findings if finding_.code == "PVC")
    share = (diagnosis.measurements.ventricular_burden.value or 0) / 100
    assert found.verdict == "found"
    assert found.course is not None
    assert (found.course.burden, found.course.burden_of) == (pytest.approx(share), "beats")
    assert share == pytest.approx(1 / 8, abs=0.01)
    assert found.measured == f"{len(range(4, len(normal), 8))} ventricular beats of {len(normal)}"
    assert "(12% of the beats" in diagnosis.summary or "(13% of the beats" in diagnosis.summary


@pytest.mark.data
def test_answers_on_shipped_recordings(shared_data: Path) -> None:
    from mvkt.ecg.formats import read_all
    from mvkt.errors import MvktError

    names = ("device-samples", "device-samples-more", "holter-sample", "cpsc2018-sample", "cinc2011-part")
    names += ("cinc2017-part/training2017", "mitdb-ds1")
    seen, readers = 0, [mvkt.load(name) for name in ("lead-I", "lead-II", "limb", "12-lead", "device")]
    for folder in names:
        paths = [path for path in sorted((shared_data / folder).iterdir()) if path.suffix in (".xml", ".dcm", ".hea")]
        for path in paths[:: max(1, len(paths) // 12)]:
            for _, record in read_all(path):
                for reader in readers:
                    try:
                        diagnosis = reader.diagnose(record)  # type: ignore[arg-type]
                    except MvktError:
                        continue
                    assert not contradictions(diagnosis), path.name
                    seen += 1
    assert seen > 100


def known(intervals: list[float], kinds: list[str]) -> KnownBeats:
    return KnownBeats(np.cumsum(intervals), np.array(kinds), np.ones(len(intervals) - 1, dtype=np.bool_))


def test_beats_are_regular_where_their_intervals_hardly_change() -> None:
    rng = np.random.default_rng(2)
    even, uneven = [0.8] * 100, rng.uniform(0.5, 1.1, 100).tolist()
    beats = known(even + uneven, ["normal"] * 200)
    assert without_fibrillation(np.array([30.0, 130.0]), beats).tolist() == [True, False]


@pytest.mark.parametrize("extra", ["ventricular", "unsure"])
def test_extra_beats_and_unsure_ones_do_not_make_beats_irregular(extra: str) -> None:
    beats = known([0.8, 0.8, 0.8, 0.5, 1.1] * 30, ["normal", "normal", "normal", extra, "normal"] * 30)
    assert without_fibrillation(np.array([60.0]), beats).tolist() == [True]


def test_bigeminy_leaves_too_few_intervals_to_show_fibrillation() -> None:
    rng = np.random.default_rng(2)
    bigeminy = [value for _ in range(60) for value in (0.5, float(rng.uniform(0.8, 1.2)))]
    beats = known(bigeminy, ["ventricular", "normal"] * 60)
    assert without_fibrillation(np.array([45.0]), beats).tolist() == [True]
    fibrillation = known(rng.uniform(0.5, 1.1, 100).tolist(), ["normal"] * 9 + ["ventricular"] + ["normal"] * 90)
    assert without_fibrillation(np.array([40.0]), fibrillation).tolist() == [False]


def test_where_little_was_recorded_nothing_is_known_of_fibrillation() -> None:
    beats = known([0.8] * 8, ["normal"] * 8)
    assert without_fibrillation(np.array([3.0, 1000.0]), beats).tolist() == [False, False]


@pytest.mark.parametrize(("name", "code"), [("lead-I", "AFIB"), ("device", "AF")])
@pytest.mark.parametrize(("change", "kept"), [(0.02, 0.0), (0.3, 0.9)])
def test_in_two_minutes_of_regular_beats_no_student_finds_fibrillation(
    name: str, code: str, change: float, kept: float
) -> None:
    intervals = 0.8 + np.random.default_rng(4).uniform(-change, change, 160)
    beats = [(float(second), NORMAL, 1.0) for second in np.cumsum(intervals) if second < 119.5]
    manifest = mvkt.load(name).bundle.manifest
    lead_I = Record(drawn(beats, 120.0).signal, ("I",), 360.0)
    prepared = prepare(lead_I, "I", manifest.signal)
    assert prepared.judged.all()
    probabilities = np.full((len(prepared.judged), len(manifest.classes)), 0.9)
    made = measured_windows(probabilities, manifest, prepared)
    assert set(made[:, manifest.classes.index(code)].tolist()) == {kept}


def test_up_to_a_minute_the_network_decides_with_the_beats() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.4, 59.9, 0.8)]
    diagnoser = mvkt.load("device")
    prepared = prepare(Record(drawn(beats, 60.0).signal, ("I",), 360.0), "I", diagnoser.bundle.manifest.signal)
    probabilities = np.full((2, 4), 0.9)
    assert (measured_windows(probabilities, diagnoser.bundle.manifest, prepared) == probabilities).all()
