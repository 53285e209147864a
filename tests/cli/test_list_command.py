"""``mvkt list``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mvkt.cli import main
from mvkt.models.registry import MODELS
from mvkt.transfer.registry import LOSSES


def run(*args: str) -> str:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["list", *args])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("what", ["losses", "backbones", "recipes", "studies", "formats"])
def test_every_list_has_lines_and_json(what: str) -> None:
    assert len(run(what).splitlines()) > 2
    assert json.loads(run(what, "--json"))


def test_losses_and_backbones_are_those_that_are_registered() -> None:
    assert all(name in run("losses") for name in LOSSES)
    assert all(name in run("backbones") for name in MODELS)


def test_an_unknown_list() -> None:
    assert CliRunner().invoke(main, ["list", "nothing"]).exit_code == 2


def test_a_recipe_is_described_by_a_whole_sentence() -> None:
    titles = {row["name"]: row["title"] for row in json.loads(run("recipes", "--json"))["recipes"]}
    assert titles["device"].endswith("another rhythm, or too noisy to be read.")
    assert all(title.endswith(".") for title in titles.values()), titles
