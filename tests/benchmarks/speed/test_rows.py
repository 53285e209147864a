from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.speed.rows import RUNS, Row, alone, beside, finish, in_turns, number, parser, read, table


def test_a_ratio_is_that_of_runs_that_follow_each_other() -> None:
    faster = beside("p", "records", [100, 400, 90], [10, 20, 30], "records/s", at_least=5)
    assert (faster.ratio, faster.met, faster.ours, faster.peer) == (10.0, True, "100 records/s", "20 records/s")
    assert faster.spread == "3 to 20"
    slower = beside("p", "a step", [2.0], [1.0], "s", at_least=1, smaller_is_better=True)
    assert (slower.ratio, slower.met, slower.goal) == (0.5, False, ">= 1 times")


def test_a_row_alone_states_whether_its_goal_is_met() -> None:
    assert alone("p", "what", [1, 2, 9], "ms", below=5).met
    assert not alone("p", "what", [1, 2, 9], "ms", at_least=5).met
    assert alone("p", "what", [1, 2, 9], "ms").cells() == ("what", "2 ms (1 to 9)", "", "", "", "")


def test_the_table_shows_the_spread_of_what_was_compared() -> None:
    lines = table([beside("p", "a", [4, 6], [2, 2], "s"), alone("p", "b", [3.0], "s", below=2)]).splitlines()
    assert lines[0] == "| what | ours | peer | ratio | goal | met |"
    assert lines[2] == "| a | 5 s | 2 s | 2.50 (2 to 3) |  |  |"
    assert lines[3] == "| b | 3 s (3 to 3) |  |  | < 2 s | **no** |"


def test_runs_are_in_turns() -> None:
    order: list[str] = []

    def noted(name: str) -> float:
        order.append(name)
        return float(len(order))

    assert in_turns(2, lambda: noted("a"), lambda: noted("b")) == [[1.0, 3.0], [2.0, 4.0]]
    assert order == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("value", "shown"), [(12_345.6, "12,346"), (5.0, "5"), (1.234, "1.23"), (0.0123, "0.012"), (0.9996, "1.00")]
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_rows_survive_their_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Row("p", "what", "1 s", ratio=2.0, met=True), Row("p", "other", "2 s")]
    options = parser("About.\nMore.").parse_args(["--json", str(tmp_path / "rows.json")])
    assert options.runs == RUNS
    finish(rows, options)
    assert read(tmp_path / "rows.json") == rows
    assert "what" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "rows.json").read_text())) == 2
