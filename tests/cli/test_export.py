"""``mvkt export``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mvkt.cli import main
from mvkt.diagnosis.bundle import Bundle


@pytest.fixture
def run(finished_run: Callable[..., Path]) -> Path:
    from mvkt.models import build_model

    student, teacher = (build_model("resnet1d", leads=leads, classes=3, widths=(8, 16)) for leads in (1, 3))
    return finished_run(student, teacher)


def export(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(main, ["export", *map(str, args)])


def test_bundle_of_a_run(run: Path) -> None:
    result = export(run)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"made-up: {run / 'bundle'} (")
    assert Bundle.open(run / "bundle").manifest.view == "I"


def test_other_model_in_another_place_as_json(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere" / "teacher"
    result = export(run, "--model", "teacher", "--out", out, "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    size = sum(file.stat().st_size for file in out.iterdir())
    assert content == {"bundle": str(out), "name": "made-up-teacher", "model": "teacher", "bytes": size}


def test_what_is_no_run(tmp_path: Path) -> None:
    result = export(tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has the run finished" in result.stderr
    assert export(tmp_path, "--model", "pupil").exit_code == 2
