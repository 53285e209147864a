"""``mvkt calibrate``: fit the probabilities and limits of a bundle to another place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import corpus_option, emit, json_option, label_option, plain, plugin_option, progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from rich.table import Table

    from mvkt.training.export.recalibrated import Recalibration


@click.command()
@click.argument("bundle")
@corpus_option("Prepared corpus of the other place.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the new bundle.")
@click.option(
    "--fold", "folds", type=int, multiple=True, help="Fold to fit to, instead of all but the test folds; repeatable."
)
@click.option("--without-labels", is_flag=True, help="Use no labels, even if the corpus has some.")
@label_option
@plugin_option
@json_option
def calibrate(
    bundle: str,
    corpus_place: str,
    out: Path,
    folds: tuple[int, ...],
    without_labels: bool,
    meanings: Mapping[str, str],
    as_json: bool,
) -> None:
    """Fit probabilities and limits of BUNDLE (a name, folder, or hf://owner/name) to the recordings of a corpus.

    With labels of the bundle's task, or a table of your own labels with codes of its classes, temperature, bias and
    limits of each class are fitted to them. Without labels it is estimated how common each class is there, and the
    probabilities follow. The network stays the same; a new bundle is written, and its card states how it was
    calibrated.

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
            opened, corpus, out, folds=folds or None, without_labels=without_labels, meanings=meanings, update=update
        )
    emit({"bundle": str(out), **made.model_dump(mode="json")}, as_json, lambda: _view(made, out))


def _view(made: Recalibration, out: Path) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from mvkt.numbers import count

    by = "labels" if made.by == "labels" else "frequencies of the classes, estimated without labels,"
    title = Text(plain(f"{out}: calibrated by the {by} of {count(made.records)} records of {made.corpus}"))
    title.append(plain(f"\nnote: {made.note}") if made.note else "")
    if made.by == "labels":
        kept = [row.code for row in made.classes if row.positives is None]
        more = f"The corpus has no labels of {', '.join(kept)}: the calibration of these stays."
        return Group(title, _of_labels(made), *[Text(plain(more))] * bool(kept))
    if not made.changed:
        return Group(title, "No class seems to be more or less common than before: nothing changes.")
    return Group(
        title, _of_frequencies(made), "The other classes seem to be as common as before, and stay as they are."
    )


def _of_labels(made: Recalibration) -> Table:
    from rich.text import Text

    from mvkt.numbers import count, number

    table = _table("class", "records with it", "threshold before", "threshold")
    for row in made.fitted:
        cells = (count(row.positives or 0), number(row.threshold_before), number(row.threshold_after))
        table.add_row(Text(plain(row.code)), *cells)
    return table


def _of_frequencies(made: Recalibration) -> Table:
    from rich.text import Text

    from mvkt.numbers import percent

    table = _table("class", "of the records before", "of the records here")
    for row in made.changed:
        shares = (row.share_before or 0.0, row.share_after or 0.0)
        table.add_row(Text(plain(row.code)), *(percent(share, 1) for share in shares))
    return table


def _table(first: str, *others: str) -> Table:
    from rich.table import Table

    table = Table()
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
