"""The commands of ``make students`` are understood: they take hours, so that nothing else runs them all."""

from __future__ import annotations

import re
import shlex
import subprocess
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from mvkt.bundle.packaged import names
from mvkt.cli import main
from mvkt.training.recipe import Recipe

ROOT = Path(__file__).parents[1]
FOLDERS = ("students", "runs", "ptb-xl", "strips", "src/mvkt/students")


def commands(target: str) -> list[list[str]]:
    """The commands of a target of the Makefile, with loops written out."""
    command = ["make", "--dry-run", "--no-print-directory", "PTB_XL=ptb-xl", "STRIPS=strips", target]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.replace("\\\n", " ")
    found = []
    for line in shown.splitlines():
        loop = re.match(r"for (\w+) in ([^;]+); do (.+);\s*done", line)
        written = [loop[3].replace(f"${loop[1]}", value) for value in loop[2].split()] if loop else [line]
        found += [part for text in written for part in re.split(r"&&|\|\|", text)]
    return [shlex.split(part) for part in found]


def arguments(command: list[str], program: str) -> list[str] | None:
    """What follows the program, or None where a command calls another."""
    place = next((index for index, word in enumerate(command) if word.endswith(program)), None)
    return None if place is None else command[place + 1 :]


CALLS = [found for command in commands("students") if (found := arguments(command, "/mvkt"))]


def parsed(words: list[str]) -> tuple[str, dict[str, object]]:
    """Name and parameters of a command, read as ``mvkt`` reads them, without calling it."""
    context, command = main.make_context("mvkt", list(words)), main
    rest = words
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, words
        command = found
        context = command.make_context(name, list(rest), parent=context)
    return context.command_path, context.params


def test_all_students_in_the_box_are_trained() -> None:
    trained = [words for words in CALLS if words[0] == "train"]
    exported = [words for words in CALLS if words[0] == "export"]
    assert {words[1] for words in trained} == {*names(), "device-start"}
    assert {Path(words[-1]).name for words in exported} == set(names())


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_each_command_is_understood(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (*FOLDERS, *(f"students/{name}" for name in (*names(), "corpus", "strips"))):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path)
    path, parameters = parsed(words)
    assert path.split()[1] in ("corpus", "train", "export")
    if path.endswith(" train"):
        recipe = Recipe.load(str(parameters["recipe"]), parameters["overrides"])  # type: ignore[arg-type]
        assert recipe.student.view


def test_what_is_no_command_of_mvkt_is_a_module_that_exists() -> None:
    called = [arguments(command, "/python") for command in commands("students")]
    modules = [words for words in called if words and words[1] != "pip"]
    assert modules
    for words in modules:
        assert words[0] == "-m"
        assert find_spec(words[1]) is not None


def test_a_command_with_a_fault_is_not_understood() -> None:
    with pytest.raises(click.UsageError):
        parsed(["train", "lead-I", "--corpus", "corpus", "--out", "run", "--no-such-option"])
