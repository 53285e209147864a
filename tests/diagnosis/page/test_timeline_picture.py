"""Hours at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

import numpy as np

from mvkt.diagnosis.page.timeline_picture import timeline_picture
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record

Diagnose = Callable[..., Opinion]
Beating = Callable[..., Record]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def test_a_lane_a_finding_and_for_heart_rate_and_quality(opinion: Diagnose, beating: Beating) -> None:
    svg = timeline_picture(opinion(beating(seconds=300), thresholds=(0.99, 0.99, 0.5)).diagnosis)
    labels = texts(svg)
    assert [text for text in labels if text in ("STD", "atrial fibrillation", "NORM", "heart rate", "judged")] == [
        "STD",
        "NORM",
        "atrial fibrillation",
        "heart rate",
        "judged",
    ]
    assert "100% of time" in labels
    assert labels[-1] == "0:05:00"
    (found,) = re.findall(r'<path d="([^"]+)" fill="#2f6fe4"', svg)
    assert found.count("z") == 30, "a bar a window"


def test_what_was_not_judged_has_no_bar(opinion: Diagnose, beating: Beating) -> None:
    clean = beating(seconds=300)
    signal = np.array(clean.signal)
    signal[10_000:20_000] = 0
    svg = timeline_picture(opinion(replace(clean, signal=signal), thresholds=(0.99, 0.99, 0.5)).diagnosis)
    (found,) = re.findall(r'<path d="([^"]+)" fill="#2f6fe4"', svg)
    assert found.count("z") == 20
    assert svg.count("M", svg.index('stroke="#b3261e"') - 4000, svg.index('stroke="#b3261e"')) >= 2, "the line breaks"


def test_time_of_day_where_it_is_known(opinion: Diagnose, beating: Beating) -> None:
    record = replace(beating(seconds=700), start_time=datetime(2024, 5, 1, 23, 55))
    assert "00:00" in texts(timeline_picture(opinion(record).diagnosis))


def test_size_does_not_grow_with_the_windows(opinion: Diagnose, beating: Beating) -> None:
    record = beating(seconds=20_000)
    svg = timeline_picture(opinion(record).diagnosis)
    assert len(svg) < 300_000
    assert "5:00:00" in texts(svg)


def test_of_many_classes_those_that_were_found_have_a_lane(opinion: Diagnose, beating: Beating) -> None:
    classes = tuple(f"C{number}" for number in range(20))
    made = opinion(beating(seconds=100), classes=classes, thresholds=(1.0,) * 18 + (0.5, 0.5))
    labels = texts(timeline_picture(made.diagnosis))
    assert [text for text in labels if text in classes] == ["C19", "C18"]
