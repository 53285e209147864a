"""Growth: time and memory against the size of the corpus, classes, the length of a recording and its leads.

python -m benchmarks.speed.growth [--ptb-xl FOLDER] [--runs N] [--records N]

Of each series the table has the exponent of the power law that fits best (1 is a straight line through zero, 0 is
constant) and how well a straight line fits (R²). Each point is measured in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from benchmarks.speed.growing import CLASSES, LEADS, POINTS
from benchmarks.speed.memory import in_child
from benchmarks.speed.rows import Row, finish, number, parser, span

PART = "growth"
SIZES = (1, 4, 16)
HOURS = (10 / 3600, 0.25, 1.0, 4.0, 24.0)
LONGEST_MINUTE = 60 / 3600


@dataclass(frozen=True)
class Series:
    """Measurements against a size.

    Attributes:
        what: What grows, for the table.
        unit: Of the values.
        sizes: Rising.
        values: One list of runs for each size.
    """

    what: str
    unit: str
    sizes: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]

    @property
    def middle(self) -> np.ndarray:
        """Medians of the runs."""
        return np.array([np.median(runs) for runs in self.values])

    @property
    def exponent(self) -> float:
        """Of the power law through the points: the slope over logarithms."""
        return float(np.polyfit(np.log(self.sizes), np.log(np.maximum(self.middle, 1e-9)), 1)[0])

    @property
    def straightness(self) -> float:
        """R² of the best straight line."""
        fit = np.polyval(np.polyfit(self.sizes, self.middle, 1), self.sizes)
        total = np.square(self.middle - self.middle.mean()).sum()
        return float(1 - np.square(self.middle - fit).sum() / total) if total > 0 else 1.0

    def row(self, largest: float | None = None) -> Row:
        """The series in a line; ``largest`` is the exponent that is promised."""
        points = ", ".join(
            f"{number(size)}: {number(value)}" for size, value in zip(self.sizes, self.middle, strict=True)
        )
        return Row(
            PART,
            f"{self.what} ({points} {self.unit})",
            f"exponent {self.exponent:.2f}, R² {self.straightness:.3f}",
            f"at the largest {span(self.values[-1])} {self.unit}",
            goal="" if largest is None else f"exponent <= {largest:g}",
            met=None if largest is None else self.exponent <= largest,
        )


def measure(ptb_xl: Path | None, records: int, runs: int) -> list[Row]:
    """All rows of this part."""
    files = ["--ptb-xl", str(ptb_xl)] if ptb_xl else []
    return [*corpus_rows(files, records, runs), *class_rows(runs), *length_rows(files, runs), *lead_rows(files, runs)]


def points(name: str, sizes: Sequence[float], arguments: Sequence[str], runs: int) -> list[list[dict[str, Any]]]:
    """Measure every size, the runs in turns."""
    every = [
        [in_child("growth", ["--point", name, "--size", repr(size), *arguments]) for size in sizes] for _ in range(runs)
    ]
    return [list(point) for point in zip(*every, strict=True)]


def series(what: str, unit: str, sizes: Sequence[float], found: list[list[dict[str, Any]]], key: str) -> Series:
    """One of the measurements of the points, as a series."""
    return Series(what, unit, tuple(sizes), tuple(tuple(run[key] for run in point) for point in found))


def corpus_rows(files: list[str], records: int, runs: int) -> list[Row]:
    """Preparing and training on a corpus 1, 4 and 16 times as large, by repetition."""
    found = points("corpus", SIZES, [*files, "--records", str(records)], runs)
    sizes = [point[0]["records"] for point in found]
    banks = [point[0]["banks"] for point in found]
    held = [[{"memory": run["memory"] - run["banks"]} for run in point] for point in found]
    return [
        series("seconds to prepare a corpus, by records", "s", sizes, found, "prepare").row(1.1),
        series("seconds of an epoch of teacher and student, by training records", "s", sizes, found, "epoch").row(1.1),
        series("memory of training without the banks, by training records", "MB", sizes, held, "memory").row(0.2),
        Row(
            PART,
            f"both memory banks of {sizes[-1]:,} records: 4 · 128 bytes a record and bank, half of it from 1 GB on",
            f"{number(banks[-1])} MB",
        ),
    ]


def class_rows(runs: int) -> list[Row]:
    """A step of the student by the number of classes."""
    found = points("classes", CLASSES, [], runs)
    return [series("a step of the student with MKD and CLT, by classes", "ms", CLASSES, found, "step").row(1.0)]


def length_rows(files: list[str], runs: int) -> list[Row]:
    """A diagnosis by the hours of the recording."""
    found = points("hours", HOURS, files, runs)
    times = series("seconds from file to findings, by hours", "s", HOURS, found, "seconds")
    memory = series("memory for it, by hours", "MB", HOURS, found, "memory")
    long = [index for index, hours in enumerate(HOURS) if hours > LONGEST_MINUTE]
    rows = [_only(times, long).row(1.1), _only(memory, long).row()]
    return [replace(row, what=row.what.replace(" (", ", one lead at 250 Hz (", 1)) for row in rows]


def _only(whole: Series, chosen: list[int]) -> Series:
    """Some points: fixed costs weigh most in a recording of seconds."""
    return replace(whole, sizes=tuple(whole.sizes[i] for i in chosen), values=tuple(whole.values[i] for i in chosen))


def lead_rows(files: list[str], runs: int) -> list[Row]:
    """Preprocessing and quality by the number of leads."""
    found = points("leads", LEADS, files, runs)
    return [series("seconds to condition and assess 2 h, by leads", "s", LEADS, found, "seconds").row(1.1)]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--records", type=int, default=160, help="of the smallest corpus (160)")
    options.add_argument("--point", choices=list(POINTS), help="measure one point in this process and print JSON")
    options.add_argument("--size", type=float, default=1, help="of that point")
    chosen = options.parse_args()
    if chosen.point:
        with TemporaryDirectory() as folder:
            point: Callable[..., dict[str, float]] = POINTS[chosen.point]
            print(json.dumps(point(chosen.size, Path(folder), chosen.ptb_xl, chosen.records)))
    else:
        finish(measure(chosen.ptb_xl, chosen.records, chosen.runs), chosen)


if __name__ == "__main__":
    main()
