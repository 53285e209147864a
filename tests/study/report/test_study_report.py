from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from tests.html_page import HtmlPage
from tests.study.made_cells import write_cell, write_study

from mvkt.errors import MissingExtraError, StudyError
from mvkt.study.report.study_report import missing_by_reason, render, write_report
from mvkt.study.report.tables import markdown_table
from mvkt.study.results.measure import RESAMPLES
from mvkt.study.results.study_result import MissingCell, StudyResult
from mvkt.study.study_folder import cell_folder

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7 * 7 }} & 心電図"
FILES = ("study.json", "table.md", "table.tex", "study.html")


@pytest.fixture(scope="module")
def page(study: Path, result: StudyResult) -> str:
    return (study / "study.html").read_text(encoding="utf-8")


def test_everything_is_written(study: Path, result: StudyResult) -> None:
    assert StudyResult.load(study / "study.json") == result
    assert result.resamples == RESAMPLES
    assert (study / "table.md").read_text(encoding="utf-8") == markdown_table(result)
    assert r"\toprule" in (study / "table.tex").read_text(encoding="utf-8")


def test_the_same_cells_give_the_same_bytes(study: Path, result: StudyResult) -> None:
    first = {name: (study / name).read_bytes() for name in FILES}
    for name in FILES:
        (study / name).unlink()
    write_report(study)
    assert {name: (study / name).read_bytes() for name in FILES} == first


def test_the_page_refers_to_nothing_outside(page: str) -> None:
    read = HtmlPage(page)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(read.tags)
    references = [value for _, name, value in read.attributes if name in ("href", "src")]
    names = [value for _, name, value in read.attributes if name == "id"]
    assert references
    assert {value.removeprefix("#") for value in references} <= set(names)
    assert len(set(names)) == len(names)
    assert "url(" not in page
    assert not re.findall(r"https?://", page)


def test_the_page_has_the_findings(result: StudyResult, page: str) -> None:
    text = HtmlPage(page).text.replace("\N{NO-BREAK SPACE}", " ")
    for method in result.methods:
        assert method.title in text
        assert method.macro_auc is not None
        assert f"{method.macro_auc.value:.3f} {method.macro_auc.low:.3f} to {method.macro_auc.high:.3f}" in text
    better = result.comparison("better")
    assert better is not None
    assert f"{better.difference.value:+.4f} better" in text
    assert "with a note" in text
    assert "Difference to labels" in text
    assert "How much of the gap is closed" in text
    assert "Test folds are read once" in text
    assert "more training records" not in text.lower()
    assert "Not finished" not in text


def test_every_comparison_is_drawn_and_coloured_by_its_verdict(result: StudyResult, page: str) -> None:
    drawings = [value for tag, name, value in HtmlPage(page).attributes if (tag, name) == ("svg", "aria-label")]
    for comparison in result.comparisons:
        title = result.method(comparison.method).title
        assert any(value.startswith(f"{title}: ") and value.endswith(comparison.verdict) for value in drawings)
    assert page.count('class="dot"') == sum(len(method.cells) for method in result.methods)


def test_learning_curves(curve: StudyResult) -> None:
    text = HtmlPage(render(curve)).text
    assert "More training records" in text
    assert "labels with as many training records" in text
    assert "against labels-0.5" in text
    assert "with one seed, not how training happened to go" in text


def test_an_unfinished_study(study: Path, result: StudyResult, tmp_path: Path) -> None:
    out = tmp_path / "study"
    shutil.copytree(study, out)
    shutil.rmtree(cell_folder(out, "mkd", 0, 10))
    write_cell(cell_folder(out, "mkd", 2, 1), "mkd", 2, 1, error=f"the loss became NaN {EVIL}")
    shutil.rmtree(out / "cells" / "better")
    write_report(out)
    page = HtmlPage((out / "study.html").read_text(encoding="utf-8"))
    assert "Not finished: 8 cells of 24 are missing" in page.text
    assert "the loss became NaN <script>" in page.text
    assert "1 cell: 2-1" in page.text
    assert "6 cells: 0-10, 0-1, 1-10, 1-1, 2-10, 2-1" in page.text


def test_nothing_to_compare(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    shutil.copytree(study, out)
    shutil.rmtree(out / "cells" / "labels")
    write_report(out)
    text = HtmlPage((out / "study.html").read_text(encoding="utf-8")).text
    assert "Nothing can be compared yet." in text
    assert "labels, has no finished cell" in text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    methods = {"mkd": {"title": EVIL, "note": EVIL}}
    out = write_study(
        tmp_path, {"labels": 1.0, "mkd": 1.4}, methods=methods, title=EVIL, seeds=(0,), folds=(1,), records=60
    )
    write_report(out)
    read = HtmlPage((out / "study.html").read_text(encoding="utf-8"))
    assert not {"script", "img"} & set(read.tags)
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert EVIL in read.text
    assert json.loads((out / "study.json").read_text())["title"] == EVIL


def test_missing_cells_are_put_together() -> None:
    cells = [
        MissingCell(method=method, seed=seed, test_fold=1, reason=reason, failed=False)
        for method, seed, reason in (("a", 0, "x"), ("a", 1, "x"), ("a", 2, "y"), ("b", 0, "y"))
    ]
    assert missing_by_reason(cells) == [
        ("a", "2 cells: 0-1, 1-1", "x"),
        ("a", "1 cell: 2-1", "y"),
        ("b", "1 cell: 0-1", "y"),
    ]


def test_no_study(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"plan\.json"):
        write_report(tmp_path)


def test_without_jinja2(result: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"jinja2: pip install 'mvkt\[train\]'"):
        render(result)


def test_a_study_on_validation_folds_is_called_so(tmp_path: Path) -> None:
    out = write_study(tmp_path / "study", {"labels": 1.2, "mkd": 1.6}, seeds=(0,), records=60, judged_on="validation")
    result = write_report(out)
    text = HtmlPage((out / "study.html").read_text(encoding="utf-8")).text
    assert "Test folds were not read." in text
    assert "Test folds are read once" not in text
    assert f"On {result.records} validation records" in text
    assert "too good for reporting" in (out / "table.md").read_text(encoding="utf-8")
    assert f"{result.records} validation records" in (out / "table.tex").read_text(encoding="utf-8")
