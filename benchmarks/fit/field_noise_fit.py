"""How well do the indices of signal quality find what people called unreadable?

Prints the table of docs/results/quality.md.

    python -m benchmarks.fit.field_noise_fit STRIPS QUALITY

``STRIPS`` is the folder of the PhysioNet Challenge 2017 (a label ``~`` is a strip that is too noisy to be read),
``QUALITY`` that of the Challenge 2011 with ``quality.csv`` (acceptable or not, of twelve leads). Every second record,
by the order of their names, is for choosing limits, the others for measuring them.

A limit is moved so far that at most 3 % of the readable records of the first half are refused. The shipped limit
(:data:`mvkt.ecg.quality.noisiness.THRESHOLD`) is 0 on the scale of the table.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.quality.quality import WindowQuality, assess
from mvkt.ecg.signal import SignalSpec, condition, cut

SPEC = SignalSpec()
READABLE_REFUSED = 0.03
_HEADS = ("records", "limit", "unreadable refused", "readable refused")


def strips(folder: Path) -> Iterator[tuple[list[WindowQuality], bool]]:
    """Yield the qualities of the windows of each strip, and whether people could not read it."""
    with next(folder.rglob("REFERENCE-v3.csv")).open(encoding="utf-8") as table:
        labels = {row[0]: row[1] for row in csv.reader(table)}
    files = {path.stem: path for path in folder.rglob("*.mat")}
    for name in sorted(labels.keys() & files.keys()):
        if labels[name] in ("N", "~"):
            windows, _ = cut(condition(read(files[name]).relabel("I"), SPEC, "I"), SPEC)
            yield list(assess(windows, SPEC)), labels[name] == "~"


def twelve_leads(folder: Path) -> Iterator[tuple[list[WindowQuality], bool]]:
    """Yield the qualities of each lead of each recording, and whether people found the whole unacceptable."""
    with (folder / "quality.csv").open(encoding="utf-8") as table:
        labels = {row["record"]: row["quality"] for row in csv.DictReader(table)}
    files = {path.stem: path for path in folder.rglob("*.hea")}
    for name in sorted(labels.keys() & files.keys()):
        if labels[name] in ("acceptable", "unacceptable"):
            windows, _ = cut(condition(read(files[name]), SPEC, "12-lead"), SPEC)
            leads = [assess(np.ascontiguousarray(windows[:1, [lead]]), SPEC)[0] for lead in range(len(STANDARD_LEADS))]
            yield leads, labels[name] == "unacceptable"


def broken(quality: WindowQuality) -> bool:
    """Whether a window is refused for something else than noise."""
    return not quality.judgeable and not quality.noisy_only


def score(qualities: list[WindowQuality], worst: int) -> float:
    """Noise of a record: its ``worst``-th noisiest part; infinite where that many are broken."""
    noise = sorted((np.inf if broken(quality) else quality.noise for quality in qualities), reverse=True)
    return float(noise[min(worst, len(noise)) - 1])


def rows(name: str, scores: NDArray[np.float64], bad: NDArray[np.bool_]) -> Iterator[tuple[str, ...]]:
    """Yield a row for the shipped limit and one for that of the first half, both measured on the second."""
    first = np.arange(len(scores)) % 2 == 0
    kept = np.sort(scores[first & ~bad])
    fitted = float(kept[int(np.ceil((1 - READABLE_REFUSED) * len(kept))) - 1])
    for what, limit in (("shipped", 0.0), ("fitted", fitted)):
        refused = scores[~first] > limit
        of_bad, of_good = refused[bad[~first]], refused[~bad[~first]]
        yield (
            f"{name}, {what}",
            f"{limit:.2f}",
            f"{of_bad.mean():.0%} of {len(of_bad)}",
            f"{of_good.mean():.1%} of {len(of_good)}",
        )


def main(strip_folder: str, quality_folder: str) -> None:
    """Print the table."""
    print(f"| {' | '.join(_HEADS)} |\n|{'---|' * len(_HEADS)}")
    made = list(strips(Path(strip_folder)))
    bad = np.array([unreadable for _, unreadable in made])
    half = np.array([score(qualities, (len(qualities) + 1) // 2) for qualities, _ in made])
    for row in rows("strips, half of the windows", half, bad):
        print(f"| {' | '.join(row)} |")
    made = list(twelve_leads(Path(quality_folder)))
    bad = np.array([unreadable for _, unreadable in made])
    for worst in (1, 2, 3):
        for row in rows(f"twelve leads, {worst} of them", np.array([score(leads, worst) for leads, _ in made]), bad):
            print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
