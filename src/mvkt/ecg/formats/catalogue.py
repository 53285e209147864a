"""The list of formats, for people; it is made of the formats that the readers declare."""

from __future__ import annotations

from mvkt.ecg.formats.reader import Format
from mvkt.ecg.formats.registry import ARCHIVES, PLUGIN_READERS, READERS

COLUMNS = ("format", "files", "from", "read by", "tried on", "mind")


def formats() -> tuple[Format, ...]:
    """Return every format that is read, in the order in which files are recognised."""
    return tuple(entry for reader in (*PLUGIN_READERS.values(), *READERS, *ARCHIVES) for entry in reader.formats)


def cells(entry: Format) -> tuple[str, ...]:
    """Return the cells of a format's row, for :data:`COLUMNS`."""
    return entry.name, entry.files, entry.devices, entry.read_by, entry.tried_on, entry.mind


def markdown() -> str:
    """Return the table of ``docs/reference/formats.md``."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, formats())]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)
