"""``mvkt corpus prepare SOURCE``: one command a source, made from the fields of its class."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import click

from mvkt.cli.console import emit, engine_option, json_option, plugin_option, progress
from mvkt.cli.known_names import NameChoice, NamedCommands

if TYPE_CHECKING:
    from mvkt.corpora.source import Source
    from mvkt.ecg.signal import SignalSpec

_EXAMPLES = """\b
Examples:
  mvkt corpus prepare ptb-xl ptb-xl-1.0.3 --out corpus
  mvkt corpus prepare cpsc2018 cpsc --window-seconds 20 --sampling-frequency 500 --band 0.5 45 --out corpus
  mvkt corpus prepare folder recordings --labels labels.csv --view I --out corpus
  mvkt corpus prepare simulated --records 2000 --out corpus
"""


class SourceCommands(NamedCommands):
    """A command for each source of the registry, made when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the sources."""
        from mvkt.corpora.registry import SOURCES

        return list(SOURCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a source."""
        from mvkt.corpora.registry import SOURCES, source_class

        return source_command(source_class(cmd_name)) if cmd_name in SOURCES else None


@click.group(cls=SourceCommands, help=f"Turn a collection into a corpus to train on.\n\n{_EXAMPLES}")
@plugin_option
def prepare() -> None:
    """Turn a collection into a corpus to train on."""


def source_command(source: type[Source]) -> click.Command:
    """Return the command that prepares a source: its own options and those that all have."""
    about = re.sub(r"(:\w+:)?`+([^`]*)`+", r"\2", inspect.getdoc(source) or "").split("Attributes:")[0].strip()
    return click.Command(
        source.name,
        callback=lambda **values: _run(source, values),
        params=[*source_parameters(source), *_shared_parameters()],
        help=f"{about}\n\nLicence: {source.licence}.",
        short_help=about.splitlines()[0],
    )


def source_parameters(source: type[Source]) -> list[click.Parameter]:
    """Turn the fields of a source into an argument (``root``) and options."""
    hints = get_type_hints(source)
    parameters: list[click.Parameter] = []
    for field in dataclasses.fields(source):  # type: ignore[arg-type]  # every source is a dataclass
        if field.name == "root":
            folder = click.Path(exists=True, file_okay=False, path_type=Path)
            parameters.append(click.Argument(["root"], type=folder, metavar="FOLDER"))
            continue
        name = field.metadata.get("option", f"--{field.name.replace('_', '-')}")
        kind, multiple = _click_type(hints[field.name])
        parameters.append(
            click.Option(
                [name, field.name],
                type=kind,
                is_flag=kind is bool,
                multiple=multiple,
                default=field.default,
                show_default=kind is not bool and field.default not in (None, ()),
                help=field.metadata["help"],
            )
        )
    return parameters


def _click_type(hint: Any) -> tuple[Any, bool]:
    """Return the click type of an annotation and whether the option may be given more than once."""
    if get_origin(hint) is Literal:
        return NameChoice(get_args(hint)), False
    if get_origin(hint) is tuple:
        return get_args(hint)[0], True
    if get_origin(hint) is UnionType:
        hint = get_args(hint)[0]
    return (click.Path(exists=True, dir_okay=False, path_type=Path) if hint is Path else hint), False


def _shared_parameters() -> list[click.Parameter]:
    command: Callable[..., None] = json_option(lambda: None)
    for option in reversed(_SHARED_OPTIONS):
        command = option(command)
    return list(click.command()(command).params)


_SHARED_OPTIONS = (
    click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to make."),
    click.option("--view", help="Leads to keep: I, I+II+V2, limb, 12-lead. [default: 12-lead]"),
    click.option(
        "--sampling-frequency", type=float, help="Sampling frequency of the model's input, in Hz. [default: 100]"
    ),
    click.option("--band", type=float, nargs=2, help="Pass band in Hz. [default: 0.5 40]"),
    click.option("--no-band", is_flag=True, help="Keep the recorded band: no filter."),
    click.option("--window-seconds", type=float, help="Length of a window in seconds. [default: 10]"),
    click.option("--hop-seconds", type=float, help="Seconds from window to window. [default: the length of a window]"),
    click.option("--workers", type=click.IntRange(1), help="Number of processes. [default: the processors]"),
    engine_option,
    click.option(
        "--shard-rows",
        type=click.IntRange(1),
        default=50_000,
        show_default=True,
        help="Windows of a file of signals; a corpus with more of them has several files.",
    ),
    click.option("--skip-bad", is_flag=True, help="Leave out records that cannot be used, and list them."),
    click.option("--overwrite", is_flag=True, help="Replace the corpus at --out."),
)


def _run(source: type[Source], values: dict[str, Any]) -> None:
    from mvkt.cli.corpus_view import view
    from mvkt.corpora.describe import describe
    from mvkt.corpora.prepare import prepare as prepare_corpus

    fields = {field.name for field in dataclasses.fields(source)}  # type: ignore[arg-type]
    signal = _signal(source.default_signal, values)
    with progress(f"preparing {source.name}") as update:
        corpus = prepare_corpus(
            source(**{name: value for name, value in values.items() if name in fields}),
            values["out"],
            signal=signal,
            view=values["view"],
            workers=values["workers"],
            engine=values["engine"],
            shard_rows=values["shard_rows"],
            skip_bad=values["skip_bad"],
            overwrite=values["overwrite"],
            progress=update,
        )
    description = describe(corpus)
    emit(description, values["as_json"], lambda: view(description))


def _signal(default: SignalSpec, values: dict[str, Any]) -> SignalSpec:
    """Return the source's SignalSpec with what was requested.

    Raises:
        click.UsageError: It is impossible.
    """
    from pydantic import ValidationError

    from mvkt.ecg.signal import SignalSpec

    if values["no_band"] and values["band"]:
        raise click.UsageError("--band and --no-band exclude each other")
    names = ("sampling_frequency", "window_seconds", "hop_seconds")
    requested = {name: values[name] for name in names if values[name] is not None}
    if "window_seconds" in requested:
        requested.setdefault("hop_seconds", requested["window_seconds"])
    if values["no_band"] or values["band"]:
        requested["band"] = values["band"] or None
    try:
        return SignalSpec(**(default.model_dump() | requested))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}".strip(": ") for e in error.errors())
        raise click.UsageError(faults) from error
