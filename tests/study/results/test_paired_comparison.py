from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.study.made_cells import CORPUS, SKILLS, write_study
from tests.study.results.conftest import RESAMPLES

from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.paired_comparison import control_of
from mvkt.study.results.study_result import StudyResult
from mvkt.study.study_folder import MethodPlan, StudyPlan, cell_folder


def test_the_gap_that_is_closed(result: StudyResult) -> None:
    better = result.comparison("better")
    assert better is not None
    assert result.of_reference is not None
    assert better.gap_closed is not None
    assert better.gap_closed.value == pytest.approx(
        better.difference.value / result.of_reference.difference.value, abs=1e-9
    )
    assert 0 < better.gap_closed.low < better.gap_closed.value < better.gap_closed.high < 1


def test_pairs_are_compared_that_both_methods_have(tmp_path: Path) -> None:
    out = write_study(tmp_path, SKILLS, reference="teacher", records=80)
    for method, seed, fold in (("mkd", 0, 10), ("mkd", 1, 10), ("mkd", 2, 10), ("labels", 1, 2), ("mkd", 0, 1)):
        shutil.rmtree(cell_folder(out, method, seed, fold))
    shutil.rmtree(out / "cells" / "better")
    result = measure(collect(out), RESAMPLES)
    assert len(result.missing) == 5 + 9
    mkd = result.comparison("mkd")
    assert mkd is not None
    assert mkd.cells == 4  # fold 1 with seeds 1 and 2, fold 2 with seeds 0 and 2
    assert result.comparison("better") is None
    better = result.method("better")
    assert (better.macro_auc, better.cells, better.parameters, better.seconds) == (None, (), None, None)
    assert result.method("mkd").seed_spread is not None  # seeds 1 and 2 have all folds that the method has


def test_without_the_reference_no_gap_is_closed(tmp_path: Path) -> None:
    out = write_study(tmp_path, SKILLS, reference="teacher", records=80, folds=(1,), seeds=(0,))
    shutil.rmtree(out / "cells" / "teacher")
    comparison = measure(collect(out), RESAMPLES).comparisons[0]
    assert comparison.gap_closed is None
    assert "no cell" in comparison.gap_note


def method(family: str = "", fraction: float | None = None) -> MethodPlan:
    return MethodPlan(title="", view="I", task="t", recipe={}, family=family, fraction=fraction)


def test_methods_are_compared_with_as_many_training_records() -> None:
    methods = {
        "bce": method("bce", 1.0),
        "bce-half": method("bce", 0.5),
        "mkd": method("mkd", 1.0),
        "mkd-half": method("mkd", 0.5),
        "mkd-quarter": method("mkd", 0.25),
        "other": method(),
    }
    plan = StudyPlan(
        name="s",
        created="",
        tool_version="",
        corpus=CORPUS,
        classes=("A",),
        titles={},
        seeds=(0,),
        test_folds=(1,),
        baseline="bce",
        methods=methods,
    )
    controls = {name: control_of(plan, name) for name in methods}
    assert controls == {
        "bce": None,
        "bce-half": None,
        "mkd": "bce",
        "mkd-half": "bce-half",
        "mkd-quarter": None,
        "other": "bce",
    }
    # The reference shows how far one could get with all labels: it has more records than what it is compared with.
    fewer = plan.model_copy(update={"baseline": "bce-half", "reference": "mkd"})
    assert {name: control_of(fewer, name) for name in ("mkd", "mkd-half", "bce")} == {
        "mkd": "bce-half",
        "mkd-half": "bce-half",
        "bce": None,
    }
    nameless = plan.model_copy(update={"methods": {**methods, "bce": method()}})
    assert control_of(nameless, "mkd-half") is None
