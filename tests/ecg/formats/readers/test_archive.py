from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read, read_all
from mvkt.ecg.formats.readers import zip_file
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
FOLDER = "apple_health_export/electrocardiograms"


def test_one_recording_is_read(make: SimpleNamespace, counts: Counts) -> None:
    apple = make.apple(counts)
    record = read(make.apple_export({"ecg_2024-01-01.csv": apple}))
    np.testing.assert_array_equal(record.signal, read(apple).signal)
    assert record.source == "Apple Health"


def test_of_several_one_is_chosen(make: SimpleNamespace, counts: Counts, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(make.apple_export({"ecg_1.csv": make.apple(counts), "ecg_2.csv": make.apple(counts[:500])}))
    with pytest.raises(RecordFormatError, match=rf"2 recordings: {FOLDER}/ecg_1.csv, .*recording='{FOLDER}/ecg_1.csv'"):
        read(path)
    for name in (f"{FOLDER}/ecg_2.csv", "ecg_2.csv"):
        assert len(read(path, recording=name).signal) == 500
    with pytest.raises(
        RecordFormatError, match=r"0 recordings of the file are called 'ecg_3.csv'; there are .*ecg_1.csv"
    ):
        read(path, recording="ecg_3.csv")
    with pytest.raises(RecordFormatError, match="0 recordings"):
        read(make.apple(counts), recording="ecg_3.csv")


def test_all_of_them(make: SimpleNamespace, counts: Counts, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    good = make.apple(counts)
    path.write_bytes(make.apple_export({"a.csv": good, "b.csv": good.replace(b"\xc2\xb5V", b"x"), "c.csv": good}))
    found = list(read_all(path))
    assert [name for name, _ in found] == [f"{FOLDER}/{name}.csv" for name in "abc"]
    assert [type(outcome) for _, outcome in found] == [Record, RecordFormatError, Record]


def test_a_file_of_one_recording_is_all_of_them(make: SimpleNamespace, counts: Counts, tmp_path: Path) -> None:
    path = tmp_path / "ecg.csv"
    path.write_bytes(make.apple(counts))
    ((name, record),) = read_all(path)
    assert name == "ecg.csv"
    assert isinstance(record, Record)
    path.write_bytes(b"\n")
    with pytest.raises(RecordFormatError):
        list(read_all(path))


def test_containers_in_an_archive(make: SimpleNamespace, counts: Counts) -> None:
    content = make.zip(
        {"data/signal.csv": make.withings(counts, rows=2), "data/bp.csv": b"date,heart rate\n2020-01-01,60\n"}
    )
    names = [name for name, _ in read_all(content)]
    assert names == ["data/signal.csv/2020-02-03 10:11:12", "data/signal.csv/2020-02-04 10:11:12"]
    assert read(content, recording="2020-02-04 10:11:12").source == "Withings"
    archive = make.zip({"data/signal.csv": make.withings(counts)})
    assert [name for name, _ in read_all(archive)] == ["data/signal.csv"]
    broken = make.zip({"a.json": make.fitbit(counts)[:-40], "b.json": make.fitbit(counts)})
    assert [type(outcome) for _, outcome in read_all(broken)] == [RecordFormatError, Record]


def test_other_recordings_in_an_archive(make: SimpleNamespace, counts: Counts, examples: dict[str, bytes]) -> None:
    content = make.zip(
        {"a/1.dcm": examples["DICOM Waveform"], "a/2.xml": examples["HL7 aECG"], "a/readme.pdf": b"%PDF"}
    )
    assert [record.source for _, record in read_all(content)] == ["DICOM Waveform", "HL7 aECG"]  # type: ignore[union-attr]


def test_what_is_given_holds_for_all(make: SimpleNamespace, counts: Counts) -> None:
    content = make.zip({"a.csv": make.polar_column(counts), "b.csv": make.polar_column(counts)})
    assert all(isinstance(failure, RecordFormatError) for _, failure in read_all(content))
    records = list(read_all(content, sampling_frequency=130, unit="uV", lead="I"))
    assert [record.leads for _, record in records] == [("I",), ("I",)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a/../../evil.csv", "..\\evil.csv"]
)
def test_names_that_lead_elsewhere_touch_no_disk(
    make: SimpleNamespace, counts: Counts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    path = folder / "export.zip"
    path.write_bytes(make.zip({name: make.apple(counts)}))
    assert len(read(path).signal) == len(counts)
    assert [entry.name for entry in tmp_path.rglob("*")] == ["a", "b", "export.zip"]


@pytest.mark.parametrize("name", ["a/1.BDF", "a/rec", "1.rec", "DICOM/IM000001", "x.bin"])
def test_any_ending_in_an_archive(make: SimpleNamespace, counts: Counts, name: str) -> None:
    content = make.zip({name: make.bdf_example(counts), "readme.txt": b"hello", "report.pdf": b"%PDF-1.4"})
    np.testing.assert_allclose(read(content).signal, counts * 0.005, atol=1e-6)


def test_an_office_document_is_named(make: SimpleNamespace) -> None:
    with pytest.raises(RecordFormatError, match=r"Office document .Word, Excel, LibreOffice.; save its table as CSV"):
        read(make.zip({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}))


def test_archives_without_a_recording(make: SimpleNamespace) -> None:
    for members in ({}, {"a.txt": b"hello"}, {"a/": b""}, {"export.xml": b"<HealthData/>"}):
        content = make.zip(members)
        with pytest.raises(RecordFormatError, match=r"no recording of a known format|empty ZIP archive"):
            read(content)


def test_lists_of_files_and_archives_in_an_archive(make: SimpleNamespace, counts: Counts) -> None:
    dicom = make.dicom(counts)
    record = read(make.zip({"DICOMDIR": dicom[:400], "IMG/1": dicom}))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    with pytest.raises(RecordFormatError, match=r"holds another archive, a/b\.zip: unpack it, and give that"):
        read(make.zip({"a/b.zip": make.zip({"1.dcm": dicom}), "readme.txt": b"hello"}))


def test_a_member_without_a_name(make: SimpleNamespace) -> None:
    content = bytearray(make.zip({"Q": b"1\n"}))
    directory = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    for at, change in ((26, -1), (directory + 28, -1), (end + 12, -1), (end + 16, -1)):  # lengths and places
        content[at] += change
    del content[directory + 46], content[30]
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [""]
    with pytest.raises(RecordFormatError, match="no recording of a known format"):
        read(bytes(content))


def test_damaged_archives(make: SimpleNamespace, counts: Counts) -> None:
    content = make.zip({"ecg.csv": make.apple(counts)})
    for cut in (10, len(content) // 2, len(content) - 10):
        with pytest.raises(RecordFormatError, match="archive is damaged or incomplete"):
            read(content[:cut])
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    with pytest.raises(RecordFormatError, match=r"damaged|no recording"):
        read(bytes(flipped))


def test_encrypted_and_unusual_archives(make: SimpleNamespace, counts: Counts) -> None:
    content = make.zip({"ecg.csv": make.apple(counts)}, zipfile.ZIP_LZMA)
    with pytest.raises(RecordFormatError, match="packed in an unusual way: unpack it first"):
        read(content)
    encrypted = bytearray(make.zip({"ecg.csv": make.apple(counts)}))
    encrypted[6] |= 1
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(RecordFormatError, match="protected by a password: unpack it first"):
        read(bytes(encrypted))


def test_a_member_may_be_no_larger_than_a_recording(make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make.zip({"ecg.csv": b"Sample Rate,512 hertz\nUnit,mV\n" + b"1\n" * 100_000})
    assert len(read(content).signal) == 100_000
    monkeypatch.setattr(zip_file, "_SMALL_BYTES", 10)
    with pytest.raises(RecordFormatError, match="unpacks to over"):
        read(content)


def test_what_shows_the_format_may_follow_a_long_comment(make: SimpleNamespace, counts: Counts) -> None:
    for name, content, source in (
        ("a.csv", b"# a note\n" * 1000 + make.table(counts), "table"),
        ("a.json", b'{"text": "%s", ' % (b"x" * 9000) + make.fhir(counts)[1:], "FHIR"),
        ("a.xml", make.aecg(counts).replace(b"<AnnotatedECG", b"<!--" + b"x" * 9000 + b"--><AnnotatedECG"), "HL7 aECG"),
    ):
        record = read(make.zip({name: content}))
        assert record.source == source
        np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
        assert read(content).source == source
