from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from mvkt.cli import main


def test_a_corpus_that_is_not_there_is_one_line(make_bundle: Callable[..., Path], tmp_path: Path) -> None:
    call = ["calibrate", str(make_bundle()), "--corpus", str(tmp_path / "none"), "--out", str(tmp_path / "new")]
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 1
    assert "no prepared corpus" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_place_for_the_new_bundle_is_needed(make_bundle: Callable[..., Path]) -> None:
    result = CliRunner().invoke(main, ["calibrate", str(make_bundle()), "--corpus", "c"])
    assert result.exit_code == 2
    assert "--out" in result.stderr
