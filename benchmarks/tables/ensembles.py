"""How students of a study rank validation records: one by one, several together, and method by method in pairs.

    python -m benchmarks.tables.ensembles STUDY [METHOD ...]  # the folder of `mvkt study`; all methods if none is named
    python -m benchmarks.tables.ensembles RUN RUN ...         # folders of `mvkt train` with the same validation folds

An ensemble costs as many times the computing as it has members. It shows what a student of the same kind could gain
from others: the mean of their logits is what a committee would teach.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev

import numpy as np

from mvkt.evaluation.metrics import macro_auc
from mvkt.evaluation.predictions import Predictions


def together(members: Iterable[Path]) -> tuple[float, float]:
    """Mean macro AUC of the members of one fold, and that of the mean of their logits."""
    predictions = [Predictions.load(member).by_record() for member in members]
    alone = mean(map(auc_of, predictions))
    return alone, macro_auc(predictions[0].targets, np.mean([each.logits for each in predictions], axis=0))


def row(name: str, folds: dict[str, list[Path]], paired: str = "") -> str:
    """A row of the table: means over the folds."""
    alone, joined = (mean(figures) for figures in zip(*map(together, folds.values()), strict=True))
    members = max(len(paths) for paths in folds.values())
    return f"| {name} | {len(folds)} | {members} | {alone:.4f} | {joined:.4f} | {joined - alone:+.4f} | {paired} |"


def difference(cells: Path, name: str, first: str) -> str:
    """Macro AUC of a method less that of another, paired by cell, with its standard error."""
    differences = []
    for path in sorted((cells / name).glob("*/validation.npz")):
        own, other = (Predictions.load(cells / method / path.parent.name / path.name) for method in (name, first))
        differences.append(auc_of(own) - auc_of(other))
    return f"{mean(differences):+.4f} ± {stdev(differences) / len(differences) ** 0.5:.4f}"


def auc_of(predictions: Predictions) -> float:
    """Macro AUC by record."""
    by_record = predictions.by_record()
    return macro_auc(by_record.targets, by_record.logits)


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    print("| method | folds | members | alone | together | difference | alone, less the first |\n" + "| --- " * 7 + "|")
    runs = [Path(run) / "student" / "validation.npz" for run in sys.argv[1:]]
    if runs[0].is_file():
        print(row("runs", {"": runs}))
        return
    cells = Path(sys.argv[1]) / "cells"
    names = sys.argv[2:] or sorted(path.name for path in cells.iterdir())
    everything: dict[str, list[Path]] = {}
    for name in names:
        folds: dict[str, list[Path]] = {}
        for path in sorted((cells / name).glob("*/validation.npz")):
            fold = path.parent.name.partition("-")[2]
            folds.setdefault(fold, []).append(path)
            everything.setdefault(fold, []).append(path)
        print(row(name, folds, "" if name == names[0] else difference(cells, name, names[0])))
    if len(names) > 1:
        print(row("all of them", everything))


if __name__ == "__main__":
    main()
