"""ONNX Runtime reports its use over the network and leaves files behind, unless it is kept from it in time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import os
import mvkt
from mvkt.ecg.simulate import simulate
assert mvkt.load("lead-I").diagnose(simulate(1, seed=0).record(0)).findings
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
"""


def test_a_diagnosis_leaves_nothing_behind(tmp_path: Path) -> None:
    """Whatever reports writes a session and an identifier of this device, too: without these, nothing reports."""
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    places = dict.fromkeys(("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), str(tmp_path))
    subprocess.run([sys.executable, "-c", CODE], env={**environment, **places}, cwd=tmp_path, check=True, timeout=60)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
