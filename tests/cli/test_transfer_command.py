from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.training.archives import QUICK, declare, write_archive, write_network

from mvkt.bundle.bundle import Bundle
from mvkt.cli import main


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives") / "recordings"
    write_archive(folder, 120)
    return folder


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    weights = np.zeros((12, 2), dtype=np.float32)
    weights[1] = (1.0, -1.0)
    write_network(tmp_path / "model.onnx", 12, 5000, weights, scale=0.05)
    return declare(
        tmp_path / "model.onnx", 'units = "uV"', "thresholds = { LARGE = 0.99, SMALL = 0.001 }", 'task = "size"'
    )


def transfer(archive: Path, out: Path, teacher: Path, *more: str):
    settings = [part for change in QUICK for part in ("--set", change)]
    words = ["transfer", str(archive), "--view", "II", "--out", str(out), "--teacher", str(teacher), "--workers", "1"]
    return CliRunner().invoke(main, [*words, *settings, *more])


def test_an_archive_becomes_a_student(archive: Path, teacher: Path, tmp_path: Path) -> None:
    out = tmp_path / "student"
    result = transfer(archive, out, teacher, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["task"] == "size"
    assert Bundle.open(out / "bundle").manifest.view == "II"
    assert (out / "report.html").is_file()
    again = transfer(archive, out, teacher)
    assert again.exit_code != 0
    assert str(out) in again.output


def test_a_teacher_that_is_not_there_is_one_message(archive: Path, tmp_path: Path) -> None:
    result = transfer(archive, tmp_path / "student", tmp_path / "absent.onnx")
    assert result.exit_code == 1
    assert "absent.onnx" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "student").exists()
