"""``mvkt diagnose``: read recordings and say what is found in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mvkt.cli.console import emit, json_option, plain, results
from mvkt.errors import RecordError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from mvkt.diagnosis.diagnoser import Diagnoser
    from mvkt.diagnosis.diagnosis import Diagnosis


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    envvar="MVKT_BUNDLE",
    show_envvar=True,
    help="The student that reads.",
)
@click.option("--lead", help="Read this lead, or: this is the lead that the file does not name.")
@json_option
def diagnose(files: tuple[Path, ...], bundle: Path | None, lead: str | None, as_json: bool) -> None:
    """Read recordings and say what is found in them.

    FILES are recordings in any format that mvkt reads. A file that cannot be read is reported, the others are
    judged all the same, and the exit code is 1. A research tool, not a medical device.

    \b
    Examples:
      mvkt diagnose ecg_2024-05-01.csv --bundle demo/run/bundle
      mvkt diagnose holter/100 --bundle demo/run/bundle --lead II
      mvkt diagnose *.dcm --bundle demo/run/bundle --json
    """  # noqa: D301 - click keeps the lines after its own escape \b
    if bundle is None:
        raise click.UsageError(
            "which student is to read? Name its folder with --bundle or MVKT_BUNDLE; "
            "`mvkt demo` trains one on simulated recordings in a few minutes"
        )
    from mvkt.diagnosis.diagnoser import load
    from mvkt.diagnosis.diagnosis import DISCLAIMER

    diagnoser = load(bundle)
    answers = []
    for file in files:
        answer = _judge(diagnoser, file, lead)
        if "error" in answer:
            click.echo(f"error: {plain(answer['file'])}: {plain(answer['error'])}", err=True)
        elif not as_json:
            results().print(block(answer["file"], answer["diagnosis"]))
        answers.append(answer)
    failed = sum("error" in answer for answer in answers)
    if as_json:
        emit({"recordings": answers}, as_json)
    elif failed < len(answers):
        results().print(DISCLAIMER, style="italic")
    if failed:
        raise click.exceptions.Exit(1)


def _judge(diagnoser: Diagnoser, file: Path, lead: str | None) -> dict[str, Any]:
    """Return the diagnosis of a file, or why there is none."""
    from mvkt.ecg.formats import read

    try:
        return {"file": str(file), "diagnosis": diagnoser.diagnose(read(file), lead)}
    except (RecordError, OSError) as error:
        return {"file": str(file), "error": str(error)}


def block(name: str, diagnosis: Diagnosis) -> RenderableType:
    """Render one recording: what it is, what was found, and what stands behind that."""
    from rich.console import Group
    from rich.text import Text

    findings = _findings(diagnosis) if diagnosis.judged else Text("not judged", style="bold yellow")
    return Group(Text(plain(name), style="bold"), findings, _background(diagnosis), "")


def _findings(diagnosis: Diagnosis) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("finding")
    table.add_column("probability", justify="right")
    table.add_column("threshold", justify="right")
    table.add_column("verdict")
    for finding in sorted(diagnosis.findings, key=lambda one: (not one.positive, -one.probability)):
        name = finding.title if finding.title == finding.code else f"{finding.title} ({finding.code})"
        cells = (name, f"{finding.probability:.1%}", f"{finding.threshold:.1%}", finding.verdict)
        table.add_row(*(Text(plain(cell)) for cell in cells), style="bold red" if finding.positive else "")
    return table


def _background(diagnosis: Diagnosis) -> Table:
    """Render quality, heart rate, processing, notes and student."""
    from rich.table import Table
    from rich.text import Text

    rate, signal = diagnosis.heart_rate, diagnosis.signal
    what = (signal.source, f"lead {', '.join(signal.leads)}", _duration(signal.duration_seconds))
    lines = [
        ("recording", ", ".join(filter(None, what))),
        ("quality", _quality(diagnosis)),
        ("heart rate", "not to be told" if rate is None else f"{rate:.0f} beats a minute"),
        ("signal", "; ".join(signal.processing)),
        *(("note", note) for note in diagnosis.notes),
        ("student", f"{diagnosis.bundle.name} ({diagnosis.bundle.task}, {diagnosis.bundle.view})"),
    ]
    table = Table.grid(padding=(0, 2))
    for name, text in lines:
        table.add_row(Text(name, style="dim"), Text(plain(text)))
    return table


def _quality(diagnosis: Diagnosis) -> str:
    quality = diagnosis.quality
    windows = f"{quality.judged:,} of {quality.windows:,} windows judged"
    reasons = "; ".join(f"{reason} ({count:,})" for reason, count in quality.reasons.items())
    return f"{windows}, left out: {reasons}" if reasons else windows


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
