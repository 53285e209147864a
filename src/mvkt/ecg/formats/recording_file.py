"""A recording as it comes in: a file or bytes, looked at before anything is read into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mvkt.errors import RecordFormatError

MAX_BYTES = 2 * 1024**3
"""Larger files are refused unread. A day of 12 leads at 1,000 Hz and 16 bits, 2.07e9 bytes, is just below."""

HEAD_BYTES = 4096
"""How much of a file is looked at to recognise its format."""

LONGEST_HEAD_BYTES = 64 * 1024
"""How much where the first bytes are text that leaves it open."""


@dataclass(frozen=True)
class RecordingFile:
    """A file, or bytes that were one.

    Attributes:
        name: Its name, if known; only ever used to find what lies beside it and to help in messages.
        head: The first :data:`HEAD_BYTES` bytes.
        size: Its length in bytes.
        path: Where it lies, or None for bytes.
    """

    name: str
    head: bytes = field(repr=False)
    size: int
    path: Path | None = None
    _bytes: bytes | None = field(default=None, repr=False)

    @classmethod
    def open(cls, source: str | Path | bytes, name: str = "") -> RecordingFile:
        """Look at a path or bytes. A path may be a WFDB record name: a ``.hea`` file without its ending.

        Raises:
            RecordFormatError: The file is not there, cannot be opened, or is larger than :data:`MAX_BYTES`.
        """
        if isinstance(source, bytes | bytearray | memoryview):
            content = bytes(source)
            return cls(name, content[:HEAD_BYTES], _checked(len(content)), None, content)
        try:
            path = _existing(Path(source))
            size = _checked(path.stat().st_size)
            with path.open("rb") as stream:
                return cls(name or path.name, stream.read(HEAD_BYTES), size, path)
        except OSError as error:
            raise RecordFormatError(f"the file cannot be opened: {error.strerror or type(error).__name__}") from error

    def peek(self, length: int) -> bytes:
        """Return its first bytes."""
        if self._bytes is not None or self.path is None:
            return (self._bytes or self.head)[:length]
        try:
            with self.path.open("rb") as stream:
                return stream.read(length)
        except OSError as error:
            raise RecordFormatError(f"the file cannot be read: {error.strerror or type(error).__name__}") from error

    def read_bytes(self) -> bytes:
        """Return all of it."""
        if self._bytes is not None:
            return self._bytes
        if self.path is None:
            return self.head
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise RecordFormatError(f"the file cannot be read: {error.strerror or type(error).__name__}") from error

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Give the path of the file; bytes lie in a private temporary folder meanwhile."""
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="mvkt-") as folder:
            path = Path(folder) / "mvkt.recording"
            path.write_bytes(self.read_bytes())
            yield path


def _existing(path: Path) -> Path:
    """Return the regular file that a path or a WFDB record name stands for."""
    if path.is_file():
        return path
    for ending in (".hea", ".HEA"):
        header = path.parent / f"{path.name}{ending}"
        if path.name and header.is_file():
            return header
    if path.is_dir():
        raise RecordFormatError(f"{path} is a folder; expected the file of one recording")
    if path.exists():
        raise RecordFormatError(f"{path} is not a regular file")
    raise RecordFormatError(f"there is no file {path}")


def _checked(size: int) -> int:
    if size > MAX_BYTES:
        raise RecordFormatError(
            f"the file has {size:,} bytes; recordings of up to {MAX_BYTES:,} bytes are read: split it up"
        )
    return size
