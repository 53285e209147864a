"""A finished study with a report, and a learning curve."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.study.made_cells import SKILLS, write_study

from mvkt.study.report.study_report import write_report
from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.study_result import StudyResult


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "study"
    methods = {"better": {"title": "a better method", "note": "with a note"}, "teacher": {"view": "12-lead"}}
    return write_study(out, SKILLS, methods=methods, reference="teacher", records=100, folds=(10, 1))


@pytest.fixture(scope="module")
def result(study: Path) -> StudyResult:
    return write_report(study)


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """Two families of methods, each with a quarter, a half and all of the training records."""
    skills, methods = {}, {}
    for family, gain in (("labels", 0.0), ("transfer", 0.2)):
        for fraction, skill in ((1.0, 1.6), (0.25, 1.0), (0.5, 1.3)):
            name = f"{family}-{fraction}"
            skills[name] = skill + gain
            methods[name] = {"title": name, "family": family, "fraction": fraction}
    out = write_study(tmp_path_factory.mktemp("curve"), skills, methods=methods, records=80, seeds=(0,), folds=(1,))
    return measure(collect(out), 100)
