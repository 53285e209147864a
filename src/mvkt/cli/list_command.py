"""``mvkt list``: the losses, backbones, recipes, studies, tasks, sources and formats that there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mvkt.cli.console import corpus_option, emit, json_option, plain, plugin_option
from mvkt.cli.known_names import NameChoice
from mvkt.errors import MissingExtraError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvkt.training.recipe import Recipe


class Row(NamedTuple):
    """A line of a list.

    Attributes:
        name: As it is written in recipes and commands.
        title: In plain words.
        settings: Its own settings with their defaults, or what else belongs to it.
    """

    name: str
    title: str
    settings: Mapping[str, Any] = {}


@click.command(name="list")
@click.argument(
    "kind",
    metavar="KIND",
    type=NameChoice(["losses", "backbones", "recipes", "studies", "tasks", "sources", "formats"]),
)
@corpus_option("Prepared corpus whose tasks are listed.", required=False)
@plugin_option
@json_option
def list_(kind: str, corpus_place: str | None, as_json: bool) -> None:
    """List what there is of a KIND, plugins included.

    \b
    Examples:
      mvkt list losses
      mvkt list tasks --corpus corpus
      mvkt list backbones --plugin my.py --json
    """  # noqa: D301 - click keeps the lines after its own escape \b
    if kind == "tasks" and corpus_place is None:
        raise click.UsageError("tasks belong to a corpus: name it by --corpus")
    try:
        rows = list(_tasks(corpus_place) if corpus_place else _KINDS[kind]())
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the list of {kind} needs {error.name}: pip install 'mvkt[train]'") from error
    emit({kind: [row._asdict() for row in rows]}, as_json, lambda: _view(rows))


def _losses() -> Iterator[Row]:
    from mvkt.transfer.registry import LOSSES

    for name, loss in LOSSES.items():
        fields = loss.Settings.model_fields.items()
        yield Row(name, _title(loss), {key: field.default for key, field in fields if key != "weight"})


def _backbones() -> Iterator[Row]:
    from mvkt.models.registry import MODELS, resolve_settings

    for name, model in MODELS.items():
        settings = resolve_settings(name, leads=1, classes=1)
        yield Row(name, _title(model), {key: settings[key] for key in settings if key not in ("leads", "classes")})


def _recipes() -> Iterator[Row]:
    from mvkt.training.recipe import list_recipes, load_recipe

    for path in list_recipes():
        recipe = load_recipe(path)
        view = {"task": recipe.task, "view": recipe.student.view, "losses": _losses_of(recipe)}
        yield Row(path.stem, _first_sentence(path), view)


def _losses_of(recipe: Recipe) -> str:
    return " + ".join(["labels" * bool(recipe.transfer.bce), *recipe.transfer.weights]).removeprefix(" + ")


def _studies() -> Iterator[Row]:
    from mvkt.study.study import list_studies, load_study

    for path in list_studies():
        settings = load_study(path).settings
        yield Row(path.stem, settings.title, {"methods": ", ".join(settings.methods)})


def _sources() -> Iterator[Row]:
    from mvkt.corpora.registry import SOURCES, source_class

    for name in SOURCES:
        yield Row(name, _title(source_class(name)))


def _formats() -> Iterator[Row]:
    from mvkt.ecg.formats.catalogue import formats

    for entry in formats():
        yield Row(entry.name, entry.devices, {"files": entry.files})


def _tasks(corpus: str) -> Iterator[Row]:
    from mvkt.corpora.corpus import Corpus

    for name, task in Corpus.open(corpus).manifest.tasks.items():
        yield Row(name, task.title, {"classes": ", ".join(task.titles)})


_KINDS: Mapping[str, Callable[[], Iterator[Row]]] = {
    "losses": _losses,
    "backbones": _backbones,
    "recipes": _recipes,
    "studies": _studies,
    "sources": _sources,
    "formats": _formats,
}


def _title(described: type) -> str:
    """The first line of a docstring."""
    return (described.__doc__ or "").strip().partition("\n")[0]


def _first_sentence(path: Path) -> str:
    """The first sentence of the comment at the beginning of a file."""
    lines = takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    return re.split(r"(?<=[.]) ", " ".join(line.removeprefix("#").strip() for line in lines), maxsplit=1)[0]


def _view(rows: list[Row]) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "what it is", "settings", box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        settings = ", ".join(f"{key} {value}" for key, value in row.settings.items())
        table.add_row(*(Text(plain(cell)) for cell in (row.name, row.title, settings)))
    return table
