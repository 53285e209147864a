"""What a benchmark finds: rows of one table, with spread, peer and goal; and how they are measured and printed."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

RUNS = 5
HEADER = ("what", "ours", "peer", "ratio", "goal", "met")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        part: The script that measured it.
        what: What was measured.
        ours: Median of mvkt, with its unit.
        spread: Range of the runs of mvkt, or of the ratio where there is one.
        peer: Median of the peer in the same run; empty where there is none.
        ratio: How many times better ours is; the median over the runs. None without a peer.
        goal: What it should be; empty where nothing was promised.
        met: Whether it is.
    """

    part: str
    what: str
    ours: str
    spread: str = ""
    peer: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The row as :data:`HEADER` has it."""
        ratio = "" if self.ratio is None else number(self.ratio)
        spread = f" ({self.spread})" if self.spread else ""
        verdict = "" if self.met is None else "yes" if self.met else "**no**"
        beside = self.ratio is not None
        return (
            self.what,
            self.ours + (spread if not beside else ""),
            self.peer,
            ratio + (spread if beside else ""),
            self.goal,
            verdict,
        )


def alone(
    part: str,
    what: str,
    values: Sequence[float],
    unit: str,
    *,
    at_least: float | None = None,
    below: float | None = None,
) -> Row:
    """A row without a peer: the median of some runs and their range."""
    middle = median(values)
    goal, met = "", None
    if at_least is not None:
        goal, met = f">= {number(at_least)} {unit}", middle >= at_least
    if below is not None:
        goal, met = f"< {number(below)} {unit}", middle < below
    return Row(part, what, f"{number(middle)} {unit}", span(values), goal=goal, met=met)


def beside(
    part: str,
    what: str,
    ours: Sequence[float],
    peer: Sequence[float],
    unit: str,
    *,
    at_least: float | None = None,
    smaller_is_better: bool = False,
) -> Row:
    """A row with a peer, measured in turns: the ratio is that of runs that follow each other."""
    ratios = [b / a if smaller_is_better else a / b for a, b in zip(ours, peer, strict=True)]
    ratio = median(ratios)
    return Row(
        part,
        what,
        f"{number(median(ours))} {unit}",
        span(ratios),
        f"{number(median(peer))} {unit}",
        ratio,
        "" if at_least is None else f">= {number(at_least)} times",
        None if at_least is None else ratio >= at_least,
    )


def number(value: float) -> str:
    """Three digits, or all of a whole number."""
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.995 else f"{value:.3f}"


def span(values: Sequence[float]) -> str:
    """From the smallest to the largest of some runs."""
    return f"{number(min(values))} to {number(max(values))}"


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def processor_seconds(function: Callable[[], object]) -> float:
    """Seconds of processors that one call takes in all threads; other programs count little."""
    started = time.process_time()
    function()
    return time.process_time() - started


def in_turns(runs: int, *measure: Callable[[], float]) -> list[list[float]]:
    """Measure things A B A B ..., so that a machine that changes its speed does so for all: the runs of each."""
    return [list(values) for values in zip(*([run() for run in measure] for _ in range(runs)), strict=True)]


def table(rows: Iterable[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [HEADER, tuple("---" for _ in HEADER), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parser(description: str | None) -> ArgumentParser:
    """The options that every part has."""
    made = ArgumentParser(description=(description or "").splitlines()[0])
    made.add_argument("--runs", type=int, default=RUNS, help=f"how often each is measured ({RUNS})")
    made.add_argument("--ptb-xl", type=Path, help="recordings in the layout of PTB-XL; without, simulated ones")
    made.add_argument("--json", type=Path, help="write the rows to this file")
    return made


def finish(rows: Sequence[Row], options: Namespace) -> None:
    """Print the table of a part, and write its rows where they are wanted."""
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")


def read(path: Path) -> list[Row]:
    """The rows that :func:`finish` wrote."""
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
