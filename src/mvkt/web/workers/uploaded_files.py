"""Files that were uploaded together, and the recordings in them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mvkt.ecg.formats import read_all
from mvkt.ecg.formats.readers.wfdb_parts import recordings_among
from mvkt.ecg.record import Record
from mvkt.errors import RecordError
from mvkt.web.reading_options import ReadingOptions

_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
_HEADER = ".hea"
_LONGEST_NAME = 200

Read = Record | RecordError


@dataclass(frozen=True)
class UploadedFile:
    """A file as it came.

    Attributes:
        name: Its last part, as :func:`plain_name` gives it.
        content: Its bytes.
    """

    name: str
    content: bytes | bytearray = field(repr=False)


def plain_name(name: str) -> str:
    """Return the last part of a file name that came from outside, without what cannot be seen; never a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(character for character in last if character.isprintable()).strip()[-_LONGEST_NAME:]
    return seen if seen.strip(".") else "recording"


def use_memory_for_temporary_files() -> bool:
    """Let whatever needs a file by its path find it in memory; return whether this system can do that."""
    usable = _MEMORY_FOLDER.is_dir() and os.access(_MEMORY_FOLDER, os.W_OK | os.X_OK)
    if usable:
        tempfile.tempdir = str(_MEMORY_FOLDER)
    return usable


def recordings_in(files: Sequence[UploadedFile], options: ReadingOptions) -> Iterator[tuple[str, str, Read]]:
    """Read files that were uploaded together.

    Yields:
        Name of the file, name of the recording in it (empty where it is the only one), and the recording or what is
        wrong with it.
    """
    headers = [file for file in files if file.name.lower().endswith(_HEADER)]
    claimed: set[str] = set()
    if headers:
        with tempfile.TemporaryDirectory(prefix="mvkt-") as folder:
            for file in files:
                (Path(folder) / file.name).write_bytes(file.content)
            whole = {path.name for path in recordings_among(Path(folder) / file.name for file in files)}
            claimed = {file.name for file in files if file in headers or file.name not in whole}
            for header in headers:
                if header.name in whole:
                    yield from _read(header.name, Path(folder) / header.name, options)
    for file in files:
        if file.name not in claimed:
            yield from _read(file.name, file.content, options)


def _read(name: str, source: Path | bytes | bytearray, options: ReadingOptions) -> Iterator[tuple[str, str, Read]]:
    try:
        recordings = read_all(
            source if isinstance(source, Path) else bytes(source),
            sampling_frequency=options.sampling_frequency,
            unit=options.unit,
            lead=options.lead,
            name=name,
        )
        first = next(recordings, None)
        second = next(recordings, None)
        if first is None:
            return
        yield name, "" if second is None else first[0], first[1]
        if second is not None:
            yield name, *second
        for part, record in recordings:
            yield name, part, record
    except RecordError as error:
        yield name, "", error
