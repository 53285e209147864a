"""``mvkt train``: teacher, baseline and student from a recipe, in one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import corpus_option, emit, json_option, plain, plugin_option, unlabelled_option
from mvkt.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from mvkt.corpora.corpus import Corpus
    from mvkt.evaluation.result import GapClosed, LabelsWorth, ModelResult, RunResult
    from mvkt.training.recipe import Recipe


@click.command()
@click.argument("recipe", default="own")
@corpus_option("Prepared corpus to train on.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder of the run; its bundle is in OUT/bundle."
)
@unlabelled_option("Prepared corpus from which students learn without labels; repeatable.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change of the recipe, such as student.view=II; repeatable.",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
@click.option(
    "--teacher", type=click.Path(path_type=Path), help="Folder of a run whose teacher is used; none is trained."
)
@click.option("--tensorboard", is_flag=True, help="Write curves for TensorBoard into the run folder as well.")
@plugin_option
@json_option
def train(
    recipe: str,
    corpus_place: str,
    out: Path,
    unlabelled_places: tuple[str, ...],
    overrides: tuple[str, ...],
    resume: bool,
    teacher: Path | None,
    tensorboard: bool,
    as_json: bool,
) -> None:
    """Train teacher, baseline and student from RECIPE, measure them, and write bundle and report.

    RECIPE is a TOML file, or the name of a recipe that comes with mvkt. Without it, or as "own", the recipe is made for
    the corpus: its task, its leads, its size. The test folds are read once, when everything is trained.

    \b
    Examples:
      mvkt train own --corpus corpus --out run
      mvkt train ptbxl-superdiagnostic-lead-I --corpus corpus --out run
      mvkt train my.toml --corpus corpus --out run --set seed=1 --set student.training.epochs=30
      mvkt train my.toml --corpus corpus --unlabelled archive --out run
      mvkt train my.toml --corpus corpus --out run --resume
      torchrun --nproc-per-node 2 -m mvkt train my.toml --corpus corpus --out run
    """  # noqa: D301 - click keeps the lines after its own escape \b
    result = run(
        recipe,
        corpus_place,
        out,
        unlabelled=unlabelled_places,
        changes=overrides,
        resume=resume,
        teacher=teacher,
        tensorboard=tensorboard,
    )
    from mvkt.training.launched import is_first

    if is_first():
        emit(result, as_json, lambda: view(result, out))


def run(
    recipe: Recipe | str,
    corpus: Corpus | Path | str,
    out: Path,
    *,
    unlabelled: Sequence[Path | str] = (),
    changes: Sequence[str] = (),
    resume: bool = False,
    teacher: Path | None = None,
    tensorboard: bool = False,
) -> RunResult:
    """Train with a live display.

    Raises:
        MissingExtraError: PyTorch is not installed.
    """
    try:
        from mvkt.training.train_recipe import train_recipe
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"training needs {error.name}: pip install 'mvkt[train]'") from error
    from mvkt.cli.training_progress import TrainingProgress

    with TrainingProgress(out / "tensorboard" if tensorboard else None) as progress:
        return train_recipe(
            recipe,
            corpus,
            out,
            unlabelled=unlabelled,
            changes=changes,
            resume=resume,
            teacher_run=teacher,
            reporter=progress,
        )


def view(result: RunResult, out: Path) -> RenderableType:
    """Render what a run found out."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from mvkt.numbers import count, duration, number, with_limits

    records = ", ".join(f"{count(records)} {part}" for part, records in result.records.items())
    records += f", {count(result.unlabelled_records)} without labels" if result.unlabelled_records else ""
    title = Text(f"{plain(result.name)}: task {plain(result.task)}, {len(result.classes)} classes; records: {records}")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("", "parameters", "macro AUC (95 % interval)", "macro F1", "time"):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    models: list[tuple[str, ModelResult]] = list(result.models.items())
    if result.labels:
        models.append(("all labels", result.labels.model))
    for role, model in models:
        figures = model.evaluation
        table.add_row(
            Text(f"{role}, {plain(model.view)}"),
            count(model.parameters),
            with_limits(figures.macro_auc),
            number(figures.macro_f1.value),
            duration(model.seconds),
        )
    choice = f" (the {result.deployed}: better on the validation records)" if result.transfer else ""
    paths = [f"report  {out / 'report.html'}", f"bundle  {out / 'bundle'}{choice}"]
    return Group(
        title,
        table,
        *map(Text, _transfer(result.transfer)),
        *map(Text, _labels(result.labels)),
        *(Text(path, no_wrap=True, overflow="ignore") for path in paths),
    )


def _labels(labels: LabelsWorth | None) -> list[str]:
    from mvkt.numbers import count, percent_with_limits, signed_with_limits

    if labels is None:
        return []
    gain = f"all {count(labels.records)} labels - baseline: {signed_with_limits(labels.minus_baseline)}"
    if labels.replaced is None:
        return [gain]
    return [gain, f"share of that which the student replaces: {percent_with_limits(labels.replaced)}"]


def _transfer(transfer: GapClosed | None) -> list[str]:
    from mvkt.numbers import p_equals, percent_with_limits, signed_with_limits

    if transfer is None:
        return ["trained without a teacher: no transfer loss has a weight"]
    difference = (
        f"student - baseline: {signed_with_limits(transfer.student_minus_baseline)}, {p_equals(transfer.p_value)}"
    )
    if transfer.gap_closed is None:
        return [difference, transfer.note]
    return [difference, f"share of the gap to the teacher closed: {percent_with_limits(transfer.gap_closed)}"]
