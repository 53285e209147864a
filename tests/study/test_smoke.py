"""The study `smoke`, through the command line, as a researcher would run it first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated


@pytest.mark.slow
def test_smoke(tmp_path: Path):
    prepare(Simulated(records=600), tmp_path / "corpus", workers=1)
    mvkt = [sys.executable, "-c", "from mvkt.cli import main; main()", "study"]
    command = [*mvkt, "smoke", "--corpus", str(tmp_path / "corpus"), "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result == json.loads((tmp_path / "out" / "study.json").read_text())
    auc = {method["name"]: method["macro_auc"]["value"] for method in result["methods"]}
    assert auc["teacher"] > auc["labels"] + 0.1, "V1 shows what lead I lacks"
    assert {one["method"] for one in result["comparisons"]} == {"mkd", "mkd-clt"}
    assert result["missing"] == []
    assert len(list((tmp_path / "out" / "networks").iterdir())) == 4 * 4, "teacher and reference are one network"
    on_ray = [part.replace(str(tmp_path / "out"), str(tmp_path / "ray")) for part in command]
    done = subprocess.run([*on_ray, "--engine", "ray", "--jobs", "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "ray" / "study.json").read_text())
    assert [rows[part] for part in ("methods", "comparisons")] == [result[part] for part in ("methods", "comparisons")]
    page = (tmp_path / "out" / "study.html").read_text()
    assert "12-lead teacher" in page
