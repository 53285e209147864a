"""WFDB records in an archive: their files are put into a private folder under the names that the header has for them.

No name of the archive becomes a path, and a header names files of its own folder only.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from mvkt.ecg.formats.readers.physionet import read
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, parse_header
from mvkt.ecg.formats.readers.zip_file import read_member
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import decode
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_HEADER_BYTES = 1_000_000
_LARGEST_RECORD_BYTES = 64 * 1024**2
_HEADER = ".hea"
_PLAIN_NAME = re.compile(r"[\w+-][\w.+-]{0,99}")
Members = Mapping[str, zipfile.ZipInfo]
"""By path in the archive, in small letters."""


def members_by_path(members: Collection[zipfile.ZipInfo]) -> Members:
    """Return the members of an archive by where they lie in it."""
    return {_path(member).lower(): member for member in members}


def parts_of_records(archive: zipfile.ZipFile, headers: Sequence[zipfile.ZipInfo], members: Members) -> frozenset[str]:
    """Return the names of the members that belong to the record of a header: signals and segments.

    Args:
        archive: The archive.
        headers: Members that are headers.
        members: All of the archive.
    """
    return frozenset(
        part.filename for header in headers for part in _parts(archive, header, members).values() if part is not header
    )


def read_from(archive: zipfile.ZipFile, header: zipfile.ZipInfo, members: Members, given: UserFacts) -> Record:
    """Read the record of a header.

    Raises:
        RecordFormatError: The record is damaged, a file of it is not in the archive, or it is too large.
    """
    room = _LARGEST_RECORD_BYTES
    with tempfile.TemporaryDirectory(prefix="mvkt-") as folder:
        own_name = PurePosixPath(_path(header)).name
        record = Path(folder) / (own_name if _PLAIN_NAME.fullmatch(own_name) else f"record{_HEADER}")
        record.write_bytes(read_member(archive, header, _LARGEST_HEADER_BYTES))
        for name, member in _parts(archive, header, members).items():
            if member is header:
                continue
            content = read_member(archive, member, room)
            room -= len(content)
            (Path(folder) / name).write_bytes(content)
        return read(RecordingFile.open(record), given)


def _parts(archive: zipfile.ZipFile, header: zipfile.ZipInfo, members: Members) -> dict[str, zipfile.ZipInfo]:
    """Return what lies beside a header and belongs to it, by the names that it has in headers."""
    names: list[str] = []
    parsed = _parsed(archive, header)
    if parsed is not None:
        segments = [f"{name}{_HEADER}" for name in dict.fromkeys(parsed.segments) if name != "~"]
        found = [_parsed(archive, members[path]) for name in segments if (path := _beside(header, name)) in members]
        names = [*segments, *(each.file for part in (parsed, *found) if part is not None for each in part.signals)]
    return {name: members[path] for name in names if (path := _beside(header, name)) in members}


def _parsed(archive: zipfile.ZipFile, header: zipfile.ZipInfo) -> WfdbHeader | None:
    """Return what is in a header; None where it is damaged, which is named when it is read."""
    try:
        return parse_header(decode(read_member(archive, header, _LARGEST_HEADER_BYTES)))
    except (RecordFormatError, ValueError, IndexError, OverflowError):
        return None


def _path(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/")


def _beside(header: zipfile.ZipInfo, name: str) -> str:
    return str(PurePosixPath(_path(header)).with_name(name)).lower() if PurePosixPath(_path(header)).name else name
