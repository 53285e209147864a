"""Recordings inside a ZIP archive, such as Apple Health's ``export.zip`` (``.../electrocardiograms/*.csv``).

Members are unpacked in memory, one at a time and only as far as a recording may be long; their names are compared and
shown, and never become paths. A record of WFDB is listed once, by its header.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from functools import partial

from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, Recording
from mvkt.ecg.formats.readers import numpy_array
from mvkt.ecg.formats.readers.wfdb_in_archive import members_by_path, parts_of_records, read_from
from mvkt.ecg.formats.readers.zip_file import check_readable, open_zip, read_member, read_start
from mvkt.ecg.formats.recording_file import HEAD_BYTES, LONGEST_HEAD_BYTES, RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_MEMBER_BYTES = 64 * 1024**2
_MOST_LOOKED_AT = 5_000
_EXPORTS = (".csv", ".json")
_LIST_OF_FILES = "DICOMDIR"
_NUMBERS, _WFDB = "table", "WFDB"
_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz")
_OFFICE = ("word/", "xl/", "ppt/", "META-INF/manifest.xml", "mimetype")


def recognises(file: RecordingFile) -> bool:
    """Whether a file is a ZIP archive, and not NumPy's."""
    return file.head.startswith(b"PK\x03\x04") and not numpy_array.recognises(file)


def list_recordings(file: RecordingFile, readers: Sequence[Reader]) -> Sequence[Recording]:
    """List the members that are recordings: exports of watches, or else whatever a reader knows."""
    with open_zip(file.path or file.read_bytes()) as archive:
        members = [member for member in archive.infolist() if not _is_hidden(member)]
        found = _recognised(archive, members, _EXPORTS, [reader for reader in readers if reader.name != _NUMBERS])
        found = found or _recognised(archive, members, ("",), readers)
        headers = [member for member, reader in found if reader.name == _WFDB]
        parts = parts_of_records(archive, headers, members_by_path(members)) if headers else frozenset()
        found = [(member, reader) for member, reader in found if member.filename not in parts]
        if not found:
            check_readable(members)
    if not found and any(member.filename.startswith(_OFFICE) for member in members):
        raise RecordFormatError("this is an Office document (Word, Excel, LibreOffice); save its table as CSV")
    inner = next((member.filename for member in members if member.filename.lower().endswith(_ARCHIVES)), "")
    if not found and inner:
        raise RecordFormatError(f"the ZIP archive holds another archive, {inner[:80]}: unpack it, and give that")
    if not found:
        raise RecordFormatError(
            f"the ZIP archive holds {len(members):,} files and no recording of a known format; in an export of Apple "
            "Health they are in the folder electrocardiograms, once an ECG was recorded"
        )
    return [recording for member, reader in found for recording in _inside(file, member, reader)]


def _inside(file: RecordingFile, member: zipfile.ZipInfo, reader: Reader) -> Sequence[Recording]:
    """Return the recordings of a member; only files that may hold several are unpacked for it now."""

    def read(given: UserFacts) -> Record:
        (recording,) = reader.recordings(_unpacked(file, member))
        return recording.read(given)

    def read_record(given: UserFacts) -> Record:
        with open_zip(file.path or file.read_bytes()) as archive:
            members = members_by_path([other for other in archive.infolist() if not _is_hidden(other)])
            return read_from(archive, member, members, given)

    if reader.name == _WFDB:
        return [Recording(member.filename, read_record)]
    if not reader.several:
        return [Recording(member.filename, read)]
    try:
        inner = reader.recordings(_unpacked(file, member))
    except RecordFormatError:
        return [Recording(member.filename, read)]  # its error names what is wrong
    if len(inner) == 1:
        return [Recording(member.filename, inner[0].read)]
    return [Recording(f"{member.filename}/{recording.name}", recording.read) for recording in inner]


def _unpacked(file: RecordingFile, member: zipfile.ZipInfo) -> RecordingFile:
    with open_zip(file.path or file.read_bytes()) as archive:
        return RecordingFile.open(read_member(archive, member, _LARGEST_MEMBER_BYTES), member.filename)


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    parts = member.filename.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or parts[-1] in ("", _LIST_OF_FILES) or parts[-1].startswith(".")


def _recognised(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], endings: tuple[str, ...], readers: Sequence[Reader]
) -> list[tuple[zipfile.ZipInfo, Reader]]:
    """Return the members with certain endings that a reader recognises by their beginning."""
    found = []
    named = [member for member in members if member.filename.lower().endswith(endings)]
    for member in named[:_MOST_LOOKED_AT]:
        reader = _reader_of(archive, member, readers)
        if reader is not None:
            found.append((member, reader))
    return found


def _reader_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, readers: Sequence[Reader]) -> Reader | None:
    """Return the reader of a member; in text, what shows its format may follow a long comment."""
    for length in (HEAD_BYTES, LONGEST_HEAD_BYTES):
        start = read_start(archive, member, length)
        head = RecordingFile(member.filename, start[:HEAD_BYTES], member.file_size, None, start)
        reader = next((reader for reader in readers if reader.recognises(head)), None)
        if reader is not None or len(start) < length or as_text(start) is None:
            return reader
    return None


def reader(readers: Sequence[Reader]) -> Reader:
    """Make the reader of archives whose members others read."""
    return Reader(
        name="ZIP archive",
        formats=(
            Format(
                name="ZIP archive",
                files=".zip",
                devices="Apple Health (export.zip), Withings",
                read_by="mvkt",
                mind="choose one recording by its name, or take all; the files of a WFDB record are found by its "
                "header; bombs are refused",
            ),
        ),
        recognises=recognises,
        recordings=partial(list_recordings, readers=readers),
        several=True,
    )
