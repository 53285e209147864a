"""Misspelt names on the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mvkt.cli import main


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("lst", "no such command: 'lst'; did you mean 'list'?"),
        ("corpus prepar", "no such command: 'prepar'; did you mean 'prepare'?"),
        ("corpus prepare simulate", "no such command: 'simulate'; did you mean 'simulated'?"),
        ("corpus fetch ptbxl", "no such command: 'ptbxl'; did you mean 'ptb-xl'?"),
        ("corpus fetch xyz", "no such command: 'xyz'; there are: ptb-xl"),
        ("list studis", "'studis' is not one of losses, backbones, recipes"),
        ("list studis", "formats; did you mean 'studies'?"),
        ("convert a b --to wfbd", "'wfbd' is not one of wfdb, csv, edf; did you mean 'wfdb'?"),
        ("diagnose --example --sex x", "'x' is not one of female, male\n"),
        ("diagnose --example --engine raay", "did you mean 'ray'?"),
        ("export run --model studnt", "did you mean 'student'?"),
        ("export run --precision in8", "did you mean 'int8'?"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(call: str, message: str) -> None:
    result = CliRunner().invoke(main, call.split())
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


def test_a_name_that_is_missing() -> None:
    result = CliRunner().invoke(main, ["list"])
    assert (result.exit_code, "Missing argument 'KIND'" in result.stderr) == (2, True), result.stderr


def test_a_misspelt_student() -> None:
    result = CliRunner().invoke(main, ["diagnose", "--example", "--bundle", "leadI"])
    assert (result.exit_code, "did you mean 'lead-I'?" in result.stderr) == (1, True), result.stderr
