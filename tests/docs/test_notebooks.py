"""The notebooks of ``examples/`` run from beginning to end, without the network, and are pages of the site."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pages import DOCS, ROOT

NOTEBOOKS = sorted((ROOT / "examples").glob("*.py"))
PRINTED = {
    "add_a_loss": ("logit_mse", "0.0 1.125", "student - baseline:", "did you mean 'margin'?"),
    "diagnose_a_recording": ("('I',) 512.0 Hz, 30.0 s", "found         ventricular premature complex", '"summary": '),
    "train_on_own_recordings": ("200 windows of 12 leads", "task labels: the only one", "student - baseline:", "AF"),
}
"""What each prints, among other things."""

_WITHOUT_NETWORK = """
import socket, sys

def refuse(*arguments):
    raise OSError("a notebook used the network")

socket.socket.connect = refuse
import runpy

runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "src"),
        "TMPDIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_NETWORK, str(path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for text in PRINTED[path.stem]:
        assert text in done.stdout


def test_every_notebook_is_on_the_site_and_in_this_test() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert {path.stem for path in NOTEBOOKS} == set(PRINTED)
    assert [path.stem for path in NOTEBOOKS if f"\nnotebooks/{path.stem}\n" not in index] == []
