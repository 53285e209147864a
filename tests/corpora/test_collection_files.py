from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.corpora.collection_files import absent, files_below, name_in_cell, read_recording, without_ending
from mvkt.errors import RecordError


def test_files_of_macos_and_hidden_folders_are_none(tmp_path: Path) -> None:
    names = ["b/2.HEA", "a/1.hea", "a/._1.hea", "__MACOSX/a/._1.hea", ".Trash/1.hea", "a/1.mat", "c.hea/3.hea"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path, ".hea")]
    assert found == ["a/1.hea", "b/2.HEA", "c.hea/3.hea"]
    assert len(files_below(tmp_path)) == 4
    assert files_below(tmp_path / "nowhere") == []


def test_archives_that_were_not_unpacked_are_named(tmp_path: Path) -> None:
    assert str(absent(tmp_path / "nowhere", "x in y")) == "there is no x in y"
    for name in ("part2.zip", "part1.tar.gz", "._part0.zip"):
        (tmp_path / name).touch()
    assert str(absent(tmp_path, "x in y")) == "there is no x in y; unpack part1.tar.gz first"


@pytest.mark.parametrize("cell", ["A0001", " A0001.mat", "A0001.HEA", "TrainingSet1\\A0001.mat", "./a/b/A0001.dat"])
def test_names_of_recordings_in_cells(cell: str) -> None:
    assert name_in_cell(cell) == "A0001"


def test_only_endings_of_recordings_are_taken_off() -> None:
    assert [without_ending(path) for path in ("a/1.hea", "a.1", "v1.0/2")] == ["a/1", "a.1", "v1.0/2"]


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"^missing file: there is no a/1\.hea$"):
        read_recording(tmp_path, "a/1.hea")
