from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from tests.study.made_cells import SKILLS, write_study

from mvkt.numbers import signed, signed_limits, signed_with_limits
from mvkt.study.report.tables import in_latex, latex_table, markdown_table, terminal_table
from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.study_result import StudyResult

EVIL = "[*] 50% of a|b & c_d #1 $x^2$ {~} \\ <i> 心 – −1"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    methods = {"mkd": {"title": EVIL}, "teacher": {"title": "12-lead teacher"}}
    out = write_study(tmp_path_factory.mktemp("tables"), SKILLS, methods=methods, reference="teacher", records=120)
    return measure(collect(out), 200)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def test_markdown_has_every_method_and_its_figures(result: StudyResult) -> None:
    text = markdown_table(result)
    lines = text.splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("| method | macro AUC"))
    rows = [cells(line) for line in lines[header : header + 2 + len(result.methods)]]
    assert {len(row) for row in rows} == {11}
    assert [row[0] for row in rows[2:]][0::2] == ["labels", "better"]
    better = result.comparison("better")
    assert better is not None
    assert signed_with_limits(better.difference, 4) in text
    assert "no evidence (a difference below 0.0" in text
    assert "| CD | HYP | MI | NORM | STTC |" in text
    of_losses = lines.index("Share of each loss in the gradient of the student's weights:") + 2
    assert cells(lines[of_losses]) == ["method", "bce", "mkd"]
    assert [cells(line)[1:] for line in lines[of_losses + 2 :]] == [["50 %", "50 %"]]
    assert text.startswith("# ")
    assert "Not finished" not in text


def test_markdown_lists_what_is_not_finished(result: StudyResult) -> None:
    missing = {"method": "mkd", "seed": 0, "test_fold": 1, "reason": "not finished", "failed": False}
    content = {**result.model_dump(), "missing": [missing]}
    assert "Not finished: 1 cell of 37." in markdown_table(StudyResult.model_validate(content))


def test_markdown_names_methods_without_a_cell_below_the_tables(result: StudyResult) -> None:
    content = result.model_dump()
    absent = next(method for method in content["methods"] if method["name"] == "better")
    absent |= {"cells": [], "macro_auc": None, "classes": []}
    content["comparisons"] = [each for each in content["comparisons"] if each["method"] != "better"]
    content["missing"] = [
        {"method": "better", "seed": 0, "test_fold": 1, "reason": "not trained", "failed": False},
    ]
    text = markdown_table(StudyResult.model_validate(content))
    assert "| better |" not in text
    assert text.rstrip().endswith("Methods without a cell: better.")


def test_latex_has_as_many_cells_in_every_row_and_escapes_names(result: StudyResult) -> None:
    text = latex_table(result)
    inside = text[text.index(r"\midrule") : text.index(r"\bottomrule")].splitlines()[1:]
    assert len(inside) == len(result.methods)
    for row in inside:
        assert row.endswith(r" \\")
        assert len(re.findall(r"(?<!\\)&", row)) == 7
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert text.isascii()
    assert "{[}{*}] 50\\% of a\\textbar{}b \\& c\\_d \\#1 \\$x\\textasciicircum{}2\\$" in inside[1]


def test_latex_letters() -> None:
    assert in_latex("Müller") == "Müller"
    assert in_latex("p ≤ 0.05, −0.1\N{NO-BREAK SPACE}%") == r"p $\le$ 0.05, $-$0.1~\%"
    assert in_latex("心") == "?"


def test_the_terminal_shows_titles_as_they_are(result: StudyResult) -> None:
    printed = io.StringIO()
    Console(width=160, file=printed).print(terminal_table(result))
    text = printed.getvalue()
    assert "[*] 50% of a|b" in text
    assert "reference" in text
    for comparison in result.comparisons:
        assert signed(comparison.difference.value, 4) in text
        assert signed_limits(comparison.difference, 4) in text
        assert comparison.verdict in text


def test_the_terminal_has_room_for_titles_on_eighty_columns(result: StudyResult) -> None:
    printed = io.StringIO()
    Console(width=80, file=printed).print(terminal_table(result))
    assert max(map(len, printed.getvalue().splitlines())) <= 80
    assert "[*] 50% of a|b" in printed.getvalue()
