"""The HTML page about a recording."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from tests.html_page import HtmlPage

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.page.diagnosis_page import page, write_page
from mvkt.diagnosis.page.pages_index import write_index
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record

Diagnose = Callable[..., Opinion]
Beating = Callable[..., Record]


def test_page_of_a_short_recording(opinion: Diagnose, beating: Beating) -> None:
    record = replace(beating(("I", "II", "V1")), age=67, sex="female", start_time=datetime(2024, 5, 1, 8, 30))
    typical = {"STD": "typical words"}
    html = page("ecg.csv", [opinion(record, thresholds=(0.99, 0.99, 0.5), typical=typical)])
    read = HtmlPage(html)
    for words in (
        "ecg.csv",
        "woman of 67",
        "recorded 2024-05-01 08:30",
        "The trace that was read: lead I",
        "What the findings rest on",
        "All recorded leads",
        "Typical words.",
        "72 beats a minute",
        "not a medical device",
    ):
        assert words in read.text, words
    assert read.tags.count("svg") == 3, "the trace, the one positive finding, all leads"
    assert "Course" not in read.text


def test_page_needs_nothing_else(opinion: Diagnose, beating: Beating) -> None:
    read = HtmlPage(page("ecg.csv", [opinion(beating())]))
    assert not {"script", "link", "img", "iframe", "object"} & set(read.tags)
    assert not [value for _, name, value in read.attributes if name in ("src", "href") or name.startswith("on")]
    assert "default-src 'none'" in str(read.attributes)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", read.text)


def test_page_of_a_long_recording(opinion: Diagnose, beating: Beating) -> None:
    html = page("holter", [opinion(beating(seconds=200), thresholds=(0.99, 0.99, 0.5))])
    read = HtmlPage(html)
    assert "Course" in read.text
    assert "Episodes, the strongest of each finding first" in read.text
    assert "100% of the time, 1 episode, longest 3 min 20 s from 0:00:00" in read.text
    assert "The strongest episodes" in read.text
    assert read.tags.count("svg") == 2, "the timeline and the peak of the one episode"


def test_shades_are_where_the_finding_rests(opinion: Diagnose, beating: Beating) -> None:
    html = page("a", [opinion(beating(), thresholds=(0.99, 0.99, 0.5))])
    assert 'fill="#2f6fe4"' in html
    none = page("a", [opinion(beating(), thresholds=(0.99, 0.99, 0.99))])
    assert 'fill="#2f6fe4"' not in none
    assert "What the findings rest on" not in none


def test_many_that_are_not_found_are_folded_away(opinion: Diagnose, beating: Beating) -> None:
    classes = tuple(f"C{number}" for number in range(9))
    read = HtmlPage(page("a", [opinion(beating(), classes=classes, thresholds=(1.0,) * 8 + (0.5,))]))
    assert read.tags.count("details") == 1
    assert "Not found: " in read.text
    assert "details" not in HtmlPage(page("a", [opinion(beating())])).tags


def test_nothing_judged_has_no_findings(opinion: Diagnose) -> None:
    record = Record(np.zeros((1000, 1), dtype=np.float32), ("I",), 100.0)
    read = HtmlPage(page("flat", [opinion(record)]))
    assert "Nothing could be judged" in read.text
    assert "Findings" not in read.text
    long = Record(np.zeros((10_000, 1), dtype=np.float32), ("I",), 100.0)
    assert "Nothing could be judged" in HtmlPage(page("flat", [opinion(long)])).text


def test_several_students_are_named(opinion: Diagnose, beating: Beating) -> None:
    first = opinion(beating())
    assert HtmlPage(page("a", [first])).text.count("Findings by tiny") == 0
    assert HtmlPage(page("a", [first, opinion(beating(), classes=("SR",))])).text.count("Findings by tiny") == 2


@pytest.mark.parametrize("seconds", [10, 70])
def test_text_of_files_and_bundles_is_no_markup(opinion: Diagnose, beating: Beating, seconds: float) -> None:
    evil = "</td><script>alert(1)</script>\u202e\x1b"
    record = replace(beating(seconds=seconds), source=evil, notes=(evil,))
    titles, typical = {"AF": "<script>1</script>", "STD": "<b>&"}, {"STD": "<script>2</script>"}
    made = opinion(record, titles=titles, typical=typical, provenance={"corpus": {"source": "<script>3"}})
    html = page(evil, [made])
    assert "<script" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    HtmlPage(html)


def test_other_leads_are_drawn_only_where_they_are_known(opinion: Diagnose, beating: Beating) -> None:
    assert "All recorded leads" not in page("a", [opinion(beating(("I", "ES+")))])
    assert "All recorded leads" not in page("a", [opinion(beating(("I",)))])


def test_index_leads_to_the_pages(opinion: Diagnose, beating: Beating, tmp_path: Path) -> None:
    made = opinion(beating(), thresholds=(0.99, 0.99, 0.5))
    target = tmp_path / "pages" / "ecg #1.html"
    write_page(target, "ecg #1", [made])
    recordings = [
        DiagnosedRecording(file="ecg #1", diagnoses=(made.diagnosis,), page=str(target)),
        DiagnosedRecording(file="<b>", error="no ECG"),
    ]
    write_index(tmp_path / "pages" / "index.html", recordings)
    read = HtmlPage((tmp_path / "pages" / "index.html").read_text(encoding="utf-8"))
    assert ("a", "href", "ecg%20%231.html") in read.attributes
    assert "no ECG" in read.text
    assert "STD" in read.text
    assert target.is_file()
