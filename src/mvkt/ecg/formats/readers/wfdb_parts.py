"""Which files of a folder are recordings, and which are parts of a WFDB record: signals, segments, annotations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mvkt.ecg.formats.readers.wfdb_header import in_small_letters, read_header
from mvkt.errors import RecordFormatError

_HEADER = ".hea"


def is_header_name(path: Path) -> bool:
    """Whether a file is called as headers of WFDB are."""
    return path.suffix.lower() == _HEADER


def recordings_among(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are recordings of their own, in their order.

    A WFDB record is its header: what the header names, and what has its name with another ending, is none.
    """
    every = list(paths)
    headers = [path for path in every if is_header_name(path)]
    signals: set[str] = set()
    segments: set[Path] = set()
    for header in headers:
        try:
            parsed = read_header(header)
        except (RecordFormatError, OSError):
            continue  # reading it names the fault
        signals |= {in_small_letters(str(header.with_name(signal.file))) for signal in parsed.signals}
        segments |= {header.with_name(name) for name in parsed.segments}
    stems = {header.with_suffix("") for header in headers}
    return [path for path in every if not _is_part(path, stems, segments, signals)]


def _is_part(path: Path, stems: set[Path], segments: set[Path], signals: set[str]) -> bool:
    stem = path.with_suffix("") if path.suffix else path
    if stem in segments:
        return True
    return not is_header_name(path) and (stem in stems or in_small_letters(str(path)) in signals)
