"""``mvkt convert``: a recording in another format."""

from __future__ import annotations

from pathlib import Path

import click

from mvkt.cli.console import emit, json_option, plain, plugin_option
from mvkt.cli.known_names import NameChoice


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", type=NameChoice(["wfdb", "csv", "edf"]), help="Format to write, whatever OUT is called.")
@click.option("--recording", help="Name of the recording, in a file with several, as the error lists them.")
@click.option(
    "--sampling-frequency", type=float, metavar="HZ", help="Sampling frequency, for a file that does not state it."
)
@click.option("--unit", help="Unit, for a file that does not state it: nV, µV (uV), mV or V.")
@click.option("--lead", help="Lead of a file that does not name it; of several columns such as I+II.")
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@plugin_option
@json_option
def convert(
    source: Path,
    out: Path,
    to: str | None,
    recording: str | None,
    sampling_frequency: float | None,
    unit: str | None,
    lead: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write the recording IN as WFDB (.hea), CSV (.csv) or EDF+ (.edf), by the ending of OUT.

    IN is in any format of `mvkt formats`. Age, sex and the time of the recording go with it as far as the format has
    room for them; names, identifiers and dates of birth do not. EDF+ needs: pip install 'mvkt[convert]'.

    \b
    Examples:
      mvkt convert ecg_2024-05-01.csv ecg.hea
      mvkt convert hospital.dcm ecg.csv
      mvkt convert export.zip ecg.edf --recording ecg_2024-05-01.csv
      mvkt convert numbers.txt ecg.hea --sampling-frequency 130 --unit uV --lead I
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.ecg.formats import WRITERS, read, write

    taken = [path for path in _files_of(out, to, WRITERS["wfdb"].endings) if path.exists()]
    if taken and not overwrite:
        raise click.UsageError(f"{taken[0]} exists; --overwrite replaces it")
    record = read(source, recording=recording, sampling_frequency=sampling_frequency, unit=unit, lead=lead)
    written = write(record, out, to)
    summary = {
        "files": [str(path) for path in written],
        "source": record.source,
        "leads": list(record.leads),
        "sampling_frequency": record.sampling_frequency,
        "seconds": record.duration,
        "notes": list(record.notes),
    }
    what = f"{', '.join(record.leads)}, {record.sampling_frequency:g} Hz, {record.duration:.4g} s, from {record.source}"
    lines = [f"{' and '.join(map(str, written))}: {what}", *(f"note: {note}" for note in record.notes)]
    if as_json:
        emit(summary, as_json)
    else:
        click.echo(plain("\n".join(lines)))


def _files_of(out: Path, to: str | None, wfdb: tuple[str, ...]) -> list[Path]:
    """Return what will be written."""
    if to == "wfdb" or (to is None and out.suffix.lower() in wfdb):
        return [out.with_suffix(ending) for ending in wfdb]
    return [out]
