"""What does the network of strips find in a lead other than that between the hands, on folds 9 and 10 of PTB-XL?

    python -m benchmarks.quality.strips_of_other_leads PTB_XL

A strip whose file does not state its lead is read as lead I. Here a lead of each recording is read so, as if it were
the only channel of its file: of all recordings with atrial fibrillation, and of up to 300 in sinus rhythm without
anything else in their rhythm.
"""

from __future__ import annotations

import ast
import csv
import sys
from dataclasses import replace
from pathlib import Path

import mvkt
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.ecg.statements.kinds import RHYTHM

LEADS = ("I", "II", "V1", "V5")
_MOST_IN_SINUS_RHYTHM = 300
_FOLDS = ("9", "10")


def groups(folder: Path) -> dict[str, list[Path]]:
    """Return the recordings with atrial fibrillation, and those in sinus rhythm."""
    with (folder / "ptbxl_database.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["strat_fold"] in _FOLDS]
    rhythms = [(folder / row["filename_lr"], set(ast.literal_eval(row["scp_codes"])) & RHYTHM) for row in rows]
    return {
        "AFIB": [path for path, codes in rhythms if "AFIB" in codes],
        "SR": [path for path, codes in rhythms if codes == {"SR"}][:_MOST_IN_SINUS_RHYTHM],
    }


def as_strip(record: Record, lead: str) -> Record:
    """Return a lead as the only channel of a file that does not state which it is."""
    return replace(record, signal=record.select(lead), leads=("ECG",))


def shares(diagnoser: Diagnoser, records: list[Record], lead: str) -> tuple[float, float, float]:
    """Return how often fibrillation is found, a normal rhythm is not found, and nothing is judged."""
    found = [diagnoser.diagnose(as_strip(record, lead)) for record in records]
    verdicts = [{finding.code: finding.verdict for finding in diagnosis.findings} for diagnosis in found]
    return (
        sum(of.get("AF") == "found" for of in verdicts) / len(found),
        sum(of.get("NSR") == "not found" for of in verdicts) / len(found),
        sum(not of for of in verdicts) / len(found),
    )


def main(folder: Path) -> None:
    """Print a Markdown table."""
    diagnoser = mvkt.load("device")
    records = {name: [read(path) for path in paths] for name, paths in groups(folder).items()}
    print("| recordings | lead | AF found | normal rhythm not found | not judged |\n|---|---|---|---|---|")
    for name, of_group in records.items():
        for lead in LEADS:
            cells = " | ".join(f"{share:.1%}" for share in shares(diagnoser, of_group, lead))
            print(f"| {len(of_group)} {name} | {lead} | {cells} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
