"""How many people are missed, and how many normal recordings left open, by the rule that chooses the limits?

    python -m benchmarks.quality.limit_rules CORPUS STUDENT...

``CORPUS`` is prepared with the signal settings of the students, as by ``make students``. Each student in the box runs
over the validation folds of its corpus; calibration and limits are fitted to four fifths of the patients there and
counted on the last fifth, in three draws. The rules are the one of mvkt, the same with all classes or all people
counted alike, and the one before: lower ends raised to the same rank among the normal recordings in all classes. No
test fold is read.

The columns are shares in percent: of the normal recordings, those in which a finding is found or left open; of those
with a finding, those in which none is; and of the people with a class, those reported as without it: of all classes
together, in the mean of the classes, and of some classes.
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
CLASSES = ("MI", "IMI", "STTC", "CD", "HYP", "AFIB")
COLUMNS = (
    *("student", "rule", "normal open", "overlooked", "missed, all people", "missed, mean of classes"),
    *(f"`{code}`" for code in CLASSES),
    "decided",
)

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


def without_margin(*arguments: object) -> Floats:
    """The rule of mvkt with a promise that holds on average."""
    with mock.patch.object(normal_limits, "confident_errors", allowed_errors):
        return normal_limits.normal_limits(*arguments)  # type: ignore[arg-type]


RULES: dict[str, Rule] = {
    "same rank (before)": same_rank,
    "price, classes alike": weighted(0.0),
    "**price, square root of the people**": weighted(normal_limits.EXPONENT),
    "price, people alike": weighted(1.0),
    "price, square root, without the margin": without_margin,
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


def figures(records: Predictions, made: Verdicts) -> list[float]:
    """Shares, in the order of :data:`COLUMNS`; NaN for a class that the student does not know."""
    findings = finding_classes(records.classes)
    shares = verdict_shares(records.targets, made, None, findings)
    lost = (made.excluded & records.targets)[:, findings].sum()
    missed = dict(zip(records.classes, shares["missed"].tolist(), strict=True))
    return [
        float(shares["normal_left_open"]),
        float(shares["overlooked"]),
        float(lost / records.targets[:, findings].sum()),
        float(np.nanmean(shares["missed"][findings])),
        *(missed.get(code, np.nan) for code in CLASSES),
        float(np.mean(shares["decided"])),
    ]


def rows(name: str, records: Predictions) -> list[str]:
    """Return the rows of a student in the table, in percent: means over the draws."""
    made = []
    for rule, limits in RULES.items():
        means = np.mean([figures(records, cross_validated(records, limits, draw)) for draw in range(DRAWS)], axis=0)
        cells = ["–" if np.isnan(mean) else f"{100 * mean:.1f}" for mean in means]
        made.append(f"| {name} | {rule} | {' | '.join(cells)} |")
    return made


def main(corpus: Path, names: list[str]) -> None:
    """Print a Markdown table."""
    recordings = Corpus.open(corpus)
    print(f"| {' | '.join(COLUMNS)} |\n{'| --- ' * len(COLUMNS)}|")
    for name in names:
        bundle = Bundle.open(find(name))
        folds = bundle.manifest.provenance["split"]["validation"]
        records = predict_bundle(bundle, recordings, folds, lambda done, total: None).by_record()
        print("\n".join(rows(name, records)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
