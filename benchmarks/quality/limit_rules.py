"""How many people are missed, and how many normal recordings left open, by the rule that chooses the limits?

    python -m benchmarks.quality.limit_rules CORPUS STUDENT...

``CORPUS`` is prepared with the signal settings of the students, as by ``make students``. Each student in the box runs
over the validation folds of its corpus; calibration and limits are fitted to four fifths of the patients there and
counted on the last fifth, in three draws. The rules are the one of mvkt, the same with all classes or all people
counted alike, and the one before: lower ends raised to the same rank among the normal recordings in all classes. No
test fold is read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts import class_bands, normal_limits
from mvkt.evaluation.verdicts.band_check import verdict_shares
from mvkt.evaluation.verdicts.calibration import Verdicts, fit_calibration, probabilities, verdicts
from mvkt.evaluation.verdicts.class_bands import finding_classes
from mvkt.evaluation.verdicts.conformal_band import allowed_errors, lower_end
from mvkt.training.predict_bundle import predict_bundle

DRAWS, PARTS = 3, 5
FEWEST = 20

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Rule = Callable[[Bools, Floats, Bools, Floats, float], Floats]


def same_rank(targets: Bools, scores: Floats, normal: Bools, missed: Floats, left_open: float) -> Floats:
    """The rule before: each normal record has a rank in each class, and the limits are those of the same rank."""
    records, classes = int(normal.sum()), scores.shape[1]
    allowed = allowed_errors(records, left_open)
    ends = np.array([lower_end(s[t], s, m) for t, s, m in zip(targets.T, scores.T, missed.tolist(), strict=True)])
    of_normal = scores[normal].astype(np.float64)
    ordered = np.sort(of_normal, axis=0)
    pairs = zip(ordered.T, of_normal.T, strict=True)
    ranks = np.stack([np.searchsorted(column, values, side="right") for column, values in pairs], axis=1)
    highest = np.sort(np.where(of_normal >= ends, ranks, 0).max(axis=1))
    rank = int(highest[-min(allowed, records)])
    if not rank:
        return np.zeros(classes)
    limits: Floats = (ordered[rank - 1] + (ordered[rank] if rank < records else 1.0)) / 2
    return limits


def weighted(exponent: float) -> Rule:
    """The rule of mvkt with another weight of a class by its people."""

    def limits(*arguments: object) -> Floats:
        with mock.patch.object(normal_limits, "EXPONENT", exponent):
            return normal_limits.normal_limits(*arguments)  # type: ignore[arg-type]

    return limits


RULES: dict[str, Rule] = {
    "same rank (before)": same_rank,
    "price, classes alike": weighted(0.0),
    "**price, square root of the people**": weighted(normal_limits.EXPONENT),
    "price, people alike": weighted(1.0),
}


def cross_validated(records: Predictions, rule: Rule, draw: int) -> Verdicts:
    """Verdicts on each record by limits of the others."""
    patient, patients = records.patient_numbers()
    part = np.random.default_rng(draw).permutation(np.arange(patients) % PARTS)[patient]
    found, excluded = np.zeros(records.targets.shape, bool), np.zeros(records.targets.shape, bool)
    for number in range(PARTS):
        inside = np.flatnonzero(part == number)
        with mock.patch.object(class_bands, "normal_limits", rule):
            calibration = fit_calibration(records.at(np.flatnonzero(part != number)))
        made = verdicts(probabilities(records.logits[inside], calibration), calibration)
        found[inside], excluded[inside] = made.found, made.excluded
    return Verdicts(found, excluded)


def figures(records: Predictions, made: Verdicts) -> dict[str, float]:
    """Normal left open, overlooked, missed of all people and in the mean of the classes, and missed of each class."""
    findings = finding_classes(records.classes)
    shares = verdict_shares(records.targets, made, None, findings)
    counts = records.targets[:, findings].sum(axis=0)
    lost = (made.excluded & records.targets)[:, findings].sum(axis=0)
    common = [column for column in np.flatnonzero(findings).tolist() if records.targets[:, column].sum() >= FEWEST]
    return {
        "normal open": float(shares["normal_left_open"]),
        "overlooked": float(shares["overlooked"]),
        "missed, all people": float(lost.sum() / counts.sum()),
        "missed, mean of classes": float(np.nanmean(shares["missed"][findings])),
        "decided": float(np.mean(shares["decided"])),
    } | {f"`{records.classes[column]}`": float(shares["missed"][column]) for column in common}


def table(name: str, records: Predictions) -> str:
    """Return the Markdown table of a student: a row for each rule, in percent."""
    rows: list[str] = []
    for rule, limits in RULES.items():
        draws = [figures(records, cross_validated(records, limits, draw)) for draw in range(DRAWS)]
        if not rows:
            rows = [f"| {name} | {' | '.join(draws[0])} |", "| --- " * (len(draws[0]) + 1) + "|"]
        cells = [f"{100 * np.mean([draw[key] for draw in draws]):.1f}" for key in draws[0]]
        rows.append(f"| {rule} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main(corpus: Path, names: list[str]) -> None:
    """Print a table for each student."""
    recordings = Corpus.open(corpus)
    for name in names:
        bundle = Bundle.open(find(name))
        folds = bundle.manifest.provenance["split"]["validation"]
        records = predict_bundle(bundle, recordings, folds, lambda done, total: None).by_record()
        print(f"{table(name, records)}\n", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
