"""ZIP archives, read in memory and with limits: nothing of them is ever written to disk under a name of theirs."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mvkt.errors import RecordFormatError

MOST_MEMBERS = 20_000
_LARGEST_DIRECTORY_BYTES = 4 * 1024**2
_LARGEST_RATIO = 200
_SMALL_BYTES = 1024**2
"""Up to this a member may unpack to any multiple of itself."""

_PLAIN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END_OF_DIRECTORY = b"PK\x05\x06"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, KeyError)


@contextmanager
def open_zip(source: Path | bytes) -> Iterator[zipfile.ZipFile]:
    """Open an archive after a look at how long its directory is.

    Raises:
        RecordFormatError: It is damaged or has far more members than any export.
    """
    try:
        with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
            stream.seek(0, io.SEEK_END)
            size = stream.tell()
            stream.seek(max(0, size - 65_557))
            tail = stream.read()
            at = tail.rfind(_END_OF_DIRECTORY)
            length = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
            if length > _LARGEST_DIRECTORY_BYTES:
                raise RecordFormatError("the archive has far more members than an export of recordings")
            with zipfile.ZipFile(stream) as archive:
                members = len(archive.infolist())
                if members > MOST_MEMBERS:
                    raise RecordFormatError(f"the archive has {members:,} members; up to {MOST_MEMBERS:,} are read")
                yield archive
    except _BROKEN as error:
        if isinstance(error, RecordFormatError):
            raise
        raise RecordFormatError(f"the archive is damaged or incomplete ({type(error).__name__})") from error


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, largest: int) -> bytes:
    """Unpack a member, up to a number of bytes; the size in its header is not trusted.

    Raises:
        RecordFormatError: It is encrypted, packed in an unusual way, damaged, or unpacks to more than it may.
    """
    check_readable([member])
    allowed = min(largest, max(_SMALL_BYTES, _LARGEST_RATIO * member.compress_size))
    try:
        with archive.open(member) as stream:
            content = stream.read(allowed + 1)
    except _BROKEN as error:
        raise RecordFormatError(f"a member of the archive is damaged ({type(error).__name__})") from error
    if len(content) > allowed:
        raise RecordFormatError(f"a member of the archive unpacks to over {allowed:,} bytes: no recording does")
    return content


def check_readable(members: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse members that cannot be unpacked.

    Raises:
        RecordFormatError: One is encrypted or packed in an unusual way.
    """
    for member in members:
        if member.flag_bits & 1:
            raise RecordFormatError("the archive is protected by a password: unpack it first")
        if member.compress_type not in _PLAIN_METHODS:
            raise RecordFormatError("the archive is packed in an unusual way: unpack it first")


def read_start(archive: zipfile.ZipFile, member: zipfile.ZipInfo, length: int) -> bytes:
    """Return the beginning of a member; nothing where it cannot be unpacked."""
    if member.flag_bits & 1 or member.compress_type not in _PLAIN_METHODS:
        return b""
    try:
        with archive.open(member) as stream:
            return stream.read(length)
    except _BROKEN:
        return b""
