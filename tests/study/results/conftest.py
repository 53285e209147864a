"""A study with chosen effects, measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.study.made_cells import write_study

from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.study_result import StudyResult

RESAMPLES = 200


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("measure") / "study", reference="teacher", records=150)


@pytest.fixture(scope="module")
def result(study: Path) -> StudyResult:
    return measure(collect(study), RESAMPLES)
