"""The page that leads to the pages of several recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.page.pages_index import write_index
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record


def test_links_errors_and_names(
    tmp_path: Path, opinion: Callable[..., Opinion], beating: Callable[..., Record]
) -> None:
    diagnosis = opinion(beating()).diagnosis
    recordings = [
        DiagnosedRecording(file="in/a & b.csv", diagnoses=(diagnosis,), page=str(tmp_path / "a & b.html")),
        DiagnosedRecording(file="in/c.csv", part="<2>", error="no ECG"),
    ]
    write_index(tmp_path / "index.html", recordings)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<h1>2 recordings</h1>" in page
    assert 'href="a%20%26%20b.html">a &amp; b.csv</a>' in page
    assert "c.csv (&lt;2&gt;)" in page
    assert "no ECG" in page
    assert "<td>10 s</td>" in page
