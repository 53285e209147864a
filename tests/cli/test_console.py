"""Results and remarks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest
from pydantic import BaseModel

from mvkt.cli import main
from mvkt.cli.console import Number, emit, plain, progress


class Result(BaseModel):
    name: str
    share: float


def test_a_number_between_limits_is_called_number() -> None:
    for value, message in (("old", "'old' is not a valid number"), ("140", "140.0 is not in the range 0<=x<=130")):
        with pytest.raises(click.BadParameter, match=message):
            Number(0, 130).convert(value, None, None)


def test_json_is_on_stdout_and_holds_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    emit(Result(name="µ", share=float("nan")), True, lambda: "unused")
    emit({"results": [Result(name="a", share=0.5)], "path": None}, True)
    out, err = capsys.readouterr()
    first, second = out.split("\n}\n", maxsplit=1)
    assert json.loads(first + "}") == {"name": "µ", "share": None}
    assert json.loads(second) == {"results": [{"name": "a", "share": 0.5}], "path": None}
    assert err == ""


def test_view_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"name": "a"}, False, lambda: "a table")
    assert capsys.readouterr().out == "a table\n"


def test_text_cannot_steer_the_terminal() -> None:
    assert plain("lead\x1b]0;title\x07 I\r\nµV") == "lead�]0;title� I�\nµV"


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("reading") as update:
        update(1, 2)
        update(2, 2)
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("", "")


def commands(group: click.Group, context: click.Context) -> Iterator[click.Command]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, click.Context(command))
        else:
            yield command


def test_every_command_with_a_corpus_takes_a_folder_or_a_url() -> None:
    found = {
        command.name: parameter.metavar
        for command in commands(main, click.Context(main))
        for parameter in command.params
        if "--corpus" in parameter.opts or (command.name == "describe" and parameter.name == "place")
    }
    assert {"train", "evaluate", "run", "describe", "calibrate", "export", "list", "demo"} <= found.keys()
    assert set(found.values()) == {"FOLDER|URL"}
