"""``mvkt models``: the students that come with mvkt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mvkt.cli.console import emit, json_option, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvkt.bundle.packaged import Student


@click.command()
@click.option("--figures", is_flag=True, help="Print calibration, coverage and figures by group, as Markdown tables.")
@json_option
def models(figures: bool, as_json: bool) -> None:
    """List the students that come with mvkt.

    Figures are those of the test recordings of their model cards, with 95 % intervals.

    \b
    Examples:
      mvkt models
      mvkt models --json
      mvkt models --figures
      mvkt diagnose ecg.csv --bundle lead-I
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.packaged import manifests, students

    if figures and as_json:
        raise click.UsageError("choose one of --figures and --json: the figures as JSON are in each bundle.json")
    if figures:
        from mvkt.bundle.worth_tables import figures_text

        click.echo(plain(figures_text(manifests())), nl=False)
        return
    found = students()
    emit({"students": found}, as_json, lambda: _view(found))


def _view(found: tuple[Student, ...]) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from mvkt.numbers import with_limits

    if not found:
        return Text("no students come with this installation; `mvkt train` makes your own")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for column in ("name", "leads", "task", "classes", "macro AUC", "size", "licence"):
        right = column in ("macro AUC", "size")
        table.add_column(column, justify="right" if right else "left", no_wrap=right or column == "name")
    for entry in found:
        table.add_row(
            *(Text(plain(cell)) for cell in (entry.name, entry.view, entry.task, ", ".join(entry.classes))),
            with_limits(entry.macro_auc, absent=""),
            f"{entry.bytes / 1e6:.2f} MB",
            Text(plain(entry.licence)),
        )
    return table
