from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mvkt.errors import ResultError
from mvkt.evaluation import RunResult


@pytest.fixture
def data(usual_run: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((usual_run / "result.json").read_text())
    return content


def test_save_and_load(usual_run: Path, tmp_path: Path) -> None:
    result = RunResult.load(usual_run / "result.json")
    result.save(tmp_path / "new" / "result.json")
    assert RunResult.load(tmp_path / "new" / "result.json") == result
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["result.json"]


def test_the_file_is_strict_json(usual_run: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads((usual_run / "result.json").read_text(), parse_constant=refuse)


def test_faults_are_named(data: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with pytest.raises(ResultError, match=r"result\.json cannot be read"):
        RunResult.load(path)
    for change, message in (
        ({"format_version": 2}, "has format version 2; this mvkt reads 1: upgrade mvkt"),
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"classes": ["AF"]}, "the teacher was evaluated on"),
    ):
        path.write_text(json.dumps({**data, **change}))
        with pytest.raises(ResultError, match=message):
            RunResult.load(path)
    path.write_text("{")
    with pytest.raises(ResultError, match=r"result\.json is not JSON"):
        RunResult.load(path)


def test_roles_in_order(usual_run: Path) -> None:
    models = RunResult.load(usual_run / "result.json").models
    assert [role for role, _ in models.items()] == ["teacher", "baseline", "student"]


def test_only_networks_that_learn_from_them_count_unlabelled_records(usual_run: Path) -> None:
    run = RunResult.load(usual_run / "result.json").model_copy(update={"unlabelled_records": 7})
    assert [run.unlabelled_of(role) for role, _ in run.models.items()] == [0, 0, 7]
    network = {"consistency": {"weight": 1.0, "decay": 0.9}}
    first = {"pretraining": {"objective": "masked"}}
    alone = run.model_copy(update={"transfer": None, "recipe": {"student": network, "teacher": first}})
    assert [alone.unlabelled_of(role) for role in ("teacher", "baseline", "student")] == [7, 7, 7]
    plain = {"pretraining": {"objective": "any-lead"}, "consistency": None}
    none = alone.model_copy(update={"recipe": {"student": plain, "teacher": {}}})
    assert [none.unlabelled_of(role) for role in ("teacher", "baseline", "student")] == [0, 0, 0]
