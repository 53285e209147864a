"""The table of a study in Markdown, LaTeX and on a terminal: the same figures in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mvkt.numbers import (
    ABSENT,
    number,
    p_value,
    percent,
    percent_with_limits,
    plural,
    signed,
    signed_limits,
    signed_with_limits,
    with_limits,
)
from mvkt.study.report.study_wording import DIGITS, coverage, headline, small, verdict_words
from mvkt.study.results.study_result import MethodFigures, StudyResult

if TYPE_CHECKING:
    from rich.table import Table

_MAIN = (
    "method",
    "macro AUC",
    "difference to the baseline",
    "p",
    "p (Holm)",
    "detectable",
    "gap closed",
    "macro F1",
    "calibration error",
    "SD over seeds",
    "cells",
)
_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # at the start of a row these two would be settings of the row before
    "*": "{*}",
    "\N{NO-BREAK SPACE}": "~",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "’": "'",
    "×": r"$\times$",
    "±": r"$\pm$",
    "→": r"$\to$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "µ": r"$\mu$",
}
_LATEX_ALPHABETS = 0x180  # Latin letters that every LaTeX knows as UTF-8


def markdown_table(result: StudyResult) -> str:
    """Write the tables of a study in Markdown: the methods, their verdicts, their AUCs by class."""
    summary = headline(result)
    sentences = " ".join(filter(None, (summary.largest, summary.read, summary.seen)))
    parts = [f"# {_in_markdown(result.title)}", f"**{_in_markdown(summary.title)}** {_in_markdown(sentences)}"]
    parts += [_grid(_MAIN, _main_rows(result)), _grid(("method", "verdict"), _verdict_rows(result))]
    parts += ["AUC by class:", _grid(("method", *result.classes), _class_rows(result))]
    if shared := _share_rows(result):
        losses = result.losses
        parts += ["Share of each loss in the gradient of the student's weights:", _grid(("method", *losses), shared)]
    if result.missing:
        absent = [method.title for method in result.methods if not method.cells]
        without = f" Methods without a cell: {'; '.join(map(_in_markdown, absent))}." if absent else ""
        parts.append(f"Not finished: {plural(len(result.missing), 'cell')} of {_planned(result)}.{without}")
    return "\n\n".join(part for part in parts if part) + "\n"


def latex_table(result: StudyResult) -> str:
    r"""Write the table of the methods in LaTeX, for ``\input``; needs the package booktabs."""
    rows = [rf"{in_latex(method.title)} & {_latex_figures(result, method)} \\" for method in result.methods]
    return "\n".join(
        [
            r"% \usepackage{booktabs}",
            r"\begin{table}",
            rf"\caption{{{in_latex(f'{headline(result).title} {_caption(result)}')}}}",
            r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
            r"\begin{tabular}{@{}lrlrlrrr@{}}",
            r"\toprule",
            r"Method & \multicolumn{2}{c}{Macro AUC} & \multicolumn{2}{c}{Difference}"
            r" & $p$ (Holm) & Detectable & Gap closed \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _latex_figures(result: StudyResult, method: MethodFigures) -> str:
    """Write what stands behind the name of a method: figures, and intervals in brackets."""
    comparison, auc = result.comparison(method.name), method.macro_auc
    cells = [number(auc.value), f"[{number(auc.low)}, {number(auc.high)}]"] if auc else [ABSENT, ""]
    if comparison:
        found = comparison.difference
        cells += [signed(found.value, DIGITS), f"[{signed(found.low, DIGITS)}, {signed(found.high, DIGITS)}]"]
        cells += [p_value(comparison.p_corrected), small(comparison.detectable_corrected)]
    else:
        cells += [ABSENT, "", ABSENT, ABSENT]
    cells.append(percent(comparison.gap_closed.value) if comparison and comparison.gap_closed else ABSENT)
    return " & ".join(in_latex(cell) for cell in cells)


def terminal_table(result: StudyResult) -> Table:
    """Lay the methods out for a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    styles = {"better": "green", "worse": "red", "no evidence": ""}
    summary = headline(result)
    table = Table(
        title=Text(result.title or result.name),
        title_justify="left",
        caption=Text(" ".join(filter(None, (summary.title, summary.seen)))),
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("method")
    for column in ("macro AUC", "difference", "p (Holm)"):
        table.add_column(column, justify="right", no_wrap=column == "difference")
    table.add_column("verdict", no_wrap=True)
    for method in result.methods:
        comparison, role = result.comparison(method.name), _role(result, method)
        figures = ["", ""]
        if comparison:
            found = comparison.difference
            figures = [
                f"{signed(found.value, DIGITS)}\n{signed_limits(found, DIGITS)}",
                p_value(comparison.p_corrected),
            ]
        verdict = Text(
            role or (comparison.verdict if comparison else "not compared"),
            style=styles[comparison.verdict] if comparison and not role else "",
        )
        auc = number(method.macro_auc.value) if method.macro_auc else ABSENT
        table.add_row(*(Text(cell) for cell in (method.title, auc, *figures)), verdict)
    return table


def in_latex(text: str) -> str:
    """Write text so that LaTeX prints it; letters of alphabets that it may lack become question marks."""
    return "".join(_LATEX.get(letter, letter if ord(letter) < _LATEX_ALPHABETS else "?") for letter in text)


def _main_rows(result: StudyResult) -> list[tuple[str, ...]]:
    return [_main_row(result, method) for method in _begun(result)]


def _begun(result: StudyResult) -> list[MethodFigures]:
    """The methods with a cell: a row without figures would be noise."""
    return [method for method in result.methods if method.cells]


def _main_row(result: StudyResult, method: MethodFigures) -> tuple[str, ...]:
    comparison = result.comparison(method.name)
    return (
        method.title,
        with_limits(method.macro_auc),
        signed_with_limits(comparison.difference, DIGITS) if comparison else ABSENT,
        p_value(comparison.p_value) if comparison else ABSENT,
        p_value(comparison.p_corrected) if comparison else ABSENT,
        small(comparison.detectable_corrected) if comparison else ABSENT,
        percent_with_limits(comparison.gap_closed if comparison else None),
        with_limits(method.macro_f1),
        ABSENT if method.calibration_error is None else number(method.calibration_error),
        ABSENT if method.seed_spread is None else small(method.seed_spread),
        str(len(method.cells)),
    )


def _verdict_rows(result: StudyResult) -> list[tuple[str, ...]]:
    return [(method.title, _verdict(result, method)) for method in _begun(result)]


def _role(result: StudyResult, method: MethodFigures) -> str:
    return {result.baseline: "baseline", result.reference: "reference"}.get(method.name, "")


def _verdict(result: StudyResult, method: MethodFigures) -> str:
    comparison = result.comparison(method.name)
    return _role(result, method) or (verdict_words(comparison) if comparison else "not compared")


def _class_rows(result: StudyResult) -> list[tuple[str, ...]]:
    return [(method.title, *(with_limits(figures.auc) for figures in method.classes)) for method in _begun(result)]


def _share_rows(result: StudyResult) -> list[tuple[str, ...]]:
    """How hard each loss pulls, for methods with several."""
    return [
        (method.title, *(percent(shares[name]) if name in shares else ABSENT for name in result.losses))
        for method in result.methods
        if (shares := method.gradient_shares)
    ]


def _planned(result: StudyResult) -> int:
    return len(result.missing) + sum(len(method.cells) for method in result.methods)


def _caption(result: StudyResult) -> str:
    return (
        f"{plural(result.records, f'{result.judged_on} record')}, {plural(len(result.seeds), 'seed')}, "
        f"95 % intervals ({coverage(result)}). Detectable: true difference that is seen with a probability of 80 %."
    )


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        [_in_markdown(cell) for cell in header],
        ["---", *["---:"] * (len(header) - 1)],
        *([_in_markdown(cell) for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _in_markdown(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\|*_`[]<>#" else letter for letter in text)
