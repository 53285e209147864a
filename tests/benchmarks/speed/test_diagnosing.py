from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from benchmarks.speed import diagnosing
from benchmarks.speed.diagnosing import (
    beats,
    beside_sleepecg,
    child,
    cold,
    holters,
    many,
    network,
    one_recording,
    typical,
)

import mvkt

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def few_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosing, "REPEATS", 2)
    monkeypatch.setattr(diagnosing, "BATCHES", (1, 4))


def test_a_typical_call_leaves_the_first_ones_out() -> None:
    calls: list[int] = []
    assert typical(lambda: calls.append(1)) >= 0
    assert len(calls) == 2 + 3


def test_one_recording_and_the_network_have_rows_with_goals() -> None:
    diagnoser = mvkt.load("lead-I")
    with holters(None, (10 / 3600, 0.02)) as (short, long):
        rows = [*one_recording(diagnoser, short, 1), *network(diagnoser, 1)]
        assert [row.goal for row in rows] == ["< 5 ms", "", "< 0.250 ms", ">= 10,000 windows/s"]
        found = child(long, "lead-I")
    assert found["seconds"] > 0
    assert found["megabytes"] >= 0
    assert not long.exists()


def test_beats_are_compared_with_a_plain_detector() -> None:
    row = beats(None, 0.2, 1)
    assert row.ratio is not None
    assert np.isfinite(row.ratio)


def test_a_day_is_compared_with_sleepecg_where_it_is_installed() -> None:
    rows = beside_sleepecg(None, "lead-I", 0.2, 1)
    if find_spec("sleepecg") is None:
        assert rows == []
        return
    assert [row.goal for row in rows] == [">= 0.670 times", ""]
    assert all(row.ratio is not None and row.ratio > 0 for row in rows)


def test_the_command_answers_in_a_new_process(tmp_path: Path) -> None:
    from benchmarks.speed.recordings import holter

    row = cold(holter(None, 10 / 3600, tmp_path, 500), "lead-I", 1)
    assert row.goal == "< 1 s"


def test_many_recordings_are_compared_with_one_by_one() -> None:
    rows = many(mvkt.load("lead-I"), "lead-I", None, 1, count=64)
    assert rows[0].ratio is not None
    assert np.isfinite(rows[0].ratio)
    assert rows[1].goal == ">= 1,000 records/s"
