"""Draws ``docs/images/unlabelled.svg`` from the tables of the studies: ``python docs/figures.py``.

``make docs`` runs it first. ``tests/docs/test_figures.py`` fails when the drawing is out of date.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parent
STUDIES = DOCS / "results" / "studies"
DRAWING = DOCS / "images" / "unlabelled.svg"

WIDTH, ROW, TOP, BOTTOM = 480, 130, 90, 112
"""In pixels: as narrow as a phone, so that the text stays as large as that of the page."""

LEFT, RIGHT, LIMIT = 40, 440, 0.03
"""Where the axis of differences begins and ends, in pixels, and the difference at its ends."""

TITLE = ("Macro AUC of the student", "minus that of labels alone")
STYLE = """
    .page { fill: #ffffff } .grid { stroke: #d5d8dd; stroke-width: 1 } .zero { stroke: #5b616b; stroke-width: 1.5 }
    .better { stroke: #2f7d4f; fill: #2f7d4f } .none { stroke: #8b6b1f; fill: #8b6b1f }
    .range { stroke-width: 4; stroke-linecap: round; fill: none }
    .known { fill: #3a6fb5 } .unknown { fill: none; stroke: #3a6fb5; stroke-width: 1.5; stroke-dasharray: 3 2 }
    .taught { fill: #f0c76a; stroke: #b07d12; stroke-width: 1.5 }
    .average { fill: #c9d9ef; stroke: #3a6fb5; stroke-width: 1.5 }
    text { font: 17px system-ui, sans-serif; fill: #23262b } .strong { font-weight: 600 }
    .small { font-size: 15px; fill: #5b616b } .middle { text-anchor: middle }
    @media (prefers-color-scheme: dark) {
      .page { fill: #16181c } .grid { stroke: #343941 } .zero { stroke: #a2a9b4 } text { fill: #eceef1 }
      .small { fill: #aab1bc } .better { stroke: #6fcf97; fill: #6fcf97 } .none { stroke: #e0b04a; fill: #e0b04a }
      .known { fill: #7fb0f0 } .unknown { stroke: #7fb0f0 } .taught { fill: #7a5c16; stroke: #e0b04a }
      .average { fill: #2a4a78; stroke: #7fb0f0 }
    }
"""


class Case(NamedTuple):
    """A row of the drawing.

    Attributes:
        title: What is known, and what the teacher sees.
        note: The rest of the comparison.
        table: Of the study, below ``docs/results/studies``.
        method: Its row there.
        records: Eight signs: ``k`` a label, ``t`` the teacher's answer instead, ``a`` that of its own average,
            ``u`` a record that is not used.
    """

    title: str
    note: str
    table: str
    method: str
    records: str


CASES = (
    Case(
        "A 12-lead teacher, recordings without labels",
        "1/8 of the labels; it labels the rest",
        "unlabelled-lead-I/table.md",
        "1/8, MKD on all recordings",
        "kttttttt",
    ),
    Case(
        "A lead-I teacher, recordings without labels",
        "1/8 of the labels; it labels the rest",
        "unlabelled-lead-I/table.md",
        "1/8, a lead-I teacher judges the rest",
        "kttttttt",
    ),
    Case(
        "No teacher, recordings without labels",
        "1/8 of the labels; agreement with its own average",
        "unlabelled-lead-I/agreement/table.md",
        "1/8, agreement with its own average on all recordings",
        "kaaaaaaa",
    ),
    Case(
        "A 12-lead teacher, labelled recordings alone",
        "1/8 of the recordings, the rest is not used",
        "learning-curve-lead-I/table.md",
        "MKD, 1/8",
        "kuuuuuuu",
    ),
    Case(
        "A 12-lead teacher, everything labelled",
        "all recordings, with augmentation",
        "ablation-lead-I/table.md",
        "MKD",
        "kkkkkkkk",
    ),
)


class Difference(NamedTuple):
    """A method minus its baseline in macro AUC, with its interval and verdict."""

    value: float
    low: float
    high: float
    verdict: str


def read(table: str, method: str) -> Difference:
    """Return the difference of a method, and its verdict, as the table of its study has them.

    Raises:
        ValueError: The table has no such row.
    """
    rows = [line.strip("| ").split(" | ") for line in (STUDIES / table).read_text(encoding="utf-8").splitlines()]
    found = [cells for cells in rows if cells[0] == method]
    if len(found) < 2:
        raise ValueError(f"{table} has no figures and verdict of {method!r}; it has {[cells[0] for cells in rows]}")
    value, low, high = (float(number.replace("−", "-")) for number in re.findall(r"[+−]?\d\.\d+", found[0][2]))
    return Difference(value, low, high, found[1][1].partition(" (")[0])


def drawing() -> str:
    """Return the drawing, as SVG."""
    height = TOP + ROW * len(CASES) + BOTTOM
    rows = [(case, read(case.table, case.method)) for case in CASES]
    described = "; ".join(f"{case.title}: {gain.value:+.4f}, {gain.verdict}" for case, gain in rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"',
        '  role="img" aria-labelledby="t d">',
        '  <title id="t">When a teacher helps</title>',
        f'  <desc id="d">Student minus student on labels alone, macro AUC. {escape(described)}.</desc>',
        f"  <style>{STYLE}  </style>",
        f'  <rect class="page" width="{WIDTH}" height="{height}" rx="10"/>',
        *(
            f'  <text class="strong middle" x="{WIDTH // 2}" y="{32 + 22 * n}">{line}</text>'
            for n, line in enumerate(TITLE)
        ),
        *_axis(height),
    ]
    for number, (case, gain) in enumerate(rows):
        lines += _row(case, gain, TOP + ROW * number)
    return "\n".join([*lines, *_key(height), "</svg>", ""])


def _x(difference: float) -> float:
    return round(LEFT + (difference + LIMIT) / (2 * LIMIT) * (RIGHT - LEFT), 1)


def _axis(height: int) -> list[str]:
    bottom = height - BOTTOM
    lines = []
    for hundredths in range(-3, 4):
        x, kind = _x(hundredths / 100), "zero" if hundredths == 0 else "grid"
        label = "0" if hundredths == 0 else f"{hundredths / 100:+.2f}".replace("-", "−")
        for row in range(len(CASES)):
            lines.append(f'  <path class="{kind}" d="M{x},{TOP + ROW * row + 66} v40"/>')
        lines.append(f'  <text class="small middle" x="{x}" y="{bottom}">{label}</text>')
    return lines


def _row(case: Case, gain: Difference, top: int) -> list[str]:
    y, kind = top + 86, "better" if gain.verdict == "better" else "none"
    signs = [_sign(sign, 30 + 20 * number, top + 46) for number, sign in enumerate(case.records)]
    text = f"{gain.value:+.4f}, {gain.verdict}".replace("-", "−")
    return [
        f'  <text class="strong" x="22" y="{top + 4}">{escape(case.title)}</text>',
        f'  <text class="small" x="22" y="{top + 26}">{escape(case.note)}</text>',
        *signs,
        f'  <text x="210" y="{top + 52}">{text}</text>',
        f'  <path class="range {kind}" d="M{_x(gain.low)},{y} H{_x(gain.high)}"/>',
        f'  <circle class="{kind}" cx="{_x(gain.value)}" cy="{y}" r="7"/>',
    ]


def _sign(sign: str, x: int, y: int) -> str:
    kind = {"k": "known", "t": "taught", "a": "average", "u": "unknown"}[sign]
    return f'  <circle class="{kind}" cx="{x}" cy="{y}" r="7"/>'


def _key(height: int) -> list[str]:
    y, entries = height - 64, (("k", "label"), ("t", "teacher"), ("a", "own average"), ("u", "not used"))
    lines = []
    for number, (sign, text) in enumerate(entries):
        x = 32 + (0, 84, 190, 332)[number]
        lines += [_sign(sign, x, y - 5), f'  <text class="small" x="{x + 14}" y="{y}">{escape(text)}</text>']
    notes = ("Intervals of 95 %. Each row is a difference within", "its own study.")
    return lines + [
        f'  <text class="small middle" x="{WIDTH // 2}" y="{height - 36 + 20 * n}">{note}</text>'
        for n, note in enumerate(notes)
    ]


if __name__ == "__main__":
    DRAWING.write_text(drawing(), encoding="utf-8")
