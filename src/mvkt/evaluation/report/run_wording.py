"""A run in words: its leads, its verdict, its headline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mvkt.ecg.leads import NAMED_VIEWS, view_leads
from mvkt.evaluation.result import GapClosed, RunResult, TeacherAgreement
from mvkt.numbers import limits, number, p_equals, percent_with_limits, plural, signed_with_limits, with_limits

Verdict = Literal["helped", "unclear", "hurt"]


@dataclass(frozen=True)
class RunHeadline:
    """What a run found out, in three steps of detail.

    Attributes:
        title: One sentence.
        verdict: Whether the transfer helped, as far as these records show; None where nothing was transferred.
        verdict_words: The verdict in words.
        sentences: The figures behind it.
    """

    title: str
    verdict: Verdict | None
    verdict_words: str
    sentences: tuple[str, ...]


def leads_of(view: str) -> str:
    """Write ``lead I``, ``leads I, II and V2``, ``the limb leads`` or ``12 leads``."""
    if view in NAMED_VIEWS:
        return {"12-lead": "12 leads", "limb": "the limb leads"}[view]
    leads = view_leads(view)
    return f"lead {leads[0]}" if len(leads) == 1 else f"leads {', '.join(leads[:-1])} and {leads[-1]}"


def verdict(transfer: GapClosed) -> Verdict:
    """Return whether the transfer helped: only an interval that leaves out 0 is evidence."""
    if transfer.student_minus_baseline.low > 0:
        return "helped"
    return "hurt" if transfer.student_minus_baseline.high < 0 else "unclear"


def headline(run: RunResult) -> RunHeadline:
    """Describe what a run found out, no more surely than its intervals allow."""
    student, found = run.models.student, verdict(run.transfer) if run.transfer else None
    evaluation = student.evaluation
    measured = len(run.classes) - len(evaluation.absent)
    classes = "one class" if measured == 1 else f"{measured} classes"
    if run.outside is not None:
        return _agreement(run, run.outside, classes)
    return RunHeadline(
        title=f"From {leads_of(student.view)}, the student recognises {classes} with a macro AUC of "
        f"{number(evaluation.macro_auc.value)}.",
        verdict=found,
        verdict_words={
            None: "Trained without a teacher.",
            "helped": "The transfer helped.",
            "unclear": "No evidence that the transfer helped.",
            "hurt": "The transfer hurt.",
        }[found],
        sentences=(
            _reached(run),
            *((_difference(run.transfer), _share(run.transfer)) if run.transfer else ()),
            *_labels(run),
        ),
    )


def _agreement(run: RunResult, outside: TeacherAgreement, classes: str) -> RunHeadline:
    """What is known of the student of a teacher from elsewhere: agreement, and labels where there are some."""
    test = run.models.student.evaluation
    labels = outside.by_labels
    return RunHeadline(
        title=f"From {leads_of(run.models.student.view)}, the student repeats what its teacher finds in {classes} with "
        f"a macro AUC of {number(test.macro_auc.value)}.",
        verdict=None,
        verdict_words="Agreement, not truth.",
        sentences=(
            f"It learned from {plural(outside.records, 'recording')} by what the teacher {outside.teacher} gives for "
            f"them, {plural(outside.labelled, 'recording')} of them with labels besides. On "
            f"{plural(test.records, 'recording')} of {plural(test.patients, 'patient')} that were held out the macro "
            f"AUC is {number(test.macro_auc.value)} (95 % interval {limits(test.macro_auc)}).",
            "Every figure below is agreement with the teacher: where it errs, so does the student.",
            f"By the labels of {plural(labels.records, 'held-out recording')} the macro AUC is "
            f"{with_limits(labels.macro_auc)}."
            if labels
            else "What the student is worth is not known: too few of the held-out recordings have labels.",
            *(() if not outside.hidden else (f"This view does not show {', '.join(outside.hidden)}.",)),
        ),
    )


def _learned(run: RunResult) -> str:
    """What the student learned from, where not every record has a label."""
    without = run.unlabelled_of("student")
    labelled = plural(run.records.get("training", 0), "record")
    return f"It learned from {labelled} with labels and {without:,} without. " if without else ""


def _reached(run: RunResult) -> str:
    models = run.models
    test = models.student.evaluation
    reached = (
        f"{_learned(run)}On {plural(test.records, 'test record')} of {plural(test.patients, 'patient')} it reaches "
        f"{number(test.macro_auc.value)} (95 % interval {limits(test.macro_auc)})."
    )
    if models.baseline is None or models.teacher is None:
        return reached
    return (
        f"{reached} The same network trained without a teacher, the baseline, reaches "
        f"{with_limits(models.baseline.evaluation.macro_auc)}; the teacher, which sees "
        f"{leads_of(models.teacher.view)}, {with_limits(models.teacher.evaluation.macro_auc)}."
    )


def _labels(run: RunResult) -> tuple[str, ...]:
    """How far the labels would reach that were kept back."""
    labels = run.labels
    if labels is None:
        return ()
    share = (
        f"of that gain the student replaces {percent_with_limits(labels.replaced)}"
        if labels.replaced
        else ("that is not clearly more, so there is no gain to replace a share of")
    )
    return (
        f"With the labels of all {plural(labels.records, 'record')} the baseline reaches "
        f"{with_limits(labels.model.evaluation.macro_auc)}: {share}.",
    )


def _difference(transfer: GapClosed) -> str:
    difference = transfer.student_minus_baseline
    where = {"helped": "lies above", "unclear": "includes", "hurt": "lies below"}[verdict(transfer)]
    return (
        f"Student minus baseline is {signed_with_limits(difference)}, {p_equals(transfer.p_value)}: "
        f"the interval {where} 0."
    )


def _share(transfer: GapClosed) -> str:
    share = transfer.gap_closed
    if share is None:
        return transfer.note
    return f"Of the gap between baseline and teacher the student closes {percent_with_limits(share)}."
