"""A file, or bytes that were one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.ecg.formats import recording_file
from mvkt.ecg.formats.recording_file import HEAD_BYTES, RecordingFile
from mvkt.errors import RecordFormatError


def test_bytes_and_a_path_are_alike(tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    (tmp_path / "a.bin").write_bytes(content)
    from_path, from_bytes = RecordingFile.open(tmp_path / "a.bin"), RecordingFile.open(content, name="a.bin")
    for file in (from_path, from_bytes):
        assert (file.name, file.size, file.head) == ("a.bin", len(content), content[:HEAD_BYTES])
        assert file.peek(9000) == content[:9000]
        assert file.read_bytes() == content
    assert (from_path.path, from_bytes.path) == (tmp_path / "a.bin", None)


def test_the_content_is_not_in_its_repr() -> None:
    assert "secret" not in repr(RecordingFile.open(b"secret"))


def test_a_wfdb_record_without_its_ending(tmp_path: Path) -> None:
    (tmp_path / "100.hea").write_text("100 1 360 10\n")
    assert RecordingFile.open(tmp_path / "100").name == "100.hea"


def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecordFormatError):
        RecordingFile.open(tmp_path / "none.csv")
    with pytest.raises(RecordFormatError):
        RecordingFile.open(tmp_path)
    monkeypatch.setattr(recording_file, "MAX_BYTES", 10)
    with pytest.raises(RecordFormatError, match="11 bytes"):
        RecordingFile.open(b"x" * 11)
