"""``mvkt models``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mvkt.bundle import packaged
from mvkt.cli import main


def run(*args: str) -> str:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(main, ["models", *args])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def students(in_the_box: Callable[..., Path]) -> None:
    figures = {"evaluation": {"macro_auc": {"value": 0.8261, "low": 0.7998, "high": 0.8507}}}
    in_the_box("lead-I", figures=figures, provenance={"corpus": {"licence": "CC BY 4.0"}})
    in_the_box("lead-II", view="II", task="[bold]rhythm\u202e")


@pytest.mark.usefixtures("students")
def test_table() -> None:
    lines = run().splitlines()
    assert lines[0].split() == ["name", "leads", "task", "classes", "macro", "AUC", "size", "licence"]
    assert "lead-I " in lines[2]
    assert "AF, NORM, STD" in lines[2]
    assert "0.826 (0.800 to 0.851)" in lines[2]
    assert "CC BY 4.0" in lines[2]
    assert "[bold]rhythm�" in lines[3]


@pytest.mark.usefixtures("students")
def test_json() -> None:
    first, second = json.loads(run("--json"))["students"]
    assert first["macro_auc"] == {"value": 0.8261, "low": 0.7998, "high": 0.8507}
    assert first["classes"] == {"AF": "atrial fibrillation", "NORM": "NORM", "STD": "STD"}
    assert (second["name"], second["macro_auc"]) == ("lead-II", None)


def test_an_empty_box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packaged, "_STUDENTS", tmp_path)
    assert "no students come with this installation" in run()
    assert json.loads(run("--json")) == {"students": []}


def test_figures_are_those_of_the_page_of_results() -> None:
    """So that the page cannot drift from the cards: `mvkt models --figures` between its marks makes it right again."""
    result = CliRunner().invoke(main, ["models", "--figures"])
    assert result.exit_code == 0
    page = (Path(__file__).parents[2] / "docs" / "results" / "students.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("<!-- mvkt models --figures -->\n")
    assert result.stdout == rest.partition("<!-- end -->")[0]
    assert CliRunner().invoke(main, ["models", "--figures", "--json"]).exit_code == 2
