"""The command line: ``mvkt``.

Commands are imported when they are called, so that ``mvkt --help`` costs nothing. To add one, write
``cli/<name>_command.py`` with a click command and add a line to :data:`COMMANDS`.

Exit codes: 0 done, 1 an error of :mod:`mvkt.errors` or of the operating system (one line on stderr; the
traceback with ``--debug``), 2 a wrong call, 130 interrupted.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from mvkt import __version__
from mvkt.cli.console import plain
from mvkt.cli.known_names import NamedCommands
from mvkt.errors import MvktError, OtherProcessError


class LazyCommand(NamedTuple):
    """Where a command is, and its line in ``mvkt --help``."""

    module: str
    attribute: str
    help: str


COMMANDS: Mapping[str, LazyCommand] = {
    "demo": LazyCommand("mvkt.cli.demo_command", "demo", "Show everything in a few minutes, on simulated recordings."),
    "diagnose": LazyCommand("mvkt.cli.diagnose_command", "diagnose", "Read recordings and report the findings."),
    "serve": LazyCommand("mvkt.cli.serve_command", "serve", "Show recordings and their findings on a local page."),
    "models": LazyCommand("mvkt.cli.models_command", "models", "List the students that come with mvkt."),
    "formats": LazyCommand("mvkt.cli.formats_command", "formats", "List the recording formats that are read."),
    "convert": LazyCommand("mvkt.cli.convert_command", "convert", "Write a recording as WFDB, CSV or EDF+."),
    "list": LazyCommand("mvkt.cli.list_command", "list_", "List losses, backbones, recipes, studies, tasks, formats."),
    "corpus": LazyCommand("mvkt.cli.corpus_command", "corpus", "Fetch, prepare and describe recordings to train on."),
    "train": LazyCommand("mvkt.cli.train_command", "train", "Train teacher, baseline and student from a recipe."),
    "transfer": LazyCommand(
        "mvkt.cli.transfer_command", "transfer", "Train a student on recordings without labels, by a teacher."
    ),
    "evaluate": LazyCommand("mvkt.cli.evaluate_command", "evaluate", "Measure a bundle on the test fold of a corpus."),
    "calibrate": LazyCommand(
        "mvkt.cli.calibrate_command", "calibrate", "Fit probabilities and limits to another place."
    ),
    "study": LazyCommand("mvkt.cli.study_command", "study", "Compare methods over seeds and test folds."),
    "push": LazyCommand("mvkt.cli.push_command", "push", "Send a bundle to a model hub."),
    "sign": LazyCommand("mvkt.cli.sign_command", "sign", "Sign a bundle with a private key."),
    "verify": LazyCommand("mvkt.cli.sign_command", "verify", "Verify the signature of a bundle."),
    "export": LazyCommand("mvkt.cli.export_command", "export", "Make the bundle of a finished run again."),
}

_EXTRAS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "h5py",
            "jinja2",
            "lightning_fabric",
            "lightning_utilities",
            "matplotlib",
            "onnx",
            "onnxscript",
            "pyarrow",
            "safetensors",
            "sklearn",
            "torch",
        ),
        "train",
    ),
    **dict.fromkeys(("markdown_it", "python_multipart", "reportlab", "starlette", "uvicorn"), "web"),
    **dict.fromkeys(("fsspec", "ray"), "scale"),
    "huggingface_hub": "hub",
    "model_signing": "sign",
}


class CommandError(click.ClickException):
    """A known error as one line on stderr, exit code 1."""

    def show(self, file: Any = None) -> None:
        """Write the message."""
        click.echo(f"error: {plain(self.format_message())}", file=file, err=True)


class LazyGroup(NamedCommands):
    """A group over :data:`COMMANDS` that turns known errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which they are needed."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        command = getattr(import_module(lazy.module), lazy.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{lazy.module}:{lazy.attribute} is no click command but {type(command).__name__}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; see the module for what becomes of errors."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(130) from None
        except OtherProcessError:  # that process reports it
            raise click.exceptions.Exit(1) from None
        except (MvktError, OSError, ModuleNotFoundError) as error:
            message = _message(error)
            if message is None or ctx.params.get("debug"):
                raise
            raise CommandError(message) from error


def _message(error: Exception) -> str | None:
    """Describe in a line what went wrong; None for an error that is not of mvkt or the operating system."""
    if isinstance(error, ModuleNotFoundError):
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        return f"{error.name} is not installed; this command needs: pip install 'mvkt[{extra}]'" if extra else None
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        return None
    return str(error)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, envvar="MVKT_DEBUG", help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="mvkt")
def main(debug: bool) -> None:
    """Read a single-lead ECG with a student that learned from 12-lead recordings.

    A research tool, not a medical device.

    \b
    Examples:
      mvkt diagnose --example
      mvkt diagnose ecg.csv
      mvkt demo
      mvkt corpus prepare folder recordings --out corpus
      mvkt train --corpus corpus --out run
    """  # noqa: D301 - click keeps the lines after its own escape \b
