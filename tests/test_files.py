from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mvkt.files import atomic_write, sha256, write_text


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "first µ")
    with pytest.raises(ZeroDivisionError), atomic_write(path) as handle:
        handle.write(b"half" * (handle.write(b"half") // 0))
    assert path.read_text(encoding="utf-8") == "first µ"
    write_text(path, "second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


def test_sha256_is_of_the_whole_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "a").write_bytes(content)
    assert sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()
