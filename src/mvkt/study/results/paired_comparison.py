"""The methods of a study against its baseline, in pairs of cells with the same seed and the same test fold."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mvkt.evaluation.bootstrap import required, share_of_gap
from mvkt.numbers import Interval
from mvkt.study.results.resamples import ScoredCells
from mvkt.study.results.statistics import SIGNIFICANCE, holm
from mvkt.study.results.study_result import ClassDifference, Comparison, Verdict
from mvkt.study.study_folder import StudyPlan


def compare(plan: StudyPlan, scored: ScoredCells) -> list[Comparison]:
    """Compare every method that has a control, in the order of the plan.

    The reference is no candidate: it is not counted among the comparisons that the p values are corrected for.
    """
    pairs = [(name, control) for name in plan.methods if (control := control_of(plan, name))]
    tried = [
        (name, control, scored.difference(name, control, scored.present(name, control))) for name, control in pairs
    ]
    found = [(name, control, difference) for name, control, difference in tried if difference]
    p_values = {name: difference.p_value() for name, _, difference in found}
    candidates = [name for name in p_values if name != plan.reference]
    corrected = dict(zip(candidates, holm([p_values[name] for name in candidates]), strict=True))
    family = max(1, len(candidates))
    return [
        Comparison(
            method=name,
            against=control,
            cells=int(scored.present(name, control).sum()),
            several_seeds=difference.training_variance is not None,
            difference=required(difference.interval()),
            standard_error=difference.standard_error,
            p_value=p_values[name],
            p_corrected=(p := corrected.get(name, p_values[name])),
            detectable=difference.detectable(),
            detectable_corrected=difference.detectable(family),
            verdict=_verdict(difference.value, p),
            classes=tuple(_classes(plan, scored, name, control)),
            **_gap(plan, scored, name, control),
        )
        for name, control, difference in found
    ]


def control_of(plan: StudyPlan, name: str) -> str | None:
    """Return what a method is compared with; None for nothing.

    With another share of the training records than the baseline, that is the method of the baseline's family with the
    same share: the difference is to be that of the methods, not of the training records. Only the reference, which
    shows how far one could get, may have more records than what it is compared with.
    """
    baseline, method = plan.methods[plan.baseline], plan.methods[name]
    if name == plan.baseline:
        return None
    if name == plan.reference or (method.fraction or 1.0) == (baseline.fraction or 1.0):
        return plan.baseline
    if not baseline.family or method.family == baseline.family:
        return None
    alike = (other for other, found in plan.methods.items() if found.family == baseline.family)
    return next((other for other in alike if plan.methods[other].fraction == method.fraction), None)


def _verdict(difference: float, p_corrected: float) -> Verdict:
    if p_corrected >= SIGNIFICANCE:
        return "no evidence"
    return "better" if difference > 0 else "worse"


def _classes(plan: StudyPlan, scored: ScoredCells, name: str, control: str) -> Iterable[ClassDifference]:
    where = scored.present(name, control)
    found = scored.by_class(scored.shares(name, where) - scored.shares(control, where))
    for code, difference in zip(plan.classes, found, strict=True):
        yield ClassDifference(
            code=code,
            difference=difference.interval() if difference else None,
            p_value=difference.p_value() if difference else None,
        )


def _gap(plan: StudyPlan, scored: ScoredCells, name: str, control: str) -> dict[str, Interval | str | None]:
    """Return how much of the way to the reference a method goes, over the cells that all three have."""
    if plan.reference in (None, name, control) or control != plan.baseline:
        return {}
    where = scored.present(name, control, plan.reference)
    gain, gap = (scored.difference(other, control, where) for other in (name, plan.reference))
    if gain is None or gap is None:
        return {"gap_note": "The reference has no cell with the same seed and test fold."}
    gains, gaps = gain.widened(), gap.widened()
    both = np.isfinite(gains) & np.isfinite(gaps)
    share, note = share_of_gap(required(gain.interval()), required(gap.interval()), gains[both], gaps[both])
    return {"gap_closed": share, "gap_note": note}
