"""Files of stored JSON: whole, of this version, within a size, and every fault with its way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import ValidationError

from mvkt.errors import MvktError, ResultError, StudyError
from mvkt.stored import Part, Storage, StoredFile


class Note(Part):
    text: str
    weight: float = 1.0


class Notes(StoredFile):
    storage: ClassVar[Storage] = Storage(ResultError, "was it written?", "write it again", largest=1000)

    format_version: Literal[1] = 1
    notes: tuple[Note, ...]


class Table(StoredFile):
    storage: ClassVar[Storage] = Storage(ResultError, "was it written?", "write it again")

    name: str
    rows: tuple[tuple[float, ...], ...]


class Unversioned(StoredFile):
    storage: ClassVar[Storage] = Storage(StudyError, "was it written?", "write it again")

    note: Note


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    notes = Notes(notes=(Note(text="µV"), Note(text="b", weight=0.1)))
    notes.save(tmp_path / "new" / "notes.json")
    assert Notes.load(tmp_path / "new" / "notes.json") == notes
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["notes.json"]


def test_a_row_of_numbers_is_a_line(tmp_path: Path) -> None:
    table = Table(name="[\n 1,\n 2]", rows=((1.0, -2.5e-7), (), (3.0,)))
    table.save(tmp_path / "table.json")
    assert "    [1.0, -2.5e-07],\n    [],\n    [3.0]\n" in (tmp_path / "table.json").read_text().replace("e-7", "e-07")
    assert Table.load(tmp_path / "table.json") == table


def test_parts_are_frozen_finite_and_closed() -> None:
    note = Note(text="a")
    with pytest.raises(ValidationError, match="frozen"):
        note.text = "b"  # type: ignore[misc]
    for wrong in ({"weight": float("nan")}, {"weight": float("inf")}, {"colour": "red"}):
        with pytest.raises(ValidationError):
            Note.model_validate({"text": "a", **wrong})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON .*; write it again"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 900, "is not JSON"),
        (b'{"format_version": 1, "notes": [{"text": "a", "weight": NaN}]}', "is not JSON"),
        (b'["a"]', "has no format_version"),
        (b'{"format_version": "1"}', "has no format_version"),
        (b'{"format_version": true}', "has no format_version"),
        (b'{"format_version": 2}', "has format version 2; this mvkt reads 1: upgrade mvkt"),
        (b'{"format_version": 0}', "has format version 0; this mvkt reads 1: write it again"),
        (b'{"format_version": 1}', "is not usable: notes: Field required; write it again"),
        (b'{"format_version": 1, "notes": [{"text": "a"}, {}]}', r"notes\.1\.text: Field required"),
        (b'{"format_version": 1, "notes": [], "surprise": 1}', "surprise: Extra inputs are not permitted"),
        (b" " * 1001, "is larger than 1,000 bytes; write it again"),
    ],
)
def test_faults_are_named_with_the_way_out(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "notes.json"
    path.write_bytes(content)
    with pytest.raises(ResultError, match=message) as raised:
        Notes.load(path)
    assert str(raised.value).startswith(str(path))


def test_a_file_of_a_kind_without_versions(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    with pytest.raises(StudyError, match=r"cannot be read \(No such file or directory\); was it written\?"):
        Unversioned.load(path)
    path.write_text('"text"')
    with pytest.raises(StudyError, match="is not usable: the whole"):
        Unversioned.load(path)
    path.write_text('{"note": {"text": "a"}}')
    assert Unversioned.load(path) == Unversioned(note=Note(text="a"))


def test_many_faults_stay_short_and_repeat_nothing_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    inside: dict[str, Any] = {f"key {number}": "secret" for number in range(50)}
    path.write_text(str({"note": inside}).replace("'", '"'))
    with pytest.raises(MvktError) as raised:
        Unversioned.load(path)
    assert "and 46 more" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert len(str(raised.value)) < 1000 + len(str(path))
