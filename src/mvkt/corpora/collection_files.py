"""The files of a collection below a folder, and the names that its tables give them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mvkt.ecg.formats import read
from mvkt.ecg.formats.truncated import is_truncated
from mvkt.ecg.record import Record
from mvkt.errors import CorpusError, RecordError

_OF_A_RECORD = re.compile(r"\.(hea|dat|mat)$", re.IGNORECASE)
_PACKED = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar")


def files_below(root: Path, *endings: str) -> list[Path]:
    """Return the files below a folder, sorted; hidden files and folders, as macOS and notebooks make them, are none.

    Args:
        root: The folder.
        endings: Of names, in small letters: ``.hea``, ``reference.csv``; by default any. Capitals do not matter.
    """
    return sorted(path for path in _visible(root) if path.name.lower().endswith(endings or ""))


def _visible(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder) / name for name in names if not name.startswith("."))


def absent(root: Path, what: str) -> CorpusError:
    """Return the error that a folder lacks something; where archives lie in it, they may hold it."""
    names = sorted(path.name for path in root.iterdir()) if root.is_dir() else []
    packed = [name for name in names if name.lower().endswith(_PACKED) and not name.startswith(".")]
    return CorpusError(f"there is no {what}" + (f"; unpack {packed[0]} first" if packed else ""))


def without_ending(path: str) -> str:
    """Return the path of a WFDB or MATLAB recording without ``.hea``, ``.dat`` or ``.mat``."""
    return _OF_A_RECORD.sub("", path)


def name_in_cell(cell: str) -> str:
    """Return the name of a recording in a cell of a table, which may have a folder before and an ending after it."""
    return PurePosixPath(without_ending(cell.strip().replace("\\", "/"))).name


def read_recording(root: Path, path: str) -> Record:
    """Read a recording of a collection.

    Args:
        root: Of the collection.
        path: Relative to it.

    Raises:
        RecordError: It is not there, or cannot be used.
    """
    if not (root / path).is_file():
        raise RecordError(f"missing file: there is no {path}")
    return read(root / path)


def whole(record: Record) -> Record:
    """Return a recording of a published collection as it came; one that was cut off on the way is fetched again.

    Raises:
        RecordError: It has fewer samples than its file promises.
    """
    if is_truncated(record):
        raise RecordError("truncated file: it has fewer samples than it promises; fetch it again")
    return record
