"""``mvkt calibrate``: fit the probabilities and limits of a bundle to another place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import corpus_option, emit, json_option, plain, plugin_option, progress

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvkt.training.export.recalibrated import Recalibration


@click.command()
@click.argument("bundle")
@corpus_option("Prepared corpus of the other place.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the new bundle.")
@click.option(
    "--fold", "folds", type=int, multiple=True, help="Fold to fit to, instead of all but the test folds; repeatable."
)
@click.option("--without-labels", is_flag=True, help="Use no labels, even if the corpus has some.")
@plugin_option
@json_option
def calibrate(
    bundle: str, corpus_place: str, out: Path, folds: tuple[int, ...], without_labels: bool, as_json: bool
) -> None:
    """Fit probabilities and limits of BUNDLE (a name, folder, or hf://owner/name) to the recordings of a corpus.

    With labels of the bundle's task, temperature, bias and limits of each class are fitted to them. Without labels it
    is estimated how common each class is there, and the probabilities follow. The network stays the same; a new bundle
    is written, and its card states how it was calibrated.

    \b
    Examples:
      mvkt calibrate device --corpus strips --out device-here
      mvkt calibrate run/bundle --corpus archive --without-labels --out bundle-here
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.bundle import Bundle
    from mvkt.bundle.packaged import find
    from mvkt.corpora import Corpus
    from mvkt.processes import processors
    from mvkt.training.export.recalibrated import recalibrate_bundle

    opened, corpus = Bundle.open(find(bundle), threads=processors()), Corpus.open(corpus_place)
    with progress("running the network") as update:
        made = recalibrate_bundle(
            opened, corpus, out, folds=folds or None, without_labels=without_labels, update=update
        )
    emit({"bundle": str(out), **made.model_dump(mode="json")}, as_json, lambda: _view(made, out))


def _view(made: Recalibration, out: Path) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from mvkt.numbers import count, number

    labels = made.by == "labels"
    title = f"{out}: by the {made.by} of {count(made.records)} records of {made.corpus}"
    table = Table(title=plain(title), title_justify="left")
    names = ("records with it",) if labels else ("share before", "share here")
    for name in ("class", *names, "threshold before", "threshold"):
        table.add_column(name, justify="left" if name == "class" else "right")
    for row in made.classes:
        shares = (
            (count(row.positives or 0),)
            if labels
            else tuple("" if share is None else number(share) for share in (row.share_before, row.share_after))
        )
        table.add_row(Text(plain(row.code)), *shares, number(row.threshold_before), number(row.threshold_after))
    return table
