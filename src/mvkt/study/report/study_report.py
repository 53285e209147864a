"""The report of a study: ``study.json``, ``table.md``, ``table.tex`` and one page, from the cells that are there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from mvkt.evaluation.report.html_page import page_template
from mvkt.evaluation.report.run_wording import leads_of
from mvkt.files import write_text
from mvkt.numbers import plural
from mvkt.study.report import study_drawings, study_wording
from mvkt.study.report.tables import latex_table, markdown_table
from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.statistics import POWER, SIGNIFICANCE
from mvkt.study.results.study_result import MissingCell, StudyResult

RESULT_FILE = "study.json"


def write_report(out: Path) -> StudyResult:
    """Measure a study as far as it is finished, and write its result, its tables and its page into its folder.

    Nothing is trained. The same cells give the same files, byte for byte.

    Args:
        out: The folder with ``plan.json``.

    Raises:
        StudyError: There is no readable plan, no cell is finished, or cells of a test fold hold different records.
        PredictionsError: No class can be evaluated.
        MissingExtraError: jinja2 is not installed.
    """
    result = measure(collect(out))
    page = render(result)
    result.save(out / RESULT_FILE)
    write_text(out / "table.md", markdown_table(result))
    write_text(out / "table.tex", latex_table(result))
    write_text(out / "study.html", page)
    return result


def render(result: StudyResult) -> str:
    """Return the page of a study: one HTML file that holds everything it shows.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    template = page_template(
        "study.html.j2",
        *("study/report", "evaluation/report"),
        leads_of=leads_of,
        small=study_wording.small,
        verdict_words=study_wording.verdict_words,
    )
    scale, cells = study_drawings.strip(result)
    return template.render(
        study=result,
        headline=study_wording.headline(result),
        covered=study_wording.coverage(result),
        control=study_wording.control(result),
        baseline=result.method(result.baseline),
        reference=result.method(result.reference) if result.reference else None,
        forest=study_drawings.forest(result),
        heat=study_drawings.heat(result),
        strip_scale=scale,
        strip=cells,
        gap=study_drawings.gap(result),
        curves=study_drawings.curves(result),
        missing=missing_by_reason(result.missing),
        power=POWER,
        significance=SIGNIFICANCE,
    )


def missing_by_reason(missing: Sequence[MissingCell]) -> list[tuple[str, str, str]]:
    """Put cells of a method that are missing for the same reason into one line.

    Returns:
        Method, cells (``seed-fold``) and reason, in the order of the plan.
    """
    lines = []
    for (method, reason), cells in groupby(missing, key=lambda cell: (cell.method, cell.reason)):
        found = list(cells)
        names = ", ".join(f"{cell.seed}-{cell.test_fold}" for cell in found)
        lines.append((method, f"{plural(len(found), 'cell')}: {names}", reason))
    return lines
