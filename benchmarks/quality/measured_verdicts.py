"""How good are the verdicts that follow from a measurement, and the network's alone, on PTB-XL's fold 10?

    python -m benchmarks.quality.measured_verdicts PTB_XL

The recordings of fold 10 are diagnosed by each network in the box that knows PTB-XL's statements, as ``mvkt diagnose``
does. Bradycardia and tachycardia, first-degree block and extra beats then follow from the rate, PR and the beats;
fibrillation in regular beats and a normal ECG beside another finding are inconclusive. The model cards have the figures
of the network alone, which are printed beside.
"""

from __future__ import annotations

import ast
import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mvkt
from mvkt.diagnosis.prepared_recording import prepare
from mvkt.diagnosis.verdicts import calibrated, verdicts_of
from mvkt.ecg.formats import read

STUDENTS = ("lead-I", "lead-II", "limb", "12-lead")
MEASURED = ("SBRAD", "STACH", "1AVB", "PVC", "AFIB", "NORM")
TEST_FOLD = 10

Verdicts = NDArray[np.object_]


def main(folder: Path) -> None:
    """Print a Markdown table."""
    rows = [row for row in _rows(folder) if int(row["strat_fold"]) == TEST_FOLD]
    truth = [set(ast.literal_eval(row["scp_codes"])) for row in rows]
    print(f"{len(rows)} recordings of fold {TEST_FOLD}; found, and inconclusive in brackets\n")
    print("| student | class | with it | found of these | by the network alone | false alarms | by the network alone |")
    print("|---|---|---|---|---|---|---|")
    for name in STUDENTS:
        whole, alone = _verdicts(name, [folder / row["filename_lr"] for row in rows])
        for code, verdicts in whole.items():
            there = np.array([code in codes for codes in truth])
            cells = [_share(part, which) for which in (there, ~there) for part in (verdicts, alone[code])]
            print(f"| {name} | {code} | {there.sum()} | " + " | ".join(cells) + " |", flush=True)


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "ptbxl_database.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


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
    main(Path(sys.argv[1]))
