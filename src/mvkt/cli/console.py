"""What the commands print: results on stdout, progress and remarks on stderr. Rich is imported when used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mvkt.cli.known_names import NameChoice

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console, RenderableType

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A number between limits, called so in help and messages."""

    name = "number"


def json_option(command: _Function) -> _Function:
    """Add ``--json`` to a command, as the argument ``as_json``."""
    option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
    return option(command)


def plugin_option(command: _Function) -> _Function:
    """Add ``--plugin`` to a command; the files are imported before the command runs."""
    option = click.option(
        "--plugin",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        expose_value=False,
        is_eager=True,
        callback=_import_plugins,
        help="Python file that registers losses, backbones, sources or formats; repeatable.",
    )
    return option(command)


def corpus_option(text: str, *, required: bool = True) -> Callable[[_Function], _Function]:
    """Return what adds ``--corpus`` to a command, as the argument ``corpus_place``: a folder, or the URL of one.

    Args:
        text: Help of the option.
        required: Whether the command needs a corpus.
    """
    return click.option("--corpus", "corpus_place", metavar="FOLDER|URL", required=required, help=text)


def label_option(command: _Function) -> _Function:
    """Add ``--label CODE=CLASS`` to a command, as the argument ``meanings``: code of the corpus to class."""
    option = click.option(
        "--label",
        "meanings",
        metavar="CODE=CLASS",
        multiple=True,
        callback=_meanings,
        help="Label of the corpus and the class of BUNDLE that it means, where their codes differ; repeatable.",
    )
    return option(command)


def _meanings(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        code, _, kind = (part.strip() for part in text.partition("="))
        if not code or not kind:
            raise click.BadParameter(f"{text!r} is not CODE=CLASS, such as AF=AFIB")
        found[code] = kind
    return found


def unlabelled_option(text: str) -> Callable[[_Function], _Function]:
    """Return what adds ``--unlabelled`` to a command, as the argument ``unlabelled_places``: folders, or URLs.

    Args:
        text: Help of the option.
    """
    return click.option("--unlabelled", "unlabelled_places", metavar="FOLDER|URL", multiple=True, help=text)


def engine_option(command: _Function) -> _Function:
    """Add ``--engine`` to a command."""
    option = click.option(
        "--engine",
        type=NameChoice(["processes", "ray"]),
        default="processes",
        show_default=True,
        help="Workers: processes of this machine, or Ray (the cluster of RAY_ADDRESS, or this machine).",
    )
    return option(command)


def _import_plugins(context: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]) -> None:
    from mvkt.plugins import add

    for path in paths:
        add(path)


def results() -> Console:
    """Return the console of results: stdout."""
    from rich.console import Console

    return Console(highlight=False)


def remarks() -> Console:
    """Return the console of progress and remarks: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def emit(
    result: BaseModel | Mapping[str, Any], as_json: bool, view: Callable[[], RenderableType] | None = None
) -> None:
    """Print a result: as JSON, or as what ``view`` makes of it for a person (called only then).

    Numbers that are not finite become null in JSON.
    """
    if as_json or view is None:
        from pydantic_core import to_json

        click.echo(to_json(result, indent=2, inf_nan_mode="null"))
    else:
        results().print(view())


def plain(text: str) -> str:
    """Return text that cannot steer a terminal: the content of recordings and bundles is not trusted."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)


@contextmanager
def progress(description: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr; yields ``update(done, total)``. Nothing is shown where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = remarks()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
