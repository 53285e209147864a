from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.corpora.recording_names import RecordingNames
from mvkt.errors import RecordError


@pytest.fixture
def names(tmp_path: Path) -> RecordingNames:
    for name in (
        "a/1.csv",
        "a/2.csv",
        "b/1.csv",
        "x.y.xml",
        "mü.csv",
        "1001.csv",
        "17.hea",
        "17.dat",
        "17.atr",
        ".hidden.csv",
        "RECORDS",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("17 1 100 10\n")
    return RecordingNames.of(tmp_path, besides={(tmp_path / "a" / "2.csv").resolve()})


def test_what_is_listed(names: RecordingNames) -> None:
    assert names.paths == ("1001.csv", "17.hea", "a/1.csv", "b/1.csv", "mü.csv", "x.y.xml")


def test_names_with_and_without_endings(names: RecordingNames) -> None:
    for name in ("17", "17.0", "17.hea", "17.dat", "017", "17,0", "'17'", "['17.hea']"):
        assert names.find(name) == "17.hea"
    assert names.find("x.y") == names.find("x.y.xml") == "x.y.xml"
    assert names.find("X.Y.XML") == names.find("D:\\ecg\\x.y.xml") == names.find("/home/me/x.y") == "x.y.xml"
    assert names.find("mu\u0308") == "mü.csv"
    assert names.find("1,001") == "1001.csv"
    assert names.find("b/1") == names.find("b\\\\1.csv".replace("\\\\", "\\")) == "b/1.csv"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1", "may be a/1.csv or b/1.csv"),
        ("18", "missing file: there is no 18"),
        ("../17", "unsafe path"),
        ("x.z", "did you mean 'x.y'"),
    ],
)
def test_what_is_not_found(names: RecordingNames, name: str, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        names.find(name)
