"""The windows of recordings as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import StringIO

import numpy as np

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.csv_table import as_csv
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec

Diagnose = Callable[..., Opinion]
Beating = Callable[..., Record]


def parsed(*recordings: DiagnosedRecording) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(as_csv(recordings))))


def test_a_row_for_each_window(opinion: Diagnose, beating: Beating) -> None:
    clean = beating(seconds=35)
    signal = np.array(clean.signal)
    signal[1000:2000] = 0
    record = replace(clean, signal=signal, start_time=datetime(2024, 5, 1, 8))
    diagnosis = opinion(record).diagnosis
    rows = parsed(DiagnosedRecording(file="a.csv", diagnoses=(diagnosis,)))
    assert [(row["start_seconds"], row["end_seconds"]) for row in rows] == [
        ("0.000", "10.000"),
        ("10.000", "20.000"),
        ("20.000", "30.000"),
        ("25.000", "35.000"),
    ]
    assert [row["judged"] for row in rows] == ["yes", "no", "yes", "yes"]
    assert rows[1]["left_out_because"]
    assert rows[2]["time"] == "2024-05-01T08:00:20"
    assert float(rows[0]["tiny: AF probability"]) == diagnosis.timeline.probabilities["AF"][0]
    assert rows[0]["tiny: STD verdict"] == "found"
    assert rows[1]["tiny: AF probability"] == rows[1]["tiny: AF verdict"] == rows[1]["heart_rate"] == ""


def test_errors_are_rows_and_columns_are_those_of_all_students(opinion: Diagnose, beating: Beating) -> None:
    first = DiagnosedRecording(file="a", diagnoses=(opinion(beating()).diagnosis,))
    second = DiagnosedRecording(file="b", part="2", diagnoses=(opinion(beating(), classes=("SR",)).diagnosis,))
    rows = parsed(first, DiagnosedRecording(file="c", error="no ECG"), second)
    assert [(row["file"], row["part"], row["error"]) for row in rows] == [
        ("a", "", ""),
        ("c", "", "no ECG"),
        ("b", "2", ""),
    ]
    assert rows[0]["tiny: SR probability"] == rows[2]["tiny: AF probability"] == ""
    assert rows[2]["tiny: SR probability"]


def test_students_that_cut_differently_have_rows_of_their_own(opinion: Diagnose, beating: Beating) -> None:
    record = beating(seconds=20)
    shorter = SignalSpec(window_seconds=5, hop_seconds=5)
    diagnoses = (opinion(record).diagnosis, opinion(record, classes=("SR",), signal=shorter).diagnosis)
    rows = parsed(DiagnosedRecording(file="a", diagnoses=diagnoses))
    assert [bool(row["tiny: SR verdict"]) for row in rows] == [False] * 2 + [True] * 4


def test_names_are_no_formulas() -> None:
    (row,) = parsed(DiagnosedRecording(file='=HYPERLINK("x")', error="@x"))
    assert (row["file"], row["error"]) == ('\'=HYPERLINK("x")', "'@x")
