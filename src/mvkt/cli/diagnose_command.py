"""``mvkt diagnose``: read recordings and report the findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import Number, emit, json_option, plain, plugin_option, progress, results
from mvkt.cli.known_names import NameChoice

if TYPE_CHECKING:
    from mvkt.bulk.diagnose_many import BulkResult
    from mvkt.diagnosis.answer import DiagnosedRecording
    from mvkt.diagnosis.many_files import DiagnosisSettings, DiagnosisTask
    from mvkt.ecg.record import Sex
    from mvkt.ray_cluster import Engine


@click.command()
@click.argument("files", nargs=-1)
@click.option("--example", is_flag=True, help="Simulated recording that comes with mvkt, besides FILES or alone.")
@click.option(
    "--bundle",
    envvar="MVKT_BUNDLE",
    show_envvar=True,
    metavar="NAME|PATH|hf://...",
    help="Network that reads; without it, the one in the box that sees the most of the recording.",
)
@click.option("--lead", help="Lead to read (I, II, ...). If the file does not name its only lead: which one it is.")
@click.option(
    "--sampling-frequency", type=float, metavar="HZ", help="Sampling frequency, for files that do not state it."
)
@click.option("--unit", help="Unit, for files that do not state it: nV, µV (uV), mV or V.")
@click.option("--age", type=Number(0, 130), help="Age in years, instead of the one in the file.")
@click.option("--sex", type=NameChoice(["female", "male"]), help="Sex of the person, instead of the one in the file.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Write a page with the trace and what the findings rest on; for several recordings a folder of pages.",
)
@click.option(
    "--fhir",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="FHIR R4 bundle to write: report, findings and trace; for several recordings a folder of bundles.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Parquet table to write, a row for each recording; the same command goes on where it was stopped.",
)
@click.option(
    "--engine",
    type=NameChoice(["processes", "ray"]),
    default="processes",
    show_default=True,
    help="Workers with --out: processes of this machine, or Ray (the cluster of RAY_ADDRESS, or this machine).",
)
@click.option("--workers", type=click.IntRange(min=1), help="Number of workers with --out; by default the processors.")
@click.option("--retry-errors", is_flag=True, help="Diagnose again what has a row with an error in the table of --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a row for each window as CSV on stdout.")
@plugin_option
@json_option
def diagnose(
    files: tuple[str, ...],
    example: bool,
    bundle: str | None,
    lead: str | None,
    sampling_frequency: float | None,
    unit: str | None,
    age: float | None,
    sex: Sex | None,
    html: Path | None,
    fhir: Path | None,
    out: Path | None,
    engine: Engine,
    workers: int | None,
    retry_errors: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Read recordings and report the findings.

    FILES are recordings in any format that mvkt reads, or folders of them; with --out, also URLs of stores such as
    s3://bucket/prefix/. A file that cannot be read is reported, the others are diagnosed all the same, and the exit
    code is 1. A research tool, not a medical device.

    \b
    Examples:
      mvkt diagnose --example
      mvkt diagnose ecg_2024-05-01.csv
      mvkt diagnose holter/100 --lead II --html holter.html
      mvkt diagnose archive/ --json > archive.json
      mvkt diagnose archive/ --out archive.parquet
      mvkt diagnose s3://bucket/prefix/ --out results.parquet --engine ray
      mvkt diagnose s3://bucket/prefix/ --out results.parquet --retry-errors
      mvkt diagnose ecg.csv --fhir ecg.json
      mvkt diagnose hospital.dcm --bundle lead-I
      mvkt diagnose ecg.csv --bundle run/bundle
      mvkt diagnose ecg.csv --bundle hf://owner/name
    """  # noqa: D301 - click keeps the lines after its own escape \b
    if as_csv and as_json:
        raise click.UsageError("choose one of --csv and --json")
    if retry_errors and out is None:
        raise click.UsageError("--retry-errors is for the table of --out FILE.parquet")
    files = _named(files, example, in_stores=out is not None)
    _check_student(bundle)
    from mvkt.bundle.packaged import find
    from mvkt.diagnosis.many_files import BUNDLES, PAGES, DiagnosisSettings, is_file_name, tasks_of

    settings = DiagnosisSettings(
        bundle=None if bundle is None else find(bundle),
        lead=lead,
        sampling_frequency=sampling_frequency,
        unit=unit,
        age=age,
        sex=sex,
    )
    if out is not None:
        _refuse_besides_table(html, fhir, as_csv)
        from mvkt.bulk.diagnose_many import diagnose_many

        with progress("diagnosing") as update:
            made = diagnose_many(
                files, out, settings, engine=engine, workers=workers, retry_errors=retry_errors, update=update
            )
        _show_table(made, as_json)
        return
    tasks = tasks_of(map(Path, files), html, fhir)
    if not tasks:
        raise click.UsageError(f"there is no file in {', '.join(files)}")
    for target, endings, what in ((html, PAGES, "pages"), (fhir, BUNDLES, "FHIR bundles")):
        if target and is_file_name(target, endings) and len(tasks) > 1:
            raise click.UsageError(f"{len(tasks)} files need a folder for their {what}, not the file {target}")
        if target and not is_file_name(target, endings) and target.suffix[1:].isalpha() and not target.is_dir():
            named = target.with_suffix(endings[0])
            raise click.UsageError(f"{what} end in {endings[0]}: name {named} or a folder instead of {target}")
    recordings = _diagnose(tasks, settings)
    if html and not is_file_name(html, PAGES):
        from mvkt.diagnosis.page.pages_index import write_index

        write_index(html / "index.html", recordings)
    _show(recordings, as_csv=as_csv, as_json=as_json)
    if any(recording.error for recording in recordings):
        raise click.exceptions.Exit(1)


def _named(files: tuple[str, ...], example: bool, in_stores: bool) -> tuple[str, ...]:
    """Return the files and the example, if there is any and they can be diagnosed in this way."""
    if example:
        from mvkt.ecg.example import example as path_of_example

        files = (*files, str(path_of_example()))
    if not files:
        raise click.UsageError("no recording is named: give FILES, or --example")
    if not in_stores and any("://" in file for file in files):
        raise click.UsageError("recordings in a store are diagnosed into a table: name it by --out FILE.parquet")
    return files


def _refuse_besides_table(html: Path | None, fhir: Path | None, as_csv: bool) -> None:
    if html or fhir or as_csv:
        raise click.UsageError("--out writes a table and nothing else: take --html, --fhir and --csv away")


def _show_table(made: BulkResult, as_json: bool) -> None:
    emit(made, as_json, lambda: f"recordings: {made.rows:,}, with an error: {made.failed:,}; table: {made.out}")
    if made.failed:
        raise click.exceptions.Exit(1)


def _check_student(bundle: str | None) -> None:
    from mvkt.bundle.packaged import names

    if bundle is None and not names():
        raise click.UsageError(
            "which student is to read? Name its folder with --bundle or MVKT_BUNDLE; "
            "`mvkt demo` trains one on simulated recordings in a few minutes"
        )


def _diagnose(tasks: Sequence[DiagnosisTask], settings: DiagnosisSettings) -> list[DiagnosedRecording]:
    from mvkt.diagnosis.many_files import diagnose_files

    recordings: list[DiagnosedRecording] = []
    if len(tasks) == 1:  # nothing to count, and a progress bar takes long to import
        return list(next(diagnose_files(tasks, settings)))
    with progress("diagnosing") as update:
        for done, of_file in enumerate(diagnose_files(tasks, settings), start=1):
            recordings.extend(of_file)
            update(done, len(tasks))
    return recordings


def _show(recordings: Sequence[DiagnosedRecording], *, as_csv: bool, as_json: bool) -> None:
    """Print what came out: results on stdout, what went wrong on stderr."""
    from mvkt.diagnosis.answer import Answer

    if as_json:
        click.echo(Answer(recordings=tuple(recordings)).to_json())
    elif as_csv:
        from mvkt.diagnosis.csv_table import as_csv as table

        click.echo(table(recordings), nl=False)
    else:
        _print(recordings)
    failed = [recording for recording in recordings if recording.error]
    if len(recordings) == 1 or as_json or as_csv:
        for recording in failed:
            click.echo(f"error: {plain(recording.name)}: {plain(recording.error)}", err=True)
    elif failed:
        click.echo(f"error: {len(failed)} of {len(recordings)} recordings could not be diagnosed", err=True)
    for page in [recording.page for recording in recordings if recording.page][:1]:
        click.echo(f"page: {page}" if len(recordings) == 1 else f"pages: {Path(page).parent}", err=True)


def _print(recordings: Sequence[DiagnosedRecording]) -> None:
    from mvkt.bundle.worth import DISCLAIMER
    from mvkt.cli.diagnosis_text import block, rows

    if len(recordings) > 1:
        results().print(rows(recordings), "")
    elif recordings[0].error:
        return
    else:
        results().print(block(recordings[0].name, recordings[0].diagnoses))
    results().print(DISCLAIMER, style="italic")
