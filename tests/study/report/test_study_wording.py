from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.study.made_cells import SKILLS, write_study

from mvkt.study.report import study_wording
from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.study_result import StudyResult


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    out = write_study(tmp_path_factory.mktemp("wording"), SKILLS, reference="teacher", records=150)
    return measure(collect(out), 200)


def changed(result: StudyResult, *verdicts: str, **settings: Any) -> StudyResult:
    """Return a result with other verdicts; comparisons without one are dropped."""
    comparisons = [
        {**comparison.model_dump(), "verdict": verdict}
        for comparison, verdict in zip(result.comparisons, verdicts, strict=False)
    ]
    return StudyResult.model_validate({**result.model_dump(), "comparisons": comparisons, **settings})


def test_verdicts(result: StudyResult) -> None:
    mkd, better = result.comparisons
    size = f"{mkd.detectable_corrected:.4f}"
    assert study_wording.verdict_words(mkd) == f"no evidence (a difference below {size} could not have been seen)"
    assert study_wording.verdict_words(better) == "better"


def test_the_headline_of_a_study_that_found_something(result: StudyResult) -> None:
    headline = study_wording.headline(result)
    assert headline.title == "One of 2 methods is better than labels: better."
    better = result.comparison("better")
    assert better is not None
    assert headline.largest.startswith(f"The largest gain is that of better: {better.difference.value:+.4f} (")
    assert "after correction for 2 comparisons; it closes" in headline.largest
    assert "flattered by chance" in headline.largest
    assert "450 test records" in headline.read
    assert "3 folds, with 3 seeds, labels reaches" in headline.read
    assert "teacher, the reference, 0.9" in headline.read
    assert "is seen here with a probability of 80" in headline.seen


def test_headlines_claim_no_more_than_the_verdicts(result: StudyResult) -> None:
    none = study_wording.headline(changed(result, "no evidence", "no evidence"))
    assert none.title == "None of 2 methods is shown to be better than labels."
    assert "closes" not in none.largest
    assert study_wording.headline(changed(result, "better", "better")).title == "2 of 2 methods are better than labels."
    assert study_wording.headline(changed(result, "worse")).title == "mkd is worse than labels."
    assert study_wording.headline(changed(result, "better")).title == "mkd is better than labels."
    headline = study_wording.headline(changed(result, "no evidence"))
    assert headline.title == "No evidence of a difference between mkd and labels."
    assert "correction" not in headline.largest
    assert study_wording.headline(changed(result)).title == "Nothing can be compared yet."


def test_the_largest_gain_is_one_with_evidence_where_there_is_one(result: StudyResult) -> None:
    assert "that of mkd:" in study_wording.headline(changed(result, "better", "no evidence")).largest


def test_what_intervals_cover(result: StudyResult) -> None:
    assert study_wording.coverage(result).endswith("how training happened to go")
    assert "not how training" in study_wording.coverage(changed(result, seeds=[0]))


def test_only_losses(tmp_path: Path) -> None:
    out = write_study(tmp_path, {"labels": 1.8, "bad": 1.2, "worse": 1.0}, records=120)
    headline = study_wording.headline(measure(collect(out), 100))
    assert headline.largest.startswith("The smallest loss is that of bad: −0.")
