"""One worker against two."""

from __future__ import annotations

import sys

import pytest
from benchmarks.speed import diagnose_bulk


def test_the_gain_is_that_of_calls_that_follow_each_other() -> None:
    seconds = {("processes", 1): [10.0, 30.0], ("processes", 2): [5.0, 20.0], ("ray", 1): [8.0], ("ray", 2): [10.0]}
    assert diagnose_bulk.gains(seconds) == {"processes": [2.0, 1.5], "ray": [0.8]}


def test_it_prints_a_ratio(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([4.0, 2.5, 6.0, 3.0])
    calls: list[tuple[int, str, int]] = []

    def measure(files: list[str], engine: str, workers: int) -> float:
        calls.append((len(files), engine, workers))
        return next(times)

    monkeypatch.setattr(diagnose_bulk, "measure", measure)
    monkeypatch.setattr(sys, "argv", ["x", "--files", "3", "--rounds", "2", "--engine", "processes"])
    diagnose_bulk.main()
    assert calls == [(3, "processes", 1), (3, "processes", 2)] * 2
    assert "| processes | 2 against 1 | 1.80 times (1.60 to 2) |" in capsys.readouterr().out
