"""``mvkt formats``: which recordings are read and written."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import emit, json_option

if TYPE_CHECKING:
    from rich.console import RenderableType


@click.command()
@json_option
def formats(as_json: bool) -> None:
    """List the recording formats that are read, what writes them, and what to know of them.

    A format is recognised by what is in a file, not by its name.

    \b
    Examples:
      mvkt formats
      mvkt formats --json
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.ecg.formats import WRITERS
    from mvkt.ecg.formats.catalogue import formats as listed

    written = {name: list(writer.endings) for name, writer in WRITERS.items()}
    emit({"read": [asdict(entry) for entry in listed()], "written": written}, as_json, view)


def view() -> RenderableType:
    """Lay the list out for a person."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    from mvkt.ecg.formats.catalogue import formats as listed

    table = Table("format", "files", "from; what to mind", box=SIMPLE)
    for entry in listed():
        untried = "" if entry.tried_on == "real files" else " (not tried on a real file)"
        table.add_row(*map(Text, (entry.name, entry.files, f"{entry.devices}; {entry.mind}{untried}")))
    return table
