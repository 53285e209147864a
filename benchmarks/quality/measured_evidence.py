"""In how many recordings with and without a finding does a measurement support it?

    python -m benchmarks.quality.measured_evidence PTB_XL

The recordings of folds 1 to 8 are measured as ``mvkt diagnose`` does, with all leads and with lead I alone. Printed is
the share of those with a finding, and of the others, whose PR, QRS or axis is as the finding's definition has it, and
how often it could not be measured.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.quality.measured_verdicts import rows_of, statements_of

from mvkt.diagnosis.measured_findings import DEFINED, LONGEST_PR
from mvkt.diagnosis.prepared_recording import prepare
from mvkt.ecg.formats import read
from mvkt.ecg.measurements import Measurements
from mvkt.ecg.signal import SignalSpec

EVIDENCE = {"1AVB": ("pr", LONGEST_PR + 1.0, 1000.0), **DEFINED}
_TRAINING = range(1, 9)


def main(folder: Path) -> None:
    """Print a Markdown table."""
    rows = [row for row in rows_of(folder) if int(row["strat_fold"]) in _TRAINING]
    print("| leads | class | with it | measurement | of these | of the others | not measured |")
    print("|---|---|---|---|---|---|---|")
    for view in ("12-lead", "I"):
        measured = [(measurements(folder / row["filename_lr"], view), statements_of(row)) for row in rows]
        for code, (name, low, high) in EVIDENCE.items():
            values = [(getattr(part, name).value, code in codes) for part, codes in measured]
            known = [(low <= value <= high, there) for value, there in values if value is not None]
            cells = (
                *(view, code, str(sum(there for _, there in values)), f"{name} {low:g} to {high:g}"),
                *(share([as_defined for as_defined, there in known if there == which]) for which in (True, False)),
                str(len(values) - len(known)),
            )
            print(f"| {' | '.join(cells)} |", flush=True)


def measurements(path: Path, view: str) -> Measurements:
    """Of a recording, with the leads of a view alone."""
    record = read(path)
    if view != "12-lead":
        record = replace(record, signal=record.select(view), leads=(view,))
    return prepare(record, view, SignalSpec()).measurements


def share(which: list[bool]) -> str:
    """In percent, or nothing of nothing."""
    return f"{sum(which) / len(which):.1%}" if which else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
