from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.html_page import HtmlPage

from mvkt.errors import MissingExtraError, ResultError
from mvkt.evaluation import RunResult, write_report

RUN_FILES = (
    "result.json",
    "examples.npz",
    *(f"{role}/{name}" for role in ("teacher", "baseline", "student") for name in ("test.npz", "metrics.jsonl")),
)


@pytest.fixture(scope="module")
def usual_page(usual_run: Path) -> str:
    return write_report(usual_run).read_text(encoding="utf-8")


@pytest.fixture
def copied_run(usual_run: Path, tmp_path: Path) -> Iterator[Path]:
    run = tmp_path / "copy"
    shutil.copytree(usual_run, run)
    (run / "report.html").unlink(missing_ok=True)
    return run


def test_the_page_is_whole_and_refers_to_nothing_outside(usual_page: str) -> None:
    page = HtmlPage(usual_page)
    assert not {"script", "link", "img", "iframe", "object", "image", "base", "form"} & set(page.tags)
    references = [value for _, name, value in page.attributes if name in ("href", "xlink:href", "src", "srcset")]
    assert references
    assert all(value.startswith("#") for value in references)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert "@import" not in usual_page
    assert all(url.startswith("#") for url in re.findall(r"url\(([^)]*)\)", usual_page))
    outside = set(re.findall(r"https?://[^\s\"'<]+", usual_page))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names, not addresses
    assert len(usual_page.encode()) < 3_000_000


def test_inner_references_lead_somewhere_and_to_one_place(usual_page: str) -> None:
    page = HtmlPage(usual_page)
    names = [value for _, name, value in page.attributes if name == "id"]
    assert len(set(names)) == len(names)
    wanted = {value[1:] for _, name, value in page.attributes if name in ("href", "xlink:href")}
    wanted |= {url[1:] for url in re.findall(r"url\(([^)]*)\)", usual_page)}
    assert wanted <= set(names)


def test_the_page_has_the_findings(usual_run: Path, usual_page: str) -> None:
    text = HtmlPage(usual_page).text
    run = RunResult.load(usual_run / "result.json")
    student = run.models.student.evaluation
    assert f"macro AUC of {student.macro_auc.value:.3f}." in text
    for _, model in run.models.items():
        assert f"{model.evaluation.macro_auc.value:.3f}" in text
        assert f"{model.parameters:,} parameters" in text
    assert "The transfer helped." in text
    for found in student.classes:
        assert found.auc is not None
        assert found.title in text
        assert f"{found.auc.low:.3f} to {found.auc.high:.3f}" in text
    assert "not a medical device" in text
    assert "CC BY 4.0" in text
    assert "8f3a" * 16 in text
    assert "mvkt train recipe.toml --corpus CORPUS --out RUN" in text
    assert 'view = "12-lead"' in text
    assert "fold 10" in text
    assert "Record 17352" in text
    assert re.search("false alarm|missed", text)


def test_the_page_has_what_is_left_open_and_the_groups(usual_run: Path, usual_page: str) -> None:
    text = HtmlPage(usual_page).text.replace("\N{NO-BREAK SPACE}", " ")
    student = RunResult.load(usual_run / "result.json").models.student
    abstention, clean = student.abstention, student.false_positives
    assert abstention is not None
    assert clean is not None
    assert "at most 20 % have a finding reported or left open" in text
    assert abstention.normal is not None
    assert abstention.normal.share is not None
    assert f"Of {abstention.normal.records} normal records, {100 * abstention.normal.share.value:.0f} %" in text
    assert f"it decided {100 * abstention.decided.value:.0f} %" in text
    for class_ in abstention.classes:
        assert class_.low == class_.high or f"{class_.low:.2f} to {class_.high:.2f}" in text
        assert f"at most {100 * class_.missed.promised:.0f} %: {class_.missed.words}" in text
    assert re.search(r"\bkept\b", text)
    assert (
        f"{clean.records} test records of {clean.patients} patients with no other label of the task than normal ECG"
        in text
    )
    assert f"A finding was reported in {100 * clean.found.value:.0f} %" in text
    assert f"{student.evaluation.brier_uncalibrated:.3f}" in text
    for group in student.subgroups:
        assert f"{ {'sex': 'Sex', 'age': 'Age'}[group.by] }: {group.name}" in text
        if group.macro_auc is not None:
            assert f"{group.macro_auc.low:.3f} to {group.macro_auc.high:.3f}" in text
    assert "inconclusive" in text
    assert "Share of the verdicts that are decided" in usual_page


def test_broken_promises_and_too_small_groups_are_reported(copied_run: Path) -> None:
    path = copied_run / "result.json"
    content = json.loads(path.read_text())
    student = content["models"]["student"]
    student["abstention"]["classes"][0]["missed"] |= {"kept": False, "p_value": 0.001}
    student["subgroups"][0] |= {"macro_auc": None}
    student["subgroups"][0]["classes"][1] |= {"auc": None, "positives": 3}
    path.write_text(json.dumps(content))
    page = write_report(copied_run).read_text()
    assert re.search('<small class="warn">at most [0-9]+\N{NO-BREAK SPACE}%: broken</small>', page)
    assert "3 with it" in page


def test_a_run_without_bands_subgroups_and_clean_records(copied_run: Path) -> None:
    path = copied_run / "result.json"
    content = json.loads(path.read_text())
    content["models"]["student"] |= {"abstention": None, "false_positives": None, "subgroups": []}
    content["models"]["student"]["calibration"] |= {"inconclusive": [], "promise": None}
    path.write_text(json.dumps(content))
    page = HtmlPage(write_report(copied_run).read_text())
    assert "What the student leaves open" not in page.text
    assert "By age and sex" not in page.text
    assert "inconclusive" not in page.text
    content["models"]["student"]["abstention"] = content["models"]["baseline"]["abstention"]
    content["models"]["student"]["calibration"] = content["models"]["baseline"]["calibration"]
    path.write_text(json.dumps(content))
    assert "There is none among the test records" in HtmlPage(write_report(copied_run).read_text()).text


def test_the_contents_of_the_bundle_are_listed(copied_run: Path) -> None:
    path = copied_run / "result.json"
    content = json.loads(path.read_text())
    for validation, deployed in ((0.7, "student"), (0.95, "baseline")):
        content["models"]["baseline"]["validation_macro_auc"] = validation
        path.write_text(json.dumps(content))
        text = HtmlPage(write_report(copied_run).read_text()).text
        assert f"The bundle of the run holds the {deployed}: on the validation records it reaches" in text
    assert "it reaches 0.950, the student 0." in text


def test_the_page_has_every_drawing(usual_page: str) -> None:
    drawings = [value for tag, name, value in HtmlPage(usual_page).attributes if (tag, name) == ("svg", "aria-label")]
    for title in ("conduction disturbance", "normal ECG", "ST/T change"):
        assert f"ROC curves of teacher, baseline and student for {title}" in drawings
        assert f"Predicted probability against observed share for {title}" in drawings
        assert f"AUC of {title}" in drawings
    assert "Validation macro AUC of teacher, baseline and student by epoch" in drawings
    assert {f"Losses of the {role} by epoch" for role in ("teacher", "baseline", "student")} <= set(drawings)
    assert ">mkd</text>" in usual_page
    assert usual_page.count('<div class="trace">') == 2 * 4  # the student's lead and all leads of four records


def test_the_same_run_gives_the_same_bytes(copied_run: Path) -> None:
    first = write_report(copied_run).read_bytes()
    assert write_report(copied_run).read_bytes() == first


def test_no_evidence_is_called_no_evidence(make_run: Callable[..., Path]) -> None:
    run = make_run(skills={"teacher": 2.0, "baseline": 1.3, "student": 1.301})
    transfer = RunResult.load(run / "result.json").transfer
    assert transfer.student_minus_baseline.low <= 0 <= transfer.student_minus_baseline.high
    page = write_report(run).read_text()
    assert "No evidence that the transfer helped." in page
    assert "the interval includes 0" in page
    assert 'class="closed"' not in page


def test_absent_classes_are_named(make_run: Callable[..., Path]) -> None:
    titles = {"MI": "myocardial infarction", "NORM": "normal ECG", "STE": "ST elevation"}
    run = make_run(titles=titles, prevalence={"MI": 0.3, "NORM": 0.4, "STE": 0.0}, records=200)
    assert RunResult.load(run / "result.json").models.student.evaluation.absent == ("STE",)
    text = HtmlPage(write_report(run).read_text()).text
    assert "Absent: ST elevation." in text
    assert "absent: no positive test record" in text
    assert "recognises 2 classes" in text


def test_hostile_names_stay_text(make_run: Callable[..., Path]) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> $\\frac$ {{ 7 * 7 }} & 心電図"
    run = make_run(
        titles={"A<b>": evil, "NORM": "normal ECG"},
        prevalence={"A<b>": 0.3, "NORM": 0.4},
        name=f"run {evil}",
        record_ids=(f"id {evil}", "2"),
        records=150,
    )
    page = HtmlPage(write_report(run).read_text())
    assert not {"script", "img"} & set(page.tags)
    assert not [value for _, name, value in page.attributes if name == "src"]
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert f"Record id {' '.join(evil.split())}" in page.text
    assert any(evil in value for _, name, value in page.attributes if name == "aria-label")


def test_many_classes(make_run: Callable[..., Path]) -> None:
    codes = {f"C{number:02d}": f"class {number}" for number in range(15)}
    run = make_run(titles=codes, prevalence={code: 0.05 + 0.02 * int(code[1:]) for code in codes}, records=200)
    page = write_report(run).read_text()
    assert "The 12 most frequent of 15 classes are drawn." in page
    assert page.count("ROC curves of teacher") == 12
    assert "ROC curves of teacher, baseline and student for class 14" in page
    assert "ROC curves of teacher, baseline and student for class 0&#34;" not in page
    assert len(page) < 3_000_000


@pytest.mark.parametrize("name", RUN_FILES)
def test_a_missing_file_is_named(name: str, copied_run: Path) -> None:
    (copied_run / name).unlink()
    with pytest.raises(ResultError, match=re.escape(str(copied_run / name))):
        write_report(copied_run)
    assert not (copied_run / "report.html").exists()


@pytest.mark.parametrize("name", RUN_FILES)
def test_a_damaged_file_is_named(name: str, copied_run: Path) -> None:
    content = (copied_run / name).read_bytes()
    (copied_run / name).write_bytes(content[: len(content) // 2 + 7])
    with pytest.raises(ResultError, match=re.escape(str(copied_run / name))):
        write_report(copied_run)


def test_predictions_of_another_run(copied_run: Path, make_run: Callable[..., Path]) -> None:
    other = make_run(records=120)
    shutil.copy(other / "baseline" / "test.npz", copied_run / "baseline" / "test.npz")
    with pytest.raises(ResultError, match=r"baseline/test\.npz has 120 records .* about 398"):
        write_report(copied_run)


def test_examples_of_another_run(copied_run: Path) -> None:
    with np.load(copied_run / "examples.npz") as archive:
        arrays: dict[str, Any] = dict(archive)
    np.savez(copied_run / "examples.npz", **{**arrays, "targets": arrays["targets"][:, :2]})
    with pytest.raises(ResultError, match=r"examples\.npz does not fit result\.json"):
        write_report(copied_run)
    np.savez(copied_run / "examples.npz", **{**arrays, "leads": np.array([f"X{n}" for n in range(12)])})
    with pytest.raises(ResultError, match="expected 5 classes and lead I"):
        write_report(copied_run)


def test_the_shares_of_the_losses_in_the_gradient_are_in_the_page(copied_run: Path) -> None:
    path = copied_run / "student" / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line["gradient_shares"] = {"bce": 0.25, "mkd": 0.75}
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    page = write_report(copied_run).read_text(encoding="utf-8")
    assert "Of the gradient of the student's weights 25 % come from bce, 75 % from mkd" in re.sub(r"\s+", " ", page)


def test_a_resumed_run_may_repeat_an_epoch(copied_run: Path) -> None:
    path = copied_run / "student" / "metrics.jsonl"
    before = write_report(copied_run).read_bytes()
    lines = path.read_text().splitlines()
    stale = json.dumps({**json.loads(lines[4]), "validation": {"loss": 9.0, "macro_auc": 0.1}})
    path.write_text("\n".join([*lines[:4], stale, *lines[4:]]) + "\n")
    assert write_report(copied_run).read_bytes() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"epoch": 19, "losses": {"total": NaN}, "validation": {"loss": 1, "macro_auc": 1}}', "line 19: losses"),
        ('{"epoch": 19, "losses": {"total": 1}, "validation": {"loss": 1}}', "line 19: validation.macro_auc"),
        ('{"epoch": 19, "losses": {"total": 1}, "validation": {"loss": 1, "macro_auc": 1}}', "the same losses"),
    ],
)
def test_metrics_that_are_none(line: str, message: str, copied_run: Path) -> None:
    with (copied_run / "student" / "metrics.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ResultError, match=message):
        write_report(copied_run)


def test_no_epochs(copied_run: Path) -> None:
    (copied_run / "teacher" / "metrics.jsonl").write_text("")
    with pytest.raises(ResultError, match="expected one epoch or more"):
        write_report(copied_run)


@pytest.mark.parametrize("module", ["jinja2", "matplotlib"])
def test_what_is_not_installed_is_named(module: str, copied_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module}: pip install 'mvkt\[train\]'"):
        write_report(copied_run)
