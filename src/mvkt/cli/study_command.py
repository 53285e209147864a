"""``mvkt study``: many methods, seeds and test folds, trained once each and compared in pairs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mvkt.cli.console import (
    corpus_option,
    emit,
    engine_option,
    json_option,
    plain,
    plugin_option,
    unlabelled_option,
)
from mvkt.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from mvkt.ray_cluster import Engine
    from mvkt.study.execution.run_study import Stock
    from mvkt.study.results.study_result import StudyResult
    from mvkt.study.study_folder import CellResult

_RUN = "run"


class StudyGroup(click.Group):
    """A group whose ``run`` need not be named: ``mvkt study STUDY.toml``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for the study to run."""
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


@click.group(cls=StudyGroup, subcommand_metavar="STUDY [OPTIONS] | COMMAND [ARGS]...")
def study() -> None:
    """Compare methods over seeds and test folds, with paired intervals.

    \b
    Examples:
      mvkt study list
      mvkt study ablation-lead-I --corpus corpus --out ablation --dry-run
      mvkt study ablation-lead-I --corpus corpus --out ablation
      mvkt study my.toml --corpus corpus --out mine --methods bce,mkd --jobs 2
      mvkt study report ablation
    """  # noqa: D301 - click keeps the lines after its own escape \b


@study.command(_RUN)
@click.argument("study_name", metavar="STUDY")
@corpus_option("Prepared corpus to train on.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the study.")
@unlabelled_option("Prepared corpus for the methods that learn from recordings without labels; repeatable.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    help="Number of networks trained at the same time. [default: the processors]",
)
@click.option("--methods", metavar="A,B", help="Methods to train, with commas. [default: all]")
@click.option("--dry-run", is_flag=True, help="List of what would be trained; nothing is trained.")
@engine_option
@plugin_option
@json_option
def run(
    study_name: str,
    corpus_place: str,
    out: Path,
    unlabelled_places: tuple[str, ...],
    jobs: int | None,
    methods: str | None,
    dry_run: bool,
    engine: Engine,
    as_json: bool,
) -> None:
    """Train what is missing of STUDY, read the test folds, and write the report.

    STUDY is a TOML file, or the name of a study that comes with mvkt. What is in the folder already is kept: the same
    command goes on with a study that was stopped, and after a change of the file trains what has changed.

    \b
    Examples:
      mvkt study ablation-lead-I --corpus corpus --out ablation --dry-run
      mvkt study my.toml --corpus corpus --out mine --jobs 2
      mvkt study my.toml --corpus corpus --unlabelled archive --out mine
      mvkt study my.toml --corpus s3://bucket/corpus --out mine --engine ray --jobs 32
    """  # noqa: D301 - click keeps the lines after its own escape \b
    try:
        from mvkt.study.compare_methods import compare_methods
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"training needs {error.name}: pip install 'mvkt[train]'") from error
    from mvkt.cli.study_progress import StudyProgress

    chosen = [name.strip() for name in methods.split(",") if name.strip()] if methods else []
    if dry_run:
        stock = _stock(study_name, (corpus_place, *unlabelled_places), out, chosen)
        emit({"methods": _stock_rows(stock)}, as_json, lambda: view_stock(stock))
        return
    with StudyProgress() as progress:
        outcome = compare_methods(
            study_name,
            corpus_place,
            out,
            unlabelled=unlabelled_places,
            jobs=jobs,
            methods=chosen,
            monitor=progress,
            engine=engine,
        )
    print_failures(outcome.failed)
    print_results(dict(zip(outcome.folders, outcome.results, strict=True)), as_json)
    if outcome.failed:
        raise click.exceptions.Exit(1)


def _stock(study_name: str, places: Sequence[str], out: Path, methods: Sequence[str]) -> Stock:
    from mvkt.corpora.corpus import Corpus
    from mvkt.study.cells import make_tables
    from mvkt.study.execution.run_study import take_stock
    from mvkt.study.study import find_study, load_study

    loaded = load_study(find_study(study_name))
    corpus, *unlabelled = map(Corpus.open, places)
    return take_stock(make_tables(loaded, corpus, out, unlabelled), out, methods)


@study.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
def report(folder: Path, as_json: bool) -> None:
    """Make tables, figures and report of a study again, from what is in its FOLDER; nothing is trained.

    \b
    Example:
      mvkt study report ablation
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.study.report.study_report import write_report
    from mvkt.study.study_folder import study_folders

    print_results({part: write_report(part) for part in study_folders(folder)}, as_json)


@study.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the studies that come with mvkt."""
    from mvkt.study.study import list_studies, load_study

    studies = {path.stem: load_study(path).settings for path in list_studies()}
    rows = [{"name": name, "title": study.title, "methods": list(study.methods)} for name, study in studies.items()]
    emit({"studies": rows}, as_json, lambda: _columns(("name", "title", "methods"), rows))


def print_results(results: Mapping[Path, StudyResult], as_json: bool) -> None:
    """Print the tables to standard output, and the names of the files to standard error."""
    from mvkt.study.report.tables import terminal_table

    if as_json:
        everything = {folder.name: result for folder, result in results.items()}
        emit(next(iter(results.values())) if len(results) == 1 else everything, as_json)
    else:
        for result in results.values():
            emit(result, as_json, partial(terminal_table, result))
    for folder in results:
        click.echo(f"report  {folder / 'study.html'} (also .json, .md, .tex)", err=True)


def view_stock(stock: Stock) -> RenderableType:
    """Lay out what a study takes."""
    from rich.console import Group
    from rich.text import Text

    all_networks, untrained, missing = stock.networks(), stock.untrained, stock.missing
    lines = (
        f"{len(untrained)} of {len(all_networks)} networks to train, each once; "
        f"{len(missing)} of {len(stock.cells)} cells to do",
        "A network that several methods need is counted with each of them.",
    )
    columns = ("method", "recipe", "networks", "trained", "cells", "cached")
    return Group(_columns(columns, _stock_rows(stock)), *map(Text, lines))


def _stock_rows(stock: Stock) -> list[dict[str, Any]]:
    """One row for each method."""
    rows = []
    for method in dict.fromkeys(cell.method for cell in stock.cells):
        cells = [cell for cell in stock.cells if cell.method == method]
        networks = stock.networks(method)
        recipe = cells[0].recipe
        losses = "+".join(["bce", *recipe.transfer.weights]) if recipe.transfer.bce else "transfer alone"
        rows.append(
            {
                "method": method,
                "recipe": f"{recipe.student.view}, {recipe.student.model.name}, {losses}",
                "networks": len(networks),
                "trained": sum(key in stock.finished for key in networks),
                "cells": len(cells),
                "cached": sum(cell.folder in stock.cached for cell in cells),
            }
        )
    return rows


def _columns(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right" if rows and isinstance(rows[0][name], int) else "left")
    for row in rows:
        values = (", ".join(value) if isinstance(value, list) else str(value) for value in map(row.get, names))
        table.add_row(*(Text(plain(value)) for value in values))
    return table


def print_failures(failed: Sequence[CellResult]) -> None:
    """Print to standard error which cells failed, and why, each reason once."""
    cells: dict[str, list[str]] = {}
    for cell in failed:
        cells.setdefault(cell.error, []).append(f"{cell.method} {cell.seed}-{cell.test_fold}")
    for error, names in cells.items():
        click.echo(f"error: {len(names)} cell(s) failed ({', '.join(names)}): {plain(error)}", err=True)
