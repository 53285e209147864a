"""The report is one sheet, true to scale: it is rendered and measured."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.fhir.waveform import Stretch
from mvkt.diagnosis.review import Decision, OwnFinding, Review
from mvkt.diagnosis.student_panel import Panel
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record
from mvkt.ecg.simulate import simulate
from mvkt.web.report.document_content import document, stretch_wanted
from mvkt.web.report.document_request import DocumentRequest
from mvkt.web.report.sheet import PAPER_WIDTH, PULSE_WIDTH, SIZES

GERMAN: dict[str, str] = json.loads(
    files("mvkt.web").joinpath("static", "texts", "german_messages.json").read_text("utf-8")
)
PIXELS_PER_MM = 10
NAME_PIXELS = 40
"""So much of the left of a row is taken by the name of its lead."""

RENDERED = pytest.mark.browser  # where Poppler is installed, with what the page needs


@pytest.fixture(scope="module")
def twelve() -> Record:
    return simulate(1, seed=3, conditions=("AF",), duration=10, sampling_frequency=500).record(0)


@pytest.fixture(scope="module")
def pulses() -> Record:
    """1 mV for 40 ms, every second, in lead I; nothing else."""
    signal = np.zeros(500 * 30)
    signal[(np.arange(len(signal)) % 500) < 20] = 1.0
    return Record(signal[:, np.newaxis].astype(np.float32), ("I",), 500.0, source="test")


def report(record: Record, **wanted: object) -> bytes:
    """Make the report of a recording."""
    request = DocumentRequest.model_validate({"format": "pdf", **wanted})
    judged = DiagnosedRecording(file="ecg.csv", diagnoses=tuple(opinion.diagnosis for opinion in Panel().judge(record)))
    start, end, _ = stretch_wanted(request, record.leads, record.duration)
    first, last = round(start * record.sampling_frequency), round(end * record.sampling_frequency)
    stretch = Stretch(record.signal[first:last].T, record.leads, record.sampling_frequency, start)
    return document(judged, stretch, request)


def rendered(content: bytes, folder: Path) -> NDArray[np.int16]:
    """Return the pixels of the one page, ten in a millimetre, ``(rows, columns, 3)``."""
    from PIL import Image

    if shutil.which("pdftoppm") is None:
        pytest.skip("needs Poppler: apt-get install poppler-utils")
    (folder / "report.pdf").write_bytes(content)
    command = ["pdftoppm", "-r", str(25.4 * PIXELS_PER_MM), "-png", "report.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    (page,) = folder.glob("page*.png")
    with Image.open(page) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int16)


def text_of(content: bytes, folder: Path, order: str = "-layout") -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("needs Poppler: apt-get install poppler-utils")
    (folder / "report.pdf").write_bytes(content)
    return subprocess.run(
        ["pdftotext", order, "report.pdf", "-"], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def grid_lines(pixels: NDArray[np.int16], axis: int) -> NDArray[np.int64]:
    """Middle of every bold line of the grid along an axis."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    bold = (red > 200) & (green < 205) & (blue < 200) & (red - blue > 35)
    share = bold.mean(axis=axis)
    on = share > 0.25 * share.max()  # traces lie over some of it
    edges = np.flatnonzero(np.diff(np.concatenate(([0], on.view(np.int8), [0])))).reshape(-1, 2)
    return edges.mean(axis=1).astype(np.int64)


@RENDERED
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Measured by the device: rate 41 /min, PR 151 ms, axis -21°"),
        ("de", "Vom Gerät gemessen: Frequenz 41 /min, PQ 151 ms, Lagetyp -21°"),
    ],
)
def test_what_the_device_measured_stands_beside(twelve: Record, tmp_path: Path, language: str, expected: str) -> None:
    stated = replace(twelve, machine_measurements=MachineMeasurements(heart_rate=41, pr=151, axis=-21))
    assert expected in text_of(report(stated, language=language), tmp_path, "-raw").replace("\n", " ")


@RENDERED
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_normal_rhythm_is_no_normal_ecg(tmp_path: Path, language: str) -> None:
    record = simulate(1, seed=3, conditions=("NORM",), duration=30, sampling_frequency=300).record(0)
    strip = Record(record.signal[:, :1], ("ECG",), 300.0, source="WFDB")
    (opinion,) = Panel().judge(strip)
    notes = {note: GERMAN[note] for note in opinion.diagnosis.notes if note in GERMAN} if language == "de" else {}
    text = " ".join(text_of(report(strip, language=language, phrases=notes), tmp_path, "-raw").split())
    expected = {"en": "A normal rhythm is no normal ECG", "de": "Ein normaler Rhythmus ist kein normales EKG"}
    assert expected[language] in text


@RENDERED
@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize("layout", ["3x4", "6x2", "limb", "stack", "rows"])
def test_the_grid_is_true_to_scale(twelve: Record, tmp_path: Path, size: str, layout: str) -> None:
    pixels = rendered(report(twelve, paper=size, layout=layout), tmp_path)
    width, height = SIZES[size]  # type: ignore[index]
    np.testing.assert_allclose(pixels.shape[:2], (height * PIXELS_PER_MM, width * PIXELS_PER_MM), atol=1.1)
    for axis in (0, 1):
        lines = grid_lines(pixels, axis)
        assert len(lines) > 7
        np.testing.assert_allclose(np.diff(lines), 5 * PIXELS_PER_MM, atol=1)
        np.testing.assert_allclose(lines[-1] - lines[0], (len(lines) - 1) * 5 * PIXELS_PER_MM, atol=1)
    across = grid_lines(pixels, 0)
    assert across[-1] - across[0] == pytest.approx(PAPER_WIDTH * PIXELS_PER_MM, abs=2)


@RENDERED
@pytest.mark.parametrize(("speed", "gain"), [(25, 10), (50, 10), (25, 5), (25, 20)])
def test_the_trace_is_true_to_scale(pulses: Record, tmp_path: Path, speed: int, gain: int) -> None:
    content = report(pulses, filter=False, millimetres_per_second=speed, millimetres_per_millivolt=gain, start=0.5)
    pixels = rendered(content, tmp_path)
    lines = grid_lines(pixels, 1), grid_lines(pixels, 0)
    left = lines[1][0] + round(PULSE_WIDTH * PIXELS_PER_MM)
    baseline = lines[0][0] + round(0.6 * 35 * PIXELS_PER_MM)
    dark = pixels.sum(axis=2) < 250
    top = baseline - gain * PIXELS_PER_MM
    plateau = np.flatnonzero(dark[top - 2 : top + 3, left:].any(axis=0))
    beats = np.split(plateau, np.flatnonzero(np.diff(plateau) > 5) + 1)
    widest = 0.5 * 0.04 * speed * PIXELS_PER_MM
    begins = np.array([run[0] for run in beats if len(run) >= widest and run[0] > NAME_PIXELS])
    np.testing.assert_allclose(np.diff(begins), speed * PIXELS_PER_MM, atol=2)
    assert begins[0] == pytest.approx(0.5 * speed * PIXELS_PER_MM, abs=4)
    assert f"{speed} mm/s · {gain} mm/mV" in text_of(content, tmp_path)


@RENDERED
def test_extra_beats_have_their_letter_below_the_trace(tmp_path: Path) -> None:
    made = simulate(1, seed=8, conditions=("PVC",), duration=30, sampling_frequency=250).record(0)
    record = Record(made.signal[:, :1], ("I",), 250.0)
    (opinion,) = Panel().judge(record)[:1]
    extra = opinion.diagnosis.beats.kinds.count("ventricular")
    assert extra > 1
    words = text_of(report(record), tmp_path)
    assert f"Extra beats: {extra} ventricular (V)" in words
    drawn = [line.split() for line in words.splitlines()]
    assert sum(line.count("V") for line in drawn if set(line) <= {"V", "?", "S"}) == extra


REVIEW = Review(
    reviewer="Dr. Żółć Иванова",
    note="at the bedside",
    decisions=(Decision(code="AFIB", title="atrial fibrillation", judgement="confirmed", note="since May"),),
    added=(OwnFinding(title="electrode off", note="V4"),),
)


@RENDERED
def test_it_has_the_findings_and_the_decisions_of_a_person(twelve: Record, tmp_path: Path) -> None:
    words = text_of(report(twelve, layout="3x4", review=REVIEW), tmp_path)
    for expected in (
        "ecg.csv", "/min", "QRS ", "QTc ", "atrial fibrillation", "Review by Dr. Żółć Иванова", "since May",
        "at the bedside", "electrode off – added: V4", "25 mm/s · 10 mm/mV", "not a medical device",
        "filtered 0.5 to 40 Hz",
    ):  # fmt: skip
        assert expected in words
    german = text_of(report(twelve, language="de", titles={"AFIB": "Vorhofflimmern"}, layout="3x4"), tmp_path)
    for expected in ("Vorhofflimmern", "Herzfrequenz", "kein Medizinprodukt", "gefiltert 0,5 bis 40 Hz"):
        assert expected in german


@RENDERED
def test_too_much_text_is_counted_not_drawn_over_the_trace(twelve: Record, tmp_path: Path) -> None:
    long = Review(reviewer="x", note="word " * 390, added=tuple(OwnFinding(title="finding " * 60) for _ in range(20)))
    content = report(twelve, layout="stack", review=long)
    assert "more" in text_of(content, tmp_path)
    assert len(grid_lines(rendered(content, tmp_path), 1)) > 15


def test_the_same_recording_gives_the_same_bytes(twelve: Record) -> None:
    first = report(twelve, layout="3x4")
    assert first == report(twelve, layout="3x4")
    assert first.startswith(b"%PDF")


@pytest.mark.parametrize(
    "make",
    [
        lambda record: report(record, start=9.9),
        lambda record: report(record, start=1e6),
        lambda record: report(record, lead="V9", layout="rows"),
        lambda record: report(Record(np.full((1000, 1), np.nan), ("I",), 100.0), layout="3x4"),
        lambda record: report(record, titles={"AFIB": "\u202e\u0000 <b>\n" * 9}),
        lambda record: report(record, review=Review(reviewer="心電図 \U0001f600", note="x" * 2000)),
    ],
)
def test_strange_wishes_give_a_report_all_the_same(twelve: Record, make: Callable[[Record], bytes]) -> None:
    assert make(twelve).startswith(b"%PDF")
