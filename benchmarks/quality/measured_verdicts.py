"""How good are the verdicts that follow from a measurement, and the network's alone, on PTB-XL's test fold?

    python -m benchmarks.quality.measured_verdicts PTB_XL [--fold 9]

The recordings of fold 10, or of another, are diagnosed by each network in the box that knows PTB-XL's statements, as
``mvkt diagnose`` does: :mod:`mvkt.diagnosis.measured_findings` has the rules. The model cards have the figures of the
network alone, which are printed beside.
"""

from __future__ import annotations

import argparse
import ast
import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mvkt
from mvkt.diagnosis.prepared_recording import prepare
from mvkt.diagnosis.verdicts import calibrated, verdicts_of
from mvkt.ecg.formats import read

STUDENTS = ("lead-I", "lead-II", "limb", "12-lead")
MEASURED = ("SBRAD", "STACH", "1AVB", "PVC", "AFIB", "CD", "LAFB", "NORM")
CONDUCTION = frozenset({"1AVB", "2AVB", "3AVB", "CLBBB", "CRBBB", "ILBBB", "IRBBB", "IVCD", "LAFB", "LPFB", "WPW"})
"""The statements of PTB-XL's superclass CD."""

Verdicts = NDArray[np.object_]


def main(folder: Path, fold: int) -> None:
    """Print a Markdown table."""
    rows = [row for row in rows_of(folder) if int(row["strat_fold"]) == fold]
    truth = [statements_of(row) for row in rows]
    print(f"{len(rows)} recordings of fold {fold}; found, and inconclusive in brackets\n")
    print("| student | class | with it | found of these | by the network alone | false alarms | by the network alone |")
    print("|---|---|---|---|---|---|---|")
    for name in STUDENTS:
        whole, alone = _verdicts(name, [folder / row["filename_lr"] for row in rows])
        for code, verdicts in whole.items():
            there = np.array([code in codes for codes in truth])
            cells = [_share(part, which) for which in (there, ~there) for part in (verdicts, alone[code])]
            print(f"| {name} | {code} | {there.sum()} | " + " | ".join(cells) + " |", flush=True)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """The table of PTB-XL."""
    with (folder / "ptbxl_database.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def statements_of(row: dict[str, str]) -> set[str]:
    """The SCP statements of a recording, and the superclass CD."""
    codes = set(ast.literal_eval(row["scp_codes"]))
    return codes | {"CD"} if codes & CONDUCTION else codes


def _verdicts(name: str, paths: list[Path]) -> tuple[dict[str, Verdicts], dict[str, Verdicts]]:
    """Class -> verdicts of the diagnosis, and of the network alone; "not judged" where no window could be judged."""
    diagnoser = mvkt.load(name)
    manifest = diagnoser.bundle.manifest
    codes = [code for code in MEASURED if code in manifest.classes]
    whole: dict[str, list[str]] = {code: [] for code in codes}
    alone: dict[str, list[str]] = {code: [] for code in codes}
    for path in paths:
        prepared = prepare(read(path), manifest.view, manifest.signal)
        found = {finding.code: finding.verdict for finding in diagnoser.judge(prepared).findings}
        logits = diagnoser.logits(prepared)
        network = verdicts_of(calibrated(logits.mean(axis=0), manifest), manifest) if len(logits) else None
        for code in codes:
            whole[code].append(found.get(code, "not judged"))
            alone[code].append("not judged" if network is None else network[manifest.classes.index(code)])
    return tuple({code: np.array(part[code], dtype=object) for code in codes} for part in (whole, alone))  # type: ignore[return-value]


def _share(verdicts: Verdicts, which: NDArray[np.bool_]) -> str:
    found, unsure = ((verdicts[which] == verdict).mean() for verdict in ("found", "inconclusive"))
    return f"{found:.1%} ({unsure:.1%})"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, help="PTB-XL")
    options.add_argument("--fold", type=int, default=10, help="whose recordings are diagnosed (10, the test fold)")
    chosen = options.parse_args()
    main(chosen.folder, chosen.fold)
