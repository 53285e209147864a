"""The tables of docs/results/ are those of the figures beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.study.report.tables import markdown_table
from mvkt.study.results.study_result import StudyResult

STUDIES = Path(__file__).parents[2] / "docs" / "results" / "studies"
FIGURES = sorted(STUDIES.rglob("study.json"))


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: str(path.parent.relative_to(STUDIES)))
def test_the_table_of_a_study_is_that_of_its_figures(path: Path) -> None:
    result = StudyResult.model_validate_json(path.read_text(encoding="utf-8"))
    assert (path.parent / "table.md").read_text(encoding="utf-8") == markdown_table(result)


def test_every_table_is_in_the_index() -> None:
    index = (STUDIES / "index.md").read_text(encoding="utf-8")
    tables = {str(path.relative_to(STUDIES).with_suffix("")) for path in STUDIES.rglob("*.md")} - {"index"}
    assert tables
    assert {table for table in tables if f"<{table}>" not in index} == set()
