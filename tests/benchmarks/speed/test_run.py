from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.speed import run
from benchmarks.speed.machine import LIBRARIES, describe
from benchmarks.speed.rows import Row

ROWS = [
    Row("p", "fast", "9 s", goal="< 10 s", met=True),
    Row("p", "slow", "9 s", ratio=0.9, goal=">= 2 times", met=False),
    Row("p", "alone", "1 s"),
]


def test_the_document_has_the_machine_the_table_and_what_was_missed() -> None:
    text = run.document({"processor": "one"}, ROWS, "| a network |", ["make bench"], runs=5)
    assert "- processor: one" in text
    assert "1 of 2 are met" in text
    assert "- slow: 9 s, 0.9 times the peer; goal >= 2 times" in text
    assert text.count("| fast |") == 1
    assert "| a network |" in text
    assert "median of 5 runs" in text
    alone = run.document({}, ROWS[:1], "", [], runs=5)
    assert "Missed" not in alone
    assert "Before and after" not in alone
    assert "| then | now |" in run.document({}, ROWS[:1], "", [], 5, "| then | now |")


def test_parts_are_collected_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called = []
    monkeypatch.setattr(run, "measure", lambda part, options: called.append((part, options)) or ROWS)
    monkeypatch.setattr(run, "networks_alone", lambda: "")
    out = tmp_path / "speed.md"
    monkeypatch.setattr("sys.argv", ["run.py", "--out", str(out), "--ptb-xl", str(tmp_path / "absent")])
    run.main()
    assert called == [(part, ["--runs", "5"]) for part in run.PARTS]  # simulated recordings
    assert out.read_text(encoding="utf-8").startswith("# Speed")
    out.unlink()
    monkeypatch.setattr("sys.argv", ["run.py", "--out", str(out), "--parts", "growth", "--ptb-xl", str(tmp_path)])
    run.main()
    assert called[-1] == ("growth", ["--runs", "5", "--ptb-xl", str(tmp_path)])
    assert not out.exists()
    assert "| slow |" in capsys.readouterr().out


def test_every_part_is_a_script_with_its_command() -> None:
    for part in run.PARTS:
        text = (run.ROOT / "benchmarks" / "speed" / f"{part}.py").read_text(encoding="utf-8")
        assert f"python -m benchmarks.speed.{part}" in text


def test_the_machine_is_described(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: Some CPU\nflags\t\t: fpu avx2 amx_tile\n\nprocessor : 1\n")
    facts = describe(cpuinfo)
    assert (facts["processor"], facts["instructions"]) == ("Some CPU", "avx2, amx_tile")
    assert set(LIBRARIES) <= set(facts)
    assert describe(tmp_path / "absent")["instructions"] == "not stated"
