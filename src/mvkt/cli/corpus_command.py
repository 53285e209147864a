"""``mvkt corpus``: fetch, prepare and describe recordings to train on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import emit, json_option, progress
from mvkt.cli.corpus_prepare_command import prepare
from mvkt.cli.corpus_view import view
from mvkt.cli.known_names import NameChoice, NamedCommands

if TYPE_CHECKING:
    from mvkt.corpora.fetch import Resolution


@click.group(cls=NamedCommands)
def corpus() -> None:
    """Fetch, prepare and describe recordings to train on.

    \b
    Examples:
      mvkt corpus fetch ptb-xl --out ptb-xl
      mvkt corpus prepare ptb-xl ptb-xl --out corpus
      mvkt corpus describe corpus --task superdiagnostic
    """  # noqa: D301 - click keeps the lines after its own escape \b


corpus.add_command(prepare)


@corpus.group(cls=NamedCommands)
def fetch() -> None:
    """Download a public collection; what is there already is checked and kept."""


@fetch.command("ptb-xl")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("ptb-xl"),
    show_default=True,
    help="Folder to fetch into.",
)
@click.option(
    "--resolution",
    type=NameChoice(["100", "500", "both"]),
    default="100",
    show_default=True,
    help="Recordings of 100 Hz (0.6 GB), 500 Hz (2.7 GB) or both.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=8, show_default=True, help="Number of files fetched at the same time."
)
@click.option("--base-url", help="Address of a mirror with SHA256SUMS.txt. [default: physionet.org]")
@json_option
def fetch_ptb_xl(out: Path, resolution: Resolution, jobs: int, base_url: str | None, as_json: bool) -> None:
    """Download PTB-XL 1.0.3 from PhysioNet.

    Tens of thousands of small files: it takes a while. Every file is checked against the published SHA-256;
    after an interruption the same command goes on where it stopped.

    \b
    Examples:
      mvkt corpus fetch ptb-xl
      mvkt corpus fetch ptb-xl --resolution both --jobs 16 --out /data/ptb-xl
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.corpora.download import Downloader
    from mvkt.corpora.fetch import PTBXL_URL, fetch_ptbxl

    with progress("fetching PTB-XL") as update:
        fetched = fetch_ptbxl(out, resolution, Downloader(base_url or PTBXL_URL, jobs=jobs), update)
    emit(
        fetched,
        as_json,
        lambda: f"{fetched.folder}: {fetched.files:,} files, {fetched.fetched:,} of them new",
    )


@corpus.command()
@click.argument("place", metavar="FOLDER|URL")
@click.option("--task", help="Count the classes of this task only.")
@click.option(
    "--min-samples",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Leave out classes of no more records than this.",
)
@click.option("--verify", is_flag=True, help="Compare the files with their checksums first.")
@json_option
def describe(place: str, task: str | None, min_samples: int, verify: bool, as_json: bool) -> None:
    """Count what is in a prepared corpus.

    \b
    Examples:
      mvkt corpus describe corpus
      mvkt corpus describe corpus --task superdiagnostic --json
      mvkt corpus describe s3://bucket/corpus
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.corpora.corpus import Corpus
    from mvkt.corpora.describe import describe as count

    opened = Corpus.open(place)
    if verify:
        opened.verify()
    description = count(opened, task, min_samples)
    emit(description, as_json, lambda: view(description))
