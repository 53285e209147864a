from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ecg.formats.sources import SOURCES

from mvkt.ecg.formats import READERS, read, recording_file
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.errors import RecordFormatError

HEAVY = ["CPSC2018", "DICOM Waveform", "EDF/EDF+", "GE MUSE XML", "HL7 aECG", "ISHNE Holter", "MFER",
         "Mortara ELI (EL250/ELI280)", "Philips Sierra XML", "SCP-ECG", "XLE ECG"]  # fmt: skip
"""Read with libraries that the others do without."""

LIGHT = [source for source in SOURCES if source not in HEAVY]
FREQUENCIES = {"XLE ECG": 1000, "Polar": 130, "uECG": 122}
UNNAMED = ("Polar", "Movesense", "uECG")
"""Sources whose single lead the file does not name."""

ALSO = {
    "Apple Health": {"watch export", "table"},
    "Samsung Health Monitor": {"watch export", "table"},
    "BDF": {"ECGDataKit"},
    "HL7 aECG": {"ECGDataKit"},
    "EDF/EDF+": {"ECGDataKit"},
    "watch export": {"table"},
    "Polar": {"table"},
    "PhysioBank ATM": {"table"},
    "HealthyPi": {"table"},
    "OpenSignals": {"table"},
    "uECG": {"table"},
    **{name: {"JSON"} for name in ("AliveCor Kardia JSON", "Fitbit", "FHIR", "Health Auto Export", "Movesense")},
}
"""Readers that would take a format too, but come later: they read what no other reader of rows does."""

STEPS = {"XLE ECG": 15 / 16_000}
"""Millivolts of one of the counts, where a format cannot have 0.005."""

TOLERANCES = {"OpenSignals": 1e-4, "uECG": 3e-4}
"""In mV, where the steps of a device's converter are no multiples of 5 µV."""


def test_there_is_an_example_of_every_format(examples: dict[str, bytes]) -> None:
    assert sorted(SOURCES) == sorted(examples)


def test_readers_are_complete(examples: dict[str, bytes]) -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)
    for reader in READERS:
        assert reader.formats
        assert all(entry.name and entry.files and entry.devices and entry.read_by for entry in reader.formats)
        recognised = [source for source, content in examples.items() if reader.recognises(RecordingFile.open(content))]
        assert recognised or reader.name == "WFDB", f"no example of {reader.name}"


@pytest.mark.parametrize("source", SOURCES)
def test_only_one_reader_recognises_a_format(examples: dict[str, bytes], source: str) -> None:
    recording = RecordingFile.open(examples[source])
    first, *others = [reader.name for reader in READERS if reader.recognises(recording)]
    assert set(others) <= ALSO.get(source, set()), f"{first} comes first"


@pytest.mark.parametrize("source", SOURCES)
def test_every_format_holds_the_same_ecg(examples: dict[str, bytes], counts: NDArray[np.int16], source: str) -> None:
    lead = "I+II" if source == "OpenSignals" else "I" if source in UNNAMED else None
    record = read(examples[source], lead=lead)
    assert record.source == source
    assert record.sampling_frequency == FREQUENCIES.get(source, 500)
    assert record.signal.shape[0] == len(counts)
    for column, lead in enumerate(("I", "II")[: len(record.leads)]):
        expected = counts[:, column] * STEPS.get(source, 0.005)
        np.testing.assert_allclose(record.select(lead)[:, 0], expected, atol=TOLERANCES.get(source, 1e-6))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", ["ecg", "ecg.csv", "ecg.dat"])
def test_the_name_does_not_matter(examples: dict[str, bytes], tmp_path: Path, source: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(examples[source])
    by_path, by_bytes = read(path), read(examples[source], name)
    np.testing.assert_array_equal(by_path.signal, by_bytes.signal)
    assert by_path.leads == by_bytes.leads
    assert by_path.source == by_bytes.source == source
    assert by_path.notes == by_bytes.notes
    assert read(str(path)).leads == by_path.leads


@pytest.mark.parametrize(
    ("source", "sex"),
    [
        ("Apple Health", None),
        ("Samsung Health Monitor", None),
        ("watch export", None),
        ("CPSC2018", "female"),
        ("CardioSoft XML", "female"),
        ("DICOM Waveform", "female"),
        ("GE MUSE XML", "female"),
        ("ISHNE Holter", "female"),
        ("FHIR", "female"),
        ("GE sapphire XML", "female"),
        ("Schiller XML", "female"),
    ],
)
def test_age_is_kept(examples: dict[str, bytes], source: str, sex: str | None) -> None:
    record = read(examples[source])
    assert (record.age, record.sex) == (60, sex)


def test_nobody_is_named(examples: dict[str, bytes]) -> None:
    for source in SOURCES:
        record = repr(read(examples[source], "Jane Doe.csv"))
        assert not any(word in record for word in ("Doe", "Maija", "1960")), source


UNKNOWN = {
    "an empty file": b"",
    "a JPEG picture": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100),
    "a PNG picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a PDF document": b"%PDF-1.7\n",
    "a gzip archive": b"\x1f\x8b\x08" + bytes(30),
    "HEIC or MP4": b"\x00\x00\x00\x18ftypheic" + bytes(30),
    "a MATLAB 7.3 .HDF5. file": b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(100),
    "an HDF5 file; write its signal as CSV": b"\x89HDF\r\n\x1a\n" + bytes(30),
    "a text file": b"A letter to my doctor.\n",
    "a file of blank lines": b"\n\n  \n",
    "a table .CSV. of an unknown layout": b"time;value\nnoon;1\nnight;2\n",
    "a JSON file": b'{"a": 1}',
    "a web page": b"<!DOCTYPE html><html></html>",
    "root element <Cardiology>": b'<?xml version="1.0"?>\n<!-- <no/> -->\n<Cardiology>\n</Cardiology>',
    "root element <svg>": '<?xml version="1.0" encoding="UTF-16"?><svg/>'.encode("utf-16"),
    "an XML file without a root element": b"<?xml version='1.0'?>",
    "200 bytes of binary data": bytes(range(1, 101)) * 2,
}


@pytest.mark.parametrize("words", UNKNOWN)
def test_the_error_names_what_else_a_file_may_be(words: str) -> None:
    with pytest.raises(RecordFormatError, match=words) as caught:
        read(UNKNOWN[words])
    assert all(entry.name in str(caught.value) for reader in READERS for entry in reader.formats)


def test_binary_data_called_dat_get_a_hint() -> None:
    with pytest.raises(RecordFormatError, match=r"needs its \.hea header"):
        read(bytes(range(1, 101)), "100.dat")


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(RecordFormatError, match="there is no file"):
        read(tmp_path / "absent.xml")
    with pytest.raises(RecordFormatError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(RecordFormatError):
        read("a" * 5000)
    with pytest.raises(RecordFormatError):
        read("nul\0byte")
    with pytest.raises(RecordFormatError, match="not a regular file"):
        read("/dev/null")


def test_large_files_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(recording_file.MAX_BYTES + 1)  # takes no room: the file is one hole
    with pytest.raises(RecordFormatError, match="2,147,483,649 bytes; recordings of up to 2,147,483,648"):
        read(path)
    monkeypatch.setattr(recording_file, "MAX_BYTES", 10)
    with pytest.raises(RecordFormatError, match="11 bytes"):
        read(b"x" * 11)


@pytest.mark.parametrize("source", [*LIGHT, "export.zip", "CPSC2018"])
def test_libraries_come_with_the_format_that_needs_them(
    examples: dict[str, bytes], make: SimpleNamespace, tmp_path: Path, source: str
) -> None:
    path = tmp_path / "recording"
    path.write_bytes(examples.get(source) or make.apple_export({"ecg.csv": examples["Apple Health"]}))
    code = (
        "import sys; from mvkt.ecg.formats import read; read(sys.argv[1]);"
        "print([name for name in ('ecgdatakit', 'pydicom', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(["scipy"] if source == "CPSC2018" else [])
