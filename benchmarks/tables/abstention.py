"""How the rule for "inconclusive" was chosen: rules compared by cross-validation inside a validation fold.

    python -m benchmarks.tables.abstention RUN/student/validation.npz ...  # docs/results/students.md, a minute

Temperatures, biases, thresholds and bands are fitted on four fifths of the patients and judged on the fifth; means over
ten draws. The test fold is not touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts.band_check import verdict_shares
from mvkt.evaluation.verdicts.calibration import Verdicts, best_f1_threshold, fit_calibration, probabilities
from mvkt.evaluation.verdicts.class_bands import Wanted, finding_classes, fit_bands
from mvkt.evaluation.verdicts.conformal_band import FALSE_ALARMS, LEFT_OPEN, MISSED, lower_end, upper_end

Floats = NDArray[np.floating]
Rule = Callable[[Predictions, Floats, Floats], Verdicts]
DRAWS, PARTS = 10, 5


def promises(missed: float, false_alarms: float) -> Rule:
    """The same two promises for every class, and nothing else."""

    def verdicts_of(fitted: Predictions, scores: Floats, new: Floats) -> Verdicts:
        columns = list(zip(fitted.targets.T, scores.T, strict=True))
        low = np.array([lower_end(score[truth], score, missed) for truth, score in columns])
        high = np.array([upper_end(score[~truth], score, false_alarms) for truth, score in columns])
        cut = np.clip(singles(fitted, scores), np.minimum(low, high), np.maximum(low, high))
        crossed = low >= high
        return Verdicts(found=new >= np.where(crossed, cut, high), excluded=new < np.where(crossed, cut, low))

    return verdicts_of


def gated(rule: Rule, left_open: float) -> Rule:
    """Another rule, but nothing is found or open where "normal ECG" is as probable as in most normal records."""

    def verdicts_of(fitted: Predictions, scores: Floats, new: Floats) -> Verdicts:
        verdicts, column = rule(fitted, scores, new), fitted.classes.index("NORM")
        findings = finding_classes(fitted.classes)
        normal = fitted.targets[:, ~findings].any(axis=1) & ~fitted.targets[:, findings].any(axis=1)
        gate = lower_end(scores[normal, column], scores[:, column], left_open)
        clear = (new[:, column] >= gate)[:, np.newaxis] & findings
        return Verdicts(found=verdicts.found & ~clear, excluded=verdicts.excluded | clear)

    return verdicts_of


def single(fitted: Predictions, scores: Floats, new: Floats) -> Verdicts:
    """Nothing is inconclusive."""
    found = new >= singles(fitted, scores)
    return Verdicts(found=found, excluded=~found)


def normal_first(last_step: bool) -> Rule:
    """The rule of :mod:`mvkt.evaluation.verdicts.conformal_band`.

    Without its last step, classes below their threshold count.
    """

    def verdicts_of(fitted: Predictions, scores: Floats, new: Floats) -> Verdicts:
        thresholds = singles(fitted, scores) if last_step else np.zeros(scores.shape[1])
        wanted = Wanted(MISSED, FALSE_ALARMS, LEFT_OPEN)
        bands, _ = fit_bands(fitted.targets, scores, thresholds.tolist(), fitted.classes, wanted)
        low, high = np.array([(band.low, band.high) for band in bands]).T
        return Verdicts(found=new >= high, excluded=new < low)

    return verdicts_of


def singles(fitted: Predictions, scores: Floats) -> Floats:
    """The best single threshold of each class."""
    return np.array([best_f1_threshold(*column) for column in zip(fitted.targets.T, scores.T, strict=True)])


RULES: dict[str, Rule] = {
    "missed 10 %, false alarms 5 %": promises(0.10, 0.05),
    "missed 20 %, false alarms 5 %": promises(0.20, 0.05),
    "missed 30 %, false alarms 5 %": promises(0.30, 0.05),
    'as row 2, nothing where "normal ECG" is probable': gated(promises(0.20, 0.05), 0.25),
    "best single threshold, nothing inconclusive": single,
    "normal records first, without the last step": normal_first(False),
    "**normal records first**": normal_first(True),
}


def cross_validated(records: Predictions, rule: Rule) -> NDArray[np.float64]:
    """Decided, wrong, missed, false alarms, clear, found in normal, none reported."""
    patient, patients = records.patient_numbers()
    findings, rows = finding_classes(records.classes), []
    normal = records.targets[:, ~findings].any(axis=1) & ~records.targets[:, findings].any(axis=1)
    for draw in range(DRAWS):
        part = np.random.default_rng(draw).integers(PARTS, size=patients)[patient]
        found, excluded = np.zeros(records.targets.shape, bool), np.zeros(records.targets.shape, bool)
        for number in range(PARTS):
            inside, fitted = np.flatnonzero(part == number), records.at(np.flatnonzero(part != number))
            calibration = fit_calibration(fitted)
            scores = probabilities(fitted.logits, calibration).astype(np.float64)
            verdicts = rule(fitted, scores, probabilities(records.logits[inside], calibration).astype(np.float64))
            found[inside], excluded[inside] = verdicts.found, verdicts.excluded
        shares = verdict_shares(records.targets, Verdicts(found, excluded), None, findings)
        of_findings = [np.nanmean(shares[name][findings]) for name in ("missed", "false_alarms")]
        called = found[normal][:, findings].any(axis=1).mean()
        whole = [np.mean(shares["decided"]), np.nanmean(shares["error"])]
        rows.append([*whole, *of_findings, 1 - shares["normal_left_open"], called, shares["overlooked"]])
    means: NDArray[np.float64] = np.mean(np.array(rows, dtype=np.float64), axis=0)
    return means


def main(paths: list[Path]) -> None:
    """Print the table."""
    sets = [Predictions.load(path).by_record() for path in paths]
    columns = (
        "rule",
        "decided",
        "wrong among these",
        "missed",
        "false alarms",
        "clear",
        "found in normal",
        "none reported",
    )
    print(f"| {' | '.join(columns)} |\n| {' | '.join(['---'] * len(columns))} |")
    for name, rule in RULES.items():
        measured = np.array([cross_validated(records, rule) for records in sets])
        cells = [" / ".join(f"{100 * share:.1f}" for share in column) + " %" for column in measured.T]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
