"""The study `smoke`, through the command line, as a researcher would run it first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def study(workplace: Path, out: str, *more: str) -> dict[str, Any]:
    mvkt = [sys.executable, "-c", "from mvkt.cli import main; main()", "study"]
    command = [*mvkt, "smoke", "--corpus", str(workplace / "corpus"), "--out", str(workplace / out), "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result == json.loads((workplace / out / "study.json").read_text())
    return result


def without_seconds(methods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the methods without how long their trainings took."""
    return [{**row, "cells": [cell | {"seconds": 0} for cell in row["cells"]]} for row in methods]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    prepare(Simulated(records=600), folder / "corpus", workers=1)
    return folder


@pytest.fixture(scope="module")
def in_processes(workplace: Path) -> dict[str, Any]:
    return study(workplace, "out")


def test_smoke(workplace: Path, in_processes: dict[str, Any]):
    auc = {method["name"]: method["macro_auc"]["value"] for method in in_processes["methods"]}
    assert auc["teacher"] > auc["labels"] + 0.1, "V1 shows what lead I lacks"
    assert {comparison["method"] for comparison in in_processes["comparisons"]} == {"mkd", "mkd-clt"}
    assert in_processes["missing"] == []
    assert len(list((workplace / "out" / "networks").iterdir())) == 4 * 4, "teacher and reference are one network"
    page = (workplace / "out" / "study.html").read_text()
    assert "12-lead teacher" in page


def test_the_rows_on_ray_are_those_of_processes(workplace: Path, in_processes: dict[str, Any]):
    on_ray = study(workplace, "ray", "--engine", "ray", "--jobs", "2")
    assert without_seconds(on_ray["methods"]) == without_seconds(in_processes["methods"])
    assert on_ray["comparisons"] == in_processes["comparisons"]
    cells = {path.relative_to(workplace / "out"): path.read_bytes() for path in workplace.glob("out/cells/**/*.npz")}
    assert len(cells) == 4 * 4 * 2
    assert {
        path.relative_to(workplace / "ray"): path.read_bytes() for path in workplace.glob("ray/cells/**/*.npz")
    } == cells
