"""A study in words: how its tables and its page write differences, and headline."""

from __future__ import annotations

from dataclasses import dataclass

from mvkt.numbers import number, p_equals, percent, percent_with_limits, plural, signed_with_limits, with_limits
from mvkt.study.results.statistics import POWER
from mvkt.study.results.study_result import Comparison, StudyResult

DIGITS = 4
"""Of differences: a study sees some of a few thousandths."""

ON_VALIDATION = (
    "These records have also chosen the epochs, thresholds and calibration: the figures are for choosing methods, "
    "and too good for reporting, not by as much for every method."
)
"""Of a study whose methods are still being chosen."""


@dataclass(frozen=True)
class StudyHeadline:
    """What a study found out.

    Attributes:
        title: One sentence.
        largest: The largest difference; empty where nothing is compared.
        read: What was tested, and how good baseline and reference are.
        seen: Which differences the study could see; empty where nothing is compared.
    """

    title: str
    largest: str
    read: str
    seen: str


def small(value: float) -> str:
    """Write ``0.0093``."""
    return number(value, DIGITS)


def verdict_words(comparison: Comparison) -> str:
    """Describe what a comparison shows, and for "no evidence" how little that means."""
    if comparison.verdict != "no evidence":
        return comparison.verdict
    return f"no evidence (a difference below {small(comparison.detectable_corrected)} could not have been seen)"


def by_difference(result: StudyResult) -> list[Comparison]:
    """Order the comparisons from the largest gain to the largest loss."""
    return sorted(result.comparisons, key=lambda comparison: -comparison.difference.value)


def headline(result: StudyResult) -> StudyHeadline:
    """Describe what a study found out, no more surely than its intervals allow."""
    ordered = by_difference(result)
    if not ordered:
        return StudyHeadline("Nothing can be compared yet.", "", _read(result), "")
    largest = next((comparison for comparison in ordered if comparison.verdict == "better"), ordered[0])
    return StudyHeadline(_title(result, ordered), _largest(result, largest), _read(result), _seen(ordered))


def control(result: StudyResult) -> str:
    """Describe what the methods are compared with."""
    baseline = result.method(result.baseline)
    if all(comparison.against == result.baseline for comparison in result.comparisons):
        return baseline.title
    return f"{baseline.family} with as many training records"


def _title(result: StudyResult, ordered: list[Comparison]) -> str:
    baseline = control(result)
    if len(ordered) == 1:
        title = result.method(ordered[0].method).title
        return {
            "better": f"{title} is better than {baseline}.",
            "worse": f"{title} is worse than {baseline}.",
            "no evidence": f"No evidence of a difference between {title} and {baseline}.",
        }[ordered[0].verdict]
    better = [comparison for comparison in ordered if comparison.verdict == "better"]
    if not better:
        return f"None of {len(ordered)} methods is shown to be better than {baseline}."
    if len(better) == 1:
        return f"One of {len(ordered)} methods is better than {baseline}: {result.method(better[0].method).title}."
    return f"{len(better)} of {len(ordered)} methods are better than {baseline}."


def _read(result: StudyResult) -> str:
    baseline = result.method(result.baseline)
    folds = len({cell.test_fold for method in result.methods for cell in method.cells})
    text = (
        f"On {plural(result.records, f'{result.judged_on} record')} of {plural(result.patients, 'patient')} in "
        f"{plural(folds, 'fold')}, with {plural(len(result.seeds), 'seed')}, "
    )
    if baseline.macro_auc is None:
        return text + f"the baseline, {baseline.title}, has no finished cell."
    text += f"{baseline.title} reaches a macro AUC of {with_limits(baseline.macro_auc)}"
    reference = result.method(result.reference) if result.reference else None
    if reference and reference.macro_auc:
        text += f", and {reference.title}, the reference, {with_limits(reference.macro_auc)}"
    if result.judged_on == "validation":
        return text + f". {ON_VALIDATION}"
    return text + "."


def coverage(result: StudyResult) -> str:
    """Describe what the intervals cover."""
    if len(result.seeds) > 1:
        return "who was tested and how training happened to go"
    return "who was tested; with one seed, not how training happened to go"


def _largest(result: StudyResult, comparison: Comparison) -> str:
    title, comparisons = result.method(comparison.method).title, len(result.comparisons)
    lead = f"The {'largest gain' if comparison.difference.value > 0 else 'smallest loss'} is that of " * (
        comparisons > 1
    )
    text = f"{lead}{title}: {signed_with_limits(comparison.difference, DIGITS)}, {p_equals(comparison.p_corrected)}"
    text += f" after correction for {comparisons} comparisons" * (comparisons > 1)
    if comparison.verdict == "better" and comparison.gap_closed:
        text += f"; it closes {percent_with_limits(comparison.gap_closed)} of the gap to the reference"
    if comparison.verdict == "better" and comparisons > 1:
        text += ". The best of many is flattered by chance: expect less on other records"
    return text + "."


def _seen(ordered: list[Comparison]) -> str:
    sizes = sorted(comparison.detectable_corrected for comparison in ordered)
    least, most = small(sizes[0]), small(sizes[-1])
    size = f"of {least}" if least == most else f"of {least} to {most}, depending on the method,"
    return f"A true difference {size} is seen here with a probability of {percent(POWER)}."
