"""ZIP archives with limits."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from mvkt.ecg.formats.readers import zip_file
from mvkt.ecg.formats.readers.zip_file import open_zip, read_member, read_start
from mvkt.errors import RecordFormatError


def archive_of(content: bytes, method: int = zipfile.ZIP_DEFLATED, members: int = 1) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for number in range(members):
            archive.writestr(f"{number}.csv", content)
    return stream.getvalue()


def test_bytes_and_a_path_are_alike(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive_of(b"1,2,3"))
    for source in (tmp_path / "a.zip", archive_of(b"1,2,3")):
        with open_zip(source) as archive:
            (member,) = archive.infolist()
            assert read_member(archive, member, 100) == b"1,2,3"
            assert read_start(archive, member, 3) == b"1,2"


def test_a_bomb_is_not_unpacked() -> None:
    with open_zip(archive_of(bytes(50 * 1024**2))) as archive:
        (member,) = archive.infolist()
        with pytest.raises(RecordFormatError, match="unpacks to over"):
            read_member(archive, member, 2**40)
        with pytest.raises(RecordFormatError, match="unpacks to over 10 bytes"):
            read_member(archive, member, 10)


def test_other_methods_are_refused() -> None:
    with open_zip(archive_of(b"x", zipfile.ZIP_BZIP2)) as archive:
        (member,) = archive.infolist()
        assert read_start(archive, member, 1) == b""
        with pytest.raises(RecordFormatError, match="packed in an unusual way"):
            read_member(archive, member, 10)


def test_damaged_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (b"", b"PK\x03\x04", archive_of(b"x" * 1000)[:-30]):
        with pytest.raises(RecordFormatError, match="damaged or incomplete"), open_zip(content):
            pass
    monkeypatch.setattr(zip_file, "MOST_MEMBERS", 2)
    with pytest.raises(RecordFormatError, match="3 members; up to 2 are read"), open_zip(archive_of(b"x", members=3)):
        pass
