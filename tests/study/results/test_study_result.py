from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.study.made_cells import SKILLS, write_study

from mvkt.errors import StudyError
from mvkt.study.results.collect import collect
from mvkt.study.results.measure import measure
from mvkt.study.results.study_result import StudyResult


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    out = write_study(tmp_path_factory.mktemp("result"), SKILLS, seeds=(0,), folds=(1,), records=60)
    return measure(collect(out), 50)


def test_what_is_saved_is_read_back(result: StudyResult, tmp_path: Path) -> None:
    result.save(tmp_path / "study.json")
    assert StudyResult.load(tmp_path / "study.json") == result
    assert json.loads((tmp_path / "study.json").read_text())["format_version"] == 1


def test_files_that_are_no_result(result: StudyResult, tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    with pytest.raises(StudyError, match=r"study\.json cannot be read"):
        StudyResult.load(path)
    path.write_text("{}")
    with pytest.raises(StudyError, match=r"study\.json has no format_version .* report it again"):
        StudyResult.load(path)
    content = json.loads(result.model_dump_json())
    path.write_text(json.dumps({**content, "format_version": 2}))
    with pytest.raises(StudyError, match="has format version 2"):
        StudyResult.load(path)


def test_a_method_that_is_not_there(result: StudyResult) -> None:
    with pytest.raises(KeyError):
        result.method("nobody")
