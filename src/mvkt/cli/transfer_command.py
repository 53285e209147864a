"""``mvkt transfer``: from an archive of recordings of many leads to a student of few, without labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import emit, json_option, plain, plugin_option
from mvkt.errors import MissingExtraError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvkt.evaluation.result import RunResult

_SHOWN = {True: "yes", False: "no", None: "not known"}


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@click.option("--view", required=True, help="Leads of the student: I, I+II, limb, or a channel of a device.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the new run.")
@click.option(
    "--teacher",
    default="12-lead",
    show_default=True,
    help="Bundle (name, folder, hf://owner/name), folder of a run, ONNX network with a TOML file beside it, or "
    "Parquet or CSV table of logits.",
)
@click.option("--labels", type=click.Path(path_type=Path, dir_okay=False), help="Table of labels of some recordings.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change of the recipe, such as student.training.epochs=30; repeatable.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes that prepare. [default: the processors]")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
@plugin_option
@json_option
def transfer(
    archive: Path,
    view: str,
    out: Path,
    teacher: str,
    labels: Path | None,
    overrides: tuple[str, ...],
    workers: int | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Train a student of few leads from ARCHIVE, recordings of many leads without labels, by what a teacher finds.

    ARCHIVE is a folder of recordings in any format that is read, or a prepared corpus. The teacher runs over it once.
    Files that cannot be read, and recordings that lack a lead, are left out and counted. It ends with a bundle and a
    report of what is known without labels; with --labels, also of what the student is worth.

    \b
    Examples:
      mvkt transfer recordings --view II --out student
      mvkt transfer recordings --view I --teacher run --labels labels.csv --out student
      mvkt transfer recordings --view ES --teacher model.onnx --out student
      mvkt transfer corpus --view I+II --teacher logits.parquet --out student
    """  # noqa: D301 - click keeps the lines after its own escape \b
    try:
        from mvkt.training.transfer_archive import transfer_archive
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"training needs {error.name}: pip install 'mvkt[train]'") from error
    from mvkt.cli.training_progress import TrainingProgress

    with TrainingProgress() as progress:
        result = transfer_archive(
            archive,
            out,
            view=view,
            teacher=teacher,
            labels=labels,
            changes=overrides,
            resume=resume,
            workers=workers,
            reporter=progress,
        )
    emit(result, as_json, lambda: _view(result, out))


def _view(result: RunResult, out: Path) -> RenderableType:
    """Render what is known of a student."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from mvkt.evaluation.report.run_wording import headline
    from mvkt.numbers import percent, with_limits

    words = headline(result)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("class", "teacher finds it", "teacher unsure", "agreement, AUC (95 % interval)", "view shows it"):
        table.add_column(column, justify="left" if column == "class" else "right")
    figures = result.models.student.evaluation.classes
    for known, found in zip(result.outside.classes if result.outside else (), figures, strict=True):
        table.add_row(
            Text(plain(known.code)),
            percent(known.found, 1),
            percent(known.unsure, 1),
            with_limits(found.auc, absent="absent"),
            _SHOWN[known.shown],
        )
    notes = [Text(f"note: {plain(warning)}") for warning in result.corpus.warnings]
    lines = [Text(plain(line)) for line in (words.title, *words.sentences)]
    paths = [f"report  {out / 'report.html'}", f"bundle  {out / 'bundle'}"]
    return Group(*lines, *notes, table, *(Text(path, no_wrap=True, overflow="ignore") for path in paths))
