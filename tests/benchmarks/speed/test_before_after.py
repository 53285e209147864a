"""Two checkouts are measured in turns."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.speed.before_after import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def test_a_checkout_beside_itself(capsys: pytest.CaptureFixture[str]) -> None:
    main([ROOT, ROOT], hours=0.02, runs=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    ratios = [float(line.rstrip(" |").rpartition("| ")[2]) for line in lines[4:]]
    assert all(0.2 < ratio < 5 for ratio in ratios)
