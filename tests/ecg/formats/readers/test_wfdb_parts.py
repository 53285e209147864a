from __future__ import annotations

import unicodedata
from pathlib import Path

from mvkt.corpora.recording_names import RecordingNames
from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.wfdb_parts import recordings_among


def test_what_a_header_names_is_no_recording_of_its_own(tmp_path: Path) -> None:
    """Else a record with a file for each signal is there several times, perhaps on both sides of a split."""
    line = "{} 16 200/mV 16 0 0 0 0 I\n"
    texts = {
        "two.hea": "two 2 100 10\n" + line.format("two_e.dat") + line.format("other.bin"),
        "UP.HEA": "up 1 100 10\n" + line.format("up.dat"),
        "m.hea": "m/2 1 100 20\nm_1 10\nm_2 10\n",
        "m_1.hea": "m_1 1 100 10\n" + line.format("m_1.dat"),
        "m_2.hea": "m_2 1 100 10\n" + line.format("m_2.dat"),
        "bad.hea": "bad",
    }
    for name in (*texts, "two_e.dat", "other.bin", "UP.DAT", "m_1.dat", "m_2.dat", "bad.dat", "alone.dat"):
        (tmp_path / name).write_text(texts.get(name, "x"))
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in recordings_among(paths)] == ["UP.HEA", "alone.dat", "bad.hea", "m.hea", "two.hea"]
    names = RecordingNames.of(tmp_path)
    assert names.paths == ("UP.HEA", "alone.dat", "bad.hea", "m.hea", "two.hea")
    assert names.find("up") == names.find("UP.DAT") == "UP.HEA"


def test_letters_with_marks_as_macos_stores_them(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("a 1 100 10\nm\u00fcller.dat 16 200/mV 16 0 0 0 0 I\n")
    (tmp_path / unicodedata.normalize("NFD", "M\u00fcller.dat")).write_bytes(bytes(20))
    assert [path.name for path in recordings_among(sorted(tmp_path.iterdir()))] == ["a.hea"]
    assert len(read(tmp_path / "a.hea").signal) == 10
