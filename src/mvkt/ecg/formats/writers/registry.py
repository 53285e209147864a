"""The formats that are written, and the function that writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mvkt.ecg.formats.writers.write_csv import write_csv
from mvkt.ecg.formats.writers.write_edf import write_edf
from mvkt.ecg.formats.writers.write_wfdb import write_wfdb
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError


@dataclass(frozen=True)
class Writer:
    """A format that is written.

    Attributes:
        endings: The names of files that mean it.
        write: Writes a record to a path; returns what was written.
    """

    endings: tuple[str, ...]
    write: Callable[[Record, Path], tuple[Path, ...]]


WRITERS: Mapping[str, Writer] = {
    "wfdb": Writer((".hea", ".dat"), write_wfdb),
    "csv": Writer((".csv",), write_csv),
    "edf": Writer((".edf",), write_edf),
}


def write(record: Record, path: str | Path, to: str | None = None) -> tuple[Path, ...]:
    """Write a recording; nothing of the person but age and sex goes with it.

    Args:
        record: What to write.
        path: Where to; its ending chooses the format.
        to: ``"wfdb"``, ``"csv"`` or ``"edf"``, whatever the ending is.

    Returns:
        The files that were written.

    Raises:
        RecordFormatError: The format is none of those, or cannot hold the recording.
        MissingExtraError: It needs a library that is not installed.
    """
    path = Path(path)
    if to is None:
        to = next((name for name, writer in WRITERS.items() if path.suffix.lower() in writer.endings), "")
    if to not in WRITERS:
        known = ", ".join(WRITERS)
        endings = ", ".join(ending for writer in WRITERS.values() for ending in writer.endings)
        raise RecordFormatError(f"the format to write is unknown: end the name in {endings}, or give {known}")
    return WRITERS[to].write(record, path)
