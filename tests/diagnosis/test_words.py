"""Times, shares and diagnoses in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mvkt.diagnosis import words
from mvkt.diagnosis.diagnosis import Quality, SignalSummary
from mvkt.diagnosis.finding import Course, Episode, Finding


def test_clock() -> None:
    assert [words.clock(seconds) for seconds in (0, 250.9, 86_399)] == ["0:00:00", "0:04:10", "23:59:59"]


def test_moment() -> None:
    begin = datetime(2024, 5, 1, 23, 0)
    assert words.moment(250, None) == "0:04:10"
    assert words.moment(250, begin) == "23:04:10"
    assert words.moment(9000, begin) == "01:30:00+1d"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0%"), (0.0004, "<0.1%"), (0.066, "6.6%"), (0.0994, "9.9%"), (0.12, "12%"), (0.9994, "99.9%"), (1, "100%")],
)
def test_share(value: float, text: str) -> None:
    assert words.share(value) == text


def test_not_everything_is_not_all() -> None:
    assert words.share(0.99999) != "100%"


def finding(title: str, verdict: str, probability: float, **others: Any) -> Finding:
    return Finding(code=title, title=title, probability=probability, threshold=0.5, verdict=verdict, **others)


def summary(findings: list[Finding], judged: int = 2) -> str:
    quality = Quality(windows=2, judged=judged, judged_share=judged / 2, reasons={"flat line": 2}, left_out=())
    signal = SignalSummary(
        source="watch",
        age=67,
        sex="female",
        duration_seconds=20,
        sampling_frequency=512,
        recorded_leads=("I",),
        leads=("I",),
        within_training_view=True,
        processing=(),
    )
    assert words.recording(signal) == "watch, lead I, 20 s, 512 Hz, woman of 67"
    return words.summary(findings, quality, words.heart_rate(72.4, (70.0, 71.0)), signal)


def test_summary() -> None:
    found = [
        finding("flutter", "found", 0.6),
        finding("fibrillation", "found", 0.9),
        finding("block", "not found", 0.1),
    ]
    assert summary([*found, finding("ischaemia", "inconclusive", 0.4)]) == (
        "20 s recorded, 100% of it good enough to judge. Found: fibrillation (probability 90%); "
        "flutter (probability 60%). Inconclusive: ischaemia (probability 40%). Heart rate 72 beats a minute."
    )
    many = summary([finding(f"finding {number}", "found", 0.5 + number / 20) for number in range(8)])
    assert "finding 3 (probability 65%); and 3 more." in many
    assert summary([], judged=0) == "Nothing could be judged: flat line."


def test_what_is_less_likely_than_not_is_suspected() -> None:
    rare = finding("flutter", "found", 0.3)
    assert "Found" not in summary([rare])
    assert "Suspected: flutter (probability 30%)." in summary([rare])
    found = [finding("sinus rhythm", "found", 0.9), rare, rare, finding("block", "not found", 0.1)]
    assert words.found_titles(found) == "sinus rhythm, flutter (suspected)"


def test_a_normal_recording_gets_a_clear_answer_with_what_is_missed() -> None:
    absent = [
        finding("infarction", "not found", 0.2, missed=0.394),
        finding("block", "not found", 0.1, missed=0.05),
        finding("hypertrophy", "not found", 0.1, missed=0.46),
        finding("ischaemia", "not found", 0.1),
    ]
    normal = [
        finding("normal ECG", "found", 0.8, normal=True),
        finding("sinus rhythm", "inconclusive", 0.7, normal=True),
    ]
    assert summary([*absent, *normal]) == (
        "20 s recorded, 100% of it good enough to judge. "
        "Nothing found of what was looked for: infarction, block, hypertrophy, ischaemia. "
        "Normal: normal ECG (probability 80%). "
        "Often missed: hypertrophy (46% of those who have it); infarction (39% of those who have it). "
        "Heart rate 72 beats a minute."
    )


def test_a_class_that_is_not_found_has_its_share_of_misses() -> None:
    absent = [finding("infarction", "not found", 0.2, missed=0.394), finding("block", "not found", 0.1, missed=0.05)]
    assert words.not_found(absent) == (
        "not found (in brackets: the share of those who have it with this verdict): infarction (39%), block"
    )
    assert words.not_found(absent[1:]) == "not found: block"


def test_what_is_not_judged_stands_with_the_reason() -> None:
    text = summary(
        [
            finding("fibrillation", "not found", 0.1, missed=0.05),
            finding("infarction", "not judged", 0.9, reason="rests on shape", missed=0.4),
            finding("normal ECG", "not judged", 0.9, reason="rests on shape", normal=True),
        ]
    )
    assert "Nothing found of what was looked for: fibrillation." in text
    assert "Not judged: infarction, normal ECG (rests on shape)." in text
    assert "Often missed" not in text
    many = summary([finding(f"finding {number}", "not found", 0.1) for number in range(8)])
    assert "Nothing found among the 8 abnormal findings that the student knows." in many
    alone = summary([finding("infarction", "not judged", 0.9, reason="rests on shape")])
    assert "Nothing found" not in alone


def test_what_was_found_in_few_windows_is_named() -> None:
    episodes = tuple(
        Episode(start_seconds=start, end_seconds=start + 10, windows=1, peak_probability=peak, peak_seconds=start)
        for start, peak in ((250.0, 0.91), (900.0, 0.6))
    )
    course = Course(
        burden=0.01, uncertain=0, in_a_row=1, needed_in_a_row=4, certain=0, needed_certain=1, episodes=episodes
    )
    beat = finding("extra beat", "not found", 0.02, course=course)
    text = "In few windows, as by chance, but worth a look: extra beat (2 episodes, highest 91% at 0:04:10)."
    assert words.isolated([beat]) == [text]
    assert text in summary([beat])
    others = [
        finding("extra beat", "found", 0.02, course=course),
        finding("sinus rhythm", "not found", 0.02, course=course, normal=True),
        finding("block", "not found", 0.02, course=course.model_copy(update={"episodes": ()})),
        finding("infarction", "not found", 0.02),
    ]
    assert words.isolated(others) == []


def test_heart_rate() -> None:
    assert words.heart_rate(None, None) == "not to be determined"
    assert words.heart_rate(72.4, (60.2, 80.1)) == "72 beats a minute, mostly 60 to 80"


def test_measurements_of_the_device_in_words() -> None:
    from mvkt.ecg.measurements import MachineMeasurements

    stated = MachineMeasurements(heart_rate=41, pr=151, qt=476.4, qtc_bazett=394, axis=-21)
    expected = "rate 41 /min, PR 151 ms, QT 476 ms, QTc Bazett 394 ms, axis -21°"
    assert words.machine_measurements(stated) == expected


def test_measurements_in_words() -> None:
    from mvkt.ecg.measurements import Measurement, Measurements

    given = {name: Measurement(unit="ms", because="too few beats") for name in Measurements.model_fields}
    given |= {"pr": Measurement(value=162.0, unit="ms"), "axis": Measurement(value=-20.0, unit="°")}
    given |= {
        "beats": Measurement(value=2273),
        "ventricular_beats": Measurement(value=1),
        "pauses": Measurement(value=2),
    }
    text = words.measurements(Measurements(**given))
    assert text.startswith(
        "PR 162 ms, axis -20°, 2,273 beats, of which 1 ventricular and 0 supraventricular extra beats"
    )
    assert "2 pauses of more than 2 s" in text
    assert text.endswith("not measured: RR, SDNN, RMSSD, QRS, QT, QTc Bazett, QTc Fridericia (too few beats)")
