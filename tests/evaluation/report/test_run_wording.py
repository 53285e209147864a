from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.evaluation import GapClosed, Interval, RunResult
from mvkt.evaluation.report import run_wording
from mvkt.evaluation.result import LabelsWorth


def transfer(low: float, value: float, high: float, share: bool = True) -> GapClosed:
    return GapClosed(
        gap_closed=Interval(value=0.25, low=-0.04, high=0.5) if share else None,
        student_minus_baseline=Interval(value=value, low=low, high=high),
        teacher_minus_baseline=Interval(value=0.08, low=0.06, high=0.1),
        p_value=0.042,
        resamples=1000,
        note="" if share else "There is no gap.",
    )


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        (transfer(0.001, 0.02, 0.04), "helped", "The transfer helped."),
        (transfer(-0.001, 0.02, 0.04), "unclear", "No evidence that the transfer helped."),
        (transfer(0.0, 0.02, 0.04), "unclear", "No evidence that the transfer helped."),
        (transfer(-0.04, -0.02, -0.001), "hurt", "The transfer hurt."),
    ],
)
def test_only_an_interval_without_0_is_evidence(change: GapClosed, verdict: str, words: str, usual_run: Path) -> None:
    run = RunResult.load(usual_run / "result.json").model_copy(update={"transfer": change})
    headline = run_wording.headline(run)
    assert (headline.verdict, headline.verdict_words) == (verdict, words)
    assert ", p = 0.042: the interval" in headline.sentences[1]


def test_the_headline_names_all_three(usual_run: Path) -> None:
    run = RunResult.load(usual_run / "result.json").model_copy(update={"transfer": transfer(0.001, 0.02, 0.04)})
    headline = run_wording.headline(run)
    student = run.models.student.evaluation
    assert headline.title == (
        f"From lead I, the student recognises 5 classes with a macro AUC of {student.macro_auc.value:.3f}."
    )
    assert "the baseline, reaches" in headline.sentences[0]
    assert "the teacher, which sees 12 leads," in headline.sentences[0]
    assert f"{student.records} test records of {student.patients} patients" in headline.sentences[0]
    assert headline.sentences[2] == ("Of the gap between baseline and teacher the student closes 25 % (−4 to 50).")


def test_records_without_labels_are_stated(usual_run: Path) -> None:
    run = RunResult.load(usual_run / "result.json")
    few = run.model_copy(update={"unlabelled_records": 1991})
    begin = f"It learned from {run.records['training']:,} records with labels and 1,991 without. On "
    assert run_wording.headline(few).sentences[0].startswith(begin)
    alone = few.model_copy(update={"transfer": None})
    assert "without. On" not in run_wording.headline(alone).sentences[0], (
        "without a teacher it does not learn from them"
    )


def test_the_headline_compares_with_the_labels_of_all_records(usual_run: Path) -> None:
    run = RunResult.load(usual_run / "result.json")
    gain = Interval(value=0.06, low=0.04, high=0.08)
    worth = LabelsWorth(records=2111, model=run.models.student, minus_baseline=gain, replaced=gain)
    last = run_wording.headline(run.model_copy(update={"labels": worth})).sentences[-1]
    assert last.startswith("With the labels of all 2,111 records the baseline reaches 0.")
    assert last.endswith("of that gain the student replaces 6 % (4 to 8).")
    unclear = worth.model_copy(update={"replaced": None})
    last = run_wording.headline(run.model_copy(update={"labels": unclear})).sentences[-1]
    assert last.endswith("that is not clearly more, so there is no gain to replace a share of.")


def test_a_share_that_means_nothing_is_explained(usual_run: Path) -> None:
    run = RunResult.load(usual_run / "result.json")
    run = run.model_copy(update={"transfer": transfer(-0.01, 0.0, 0.01, share=False)})
    assert run_wording.headline(run).sentences[2] == "There is no gap."


@pytest.mark.parametrize(
    ("view", "words"),
    [("I", "lead I"), ("I+II+V2", "leads I, II and V2"), ("limb", "the limb leads"), ("12-lead", "12 leads")],
)
def test_leads(view: str, words: str) -> None:
    assert run_wording.leads_of(view) == words
