"""Figures in words: how the report writes numbers, and what it says about a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mvkt.ecg.leads import NAMED_VIEWS, view_leads
from mvkt.evaluation.interval import Interval
from mvkt.evaluation.result import GapClosed, RunResult

_SPACE = "\N{NO-BREAK SPACE}"

Verdict = Literal["helped", "unclear", "hurt"]


@dataclass(frozen=True)
class Headline:
    """What a run found out, in three steps of detail.

    Attributes:
        title: One sentence.
        verdict: Whether the transfer helped, as far as these records can tell; None where nothing was transferred.
        verdict_words: The verdict in words.
        sentences: The figures behind it.
    """

    title: str
    verdict: Verdict | None
    verdict_words: str
    sentences: tuple[str, ...]


def number(value: float, digits: int = 3) -> str:
    """Write ``0.846``; a minus sign is a minus sign, and nothing is ``-0.000``."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float) -> str:
    """Write ``+0.012`` or ``−0.004``."""
    text = number(value)
    return text if text.startswith("−") or float(text) == 0 else f"+{text}"


def limits(interval: Interval) -> str:
    """Write ``0.821 to 0.869``, in one line."""
    return f"{number(interval.low)} to {number(interval.high)}".replace(" ", _SPACE)


def with_limits(interval: Interval) -> str:
    """Write ``0.846 (0.821 to 0.869)``."""
    return f"{number(interval.value)} ({limits(interval)})"


def percent(share: float) -> str:
    """Write ``23 %`` with a space that does not break."""
    return f"{number(100 * share, 0)}{_SPACE}%"


def percent_with_limits(interval: Interval) -> str:
    """Write ``23 % (20 to 27)``."""
    low, high = (number(100 * end, 0) for end in (interval.low, interval.high))
    return f"{percent(interval.value)} ({low} to {high})"


def count(value: int) -> str:
    """Write ``1,234``."""
    return f"{value:,}"


def plural(value: int, noun: str) -> str:
    """Write ``1 record`` or ``1,234 records``."""
    return f"{count(value)} {noun}" + ("" if value == 1 else "s")


def duration(seconds: float) -> str:
    """Write ``48 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def leads_of(view: str) -> str:
    """Write ``lead I``, ``leads I, II and V2``, ``the limb leads`` or ``12 leads``."""
    if view in NAMED_VIEWS:
        return {"12-lead": "12 leads", "limb": "the limb leads"}[view]
    leads = view_leads(view)
    return f"lead {leads[0]}" if len(leads) == 1 else f"leads {', '.join(leads[:-1])} and {leads[-1]}"


def verdict(transfer: GapClosed) -> Verdict:
    """Say whether the transfer helped: only an interval that leaves out 0 says anything."""
    if transfer.student_minus_baseline.low > 0:
        return "helped"
    return "hurt" if transfer.student_minus_baseline.high < 0 else "unclear"


def headline(run: RunResult) -> Headline:
    """Say what a run found out, no more surely than its intervals allow."""
    student, found = run.models.student, verdict(run.transfer) if run.transfer else None
    evaluation = student.evaluation
    judged = len(run.classes) - len(evaluation.absent)
    classes = "one class" if judged == 1 else f"{judged} classes"
    return Headline(
        title=f"From {leads_of(student.view)}, the student recognises {classes} with a macro AUC of "
        f"{number(evaluation.macro_auc.value)}.",
        verdict=found,
        verdict_words={
            None: "Trained without a teacher.",
            "helped": "The transfer helped.",
            "unclear": "No evidence that the transfer helped.",
            "hurt": "The transfer hurt.",
        }[found],
        sentences=(_reached(run), *((_difference(run.transfer), _share(run.transfer)) if run.transfer else ())),
    )


def _reached(run: RunResult) -> str:
    models = run.models
    test = models.student.evaluation
    reached = (
        f"On {plural(test.records, 'test record')} of {plural(test.patients, 'patient')} it reaches "
        f"{number(test.macro_auc.value)} (95 % interval {limits(test.macro_auc)})."
    )
    if models.baseline is None or models.teacher is None:
        return reached
    return (
        f"{reached} The same network trained without a teacher, the baseline, reaches "
        f"{with_limits(models.baseline.evaluation.macro_auc)}; the teacher, which sees "
        f"{leads_of(models.teacher.view)}, {with_limits(models.teacher.evaluation.macro_auc)}."
    )


def _difference(transfer: GapClosed) -> str:
    difference = transfer.student_minus_baseline
    where = {"helped": "lies above", "unclear": "includes", "hurt": "lies below"}[verdict(transfer)]
    return (
        f"Student minus baseline is {signed(difference.value)} ({signed(difference.low)} to "
        f"{signed(difference.high)}, p{_SPACE}={_SPACE}{number(transfer.p_value)}): the interval {where} 0."
    )


def _share(transfer: GapClosed) -> str:
    share = transfer.gap_closed
    if share is None:
        return transfer.note
    return (
        f"Of the gap between baseline and teacher the student closes {percent(share.value)} "
        f"({percent(share.low)} to {percent(share.high)})."
    )
