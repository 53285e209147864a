"""What is found in strips of a hand-held device, from the file to the verdict.

Prints the table of docs/results/device.md.

    python -m benchmarks.quality.device_strips STRIPS [BUNDLE] [--folds 8,9] [--upside-down]

``STRIPS`` is the folder of the PhysioNet Challenge 2017. Its folds are those of ``mvkt corpus prepare cinc2017``, by
record, as nobody knows the patients. Without ``BUNDLE`` the network in the box reads that ``mvkt diagnose`` takes for
such a strip.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mvkt.corpora.prepare import usable_entries
from mvkt.corpora.sources.cinc2017 import Cinc2017
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.student_panel import Panel
from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.evaluation.metrics import macro_auc

KINDS = ("N", "A", "O", "~")
NAMES = {"NSR": "N", "AF": "A", "AFIB": "A", "ORHY": "O", "SR": "N"}


def judged(root: Path, folds: Sequence[int], bundle: str | None, turned: bool) -> list[tuple[str, Diagnosis]]:
    """Return label and diagnosis of each strip of some folds."""
    source, panel = Cinc2017(root), Panel(bundle)
    made = []
    for entry in usable_entries(source)[0]:
        if entry.fold in folds:
            record = read(root / entry.path)
            if turned:
                record = Record(-record.signal, record.leads, record.sampling_frequency, source=record.source)
            made.append((next(iter(entry.labels)), panel.judge(record, "I")[0].diagnosis))
    return made


def table(made: Sequence[tuple[str, Diagnosis]]) -> list[list[str]]:
    """Return a row for each label: how many, not judged, and what each class was."""
    rows = []
    codes = sorted({finding.code for _, diagnosis in made for finding in diagnosis.findings} & set(NAMES))
    for kind in KINDS:
        some = [diagnosis for label, diagnosis in made if label == kind]
        left_out = np.mean([not diagnosis.judged for diagnosis in some])
        row = [kind, f"{len(some)}", f"{left_out:.1%}"]
        for code in codes:
            verdicts = [f.verdict for diagnosis in some for f in diagnosis.findings if f.code == code]
            row += [f"{sum(v == what for v in verdicts) / len(some):.1%}" for what in ("found", "not found")]
        rows.append(row)
    return [["label", "strips", "not judged", *(f"{c} {w}" for c in codes for w in ("found", "not found"))], *rows]


def mean_f1(made: Sequence[tuple[str, Diagnosis]]) -> float:
    """Return the mean F1 of N, A and O, each strip counted as its most probable class, else noise."""
    named = []
    for _, diagnosis in made:
        odds = {NAMES[f.code]: f.probability for f in diagnosis.findings if f.code in NAMES}
        named.append(max(odds, key=lambda kind: odds[kind]) if odds else "~")
    truth, called = np.array([label for label, _ in made]), np.array(named)
    both = [2 * np.sum((truth == k) & (called == k)) / (np.sum(truth == k) + np.sum(called == k)) for k in KINDS[:3]]
    return float(np.mean(both))


def fibrillation_auc(made: Sequence[tuple[str, Diagnosis]]) -> float:
    """Return the AUC of the probability of AF for A against N, of the strips that are judged."""
    odds = [
        (label, finding.probability)
        for label, diagnosis in made
        for finding in diagnosis.findings
        if label in "AN" and NAMES.get(finding.code) == "A"
    ]
    return macro_auc(np.array([[label == "A"] for label, _ in odds]), np.array([[value] for _, value in odds]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("strips", type=Path)
    parser.add_argument("bundle", nargs="?")
    parser.add_argument("--folds", default="8,9", type=lambda text: [int(fold) for fold in text.split(",")])
    parser.add_argument("--upside-down", action="store_true")
    chosen = parser.parse_args()
    made = judged(chosen.strips, chosen.folds, chosen.bundle, chosen.upside_down)
    head, *rows = table(made)
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(f"\nmean F1 of N, A and O: {mean_f1(made):.3f}; AUC of AF, A against N: {fibrillation_auc(made):.3f}")


if __name__ == "__main__":
    main()
