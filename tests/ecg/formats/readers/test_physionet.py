from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat

from mvkt.ecg.formats import read, recording_file
from mvkt.ecg.formats.readers import physionet
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.fixture
def record(tmp_path: Path, counts: Counts) -> Path:
    """A WFDB record; the path of its header."""
    (tmp_path / "100.dat").write_bytes(counts.astype("<i2").tobytes())
    header = tmp_path / "100.hea"
    sums = counts.sum(axis=0, dtype=np.int64) & 0xFFFF
    header.write_text(
        f"100 2 500 1000\n100.dat 16 200/mV 16 0 0 {sums[0]} 0 I\n100.dat 16 200/mV 16 0 0 {sums[1]} 0 MLII\n"
    )
    return header


@pytest.fixture
def challenge(tmp_path: Path, counts: Counts) -> Path:
    """A recording in the form of the 2020 and 2021 challenges; the path of its matrix."""
    stream = io.BytesIO()
    savemat(stream, {"val": counts.T}, format="4")
    (tmp_path / "A0001.mat").write_bytes(stream.getvalue())
    (tmp_path / "A0001.hea").write_text(
        "A0001 2 500 1000\nA0001.mat 16+24 200/mV 16 0 0 0 0 I\nA0001.mat 16+24 200/mV 16 0 0 0 0 II\n"
        "#Age: 60\n#Sex: Female\n#Dx: 426783006\n"
    )
    return tmp_path / "A0001.mat"


@pytest.mark.parametrize("ending", ["100.hea", "100.dat", "100"])
def test_any_file_of_a_record_and_its_name(record: Path, counts: Counts, ending: str) -> None:
    for path in (record.with_name(ending), str(record.with_name(ending))):
        read_back = read(path)
        assert read_back.leads == ("I", "II")
        assert read_back.source == "WFDB"
        np.testing.assert_allclose(read_back.signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize("named", ["rec.dat", "REC.DAT", "Rec.dAt"])
@pytest.mark.parametrize("given", ["REC.HEA", "REC.DAT", "REC"])
def test_names_in_capitals(tmp_path: Path, counts: Counts, named: str, given: str) -> None:
    (tmp_path / "REC.DAT").write_bytes(counts.astype("<i2").tobytes())
    lines = f"{named} 16 200/mV 16 0 0 0 0 I\n{named} 16 200/mV 16 0 0 0 0 II\n"
    (tmp_path / "REC.HEA").write_text(f"rec 2 500 1000\n{lines}")
    np.testing.assert_allclose(read(tmp_path / given).signal, counts * 0.005, atol=1e-6)


def test_a_signal_file_of_several(tmp_path: Path, counts: Counts) -> None:
    for mark, column in zip("ef", counts.T, strict=True):
        (tmp_path / f"rec_{mark}.dat").write_bytes(column.astype("<i2").tobytes())
    (tmp_path / "rec.hea").write_text("rec 2 500\nrec_e.dat 16 200/mV\nrec_f.dat 16 200/mV\n")
    for name in ("rec", "rec_e.dat", "rec_f.dat"):
        np.testing.assert_allclose(read(tmp_path / name).signal, counts * 0.005, atol=1e-6)
    (tmp_path / "other.dat").write_bytes(counts.astype("<i2").tobytes())
    (tmp_path / "o.hea").write_text("o 1 500\n/etc/other.dat 16 200/mV\n")
    with pytest.raises(RecordFormatError, match=r"needs its .hea header beside it"):
        read(tmp_path / "other.dat")


@pytest.mark.parametrize("ending", ["A0001.mat", "A0001.hea", "A0001"])
def test_recordings_of_the_challenges(challenge: Path, counts: Counts, ending: str) -> None:
    record = read(challenge.with_name(ending))
    assert (record.age, record.sex, record.leads) == (60, "female", ("I", "II"))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_a_matrix_whose_head_the_header_does_not_state(challenge: Path, counts: Counts) -> None:
    header = challenge.with_suffix(".hea")
    assert "16+24" in header.read_text()
    header.write_text(header.read_text().replace("16+24", "16"))
    np.testing.assert_allclose(read(challenge).signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_matrix_that_was_saved_again(challenge: Path, counts: Counts, compressed: bool) -> None:
    """Its header still describes MATLAB's level 4."""
    savemat(challenge, {"val": counts.T}, do_compression=compressed)
    for path in (challenge, challenge.with_suffix(".hea")):
        record = read(path)
        assert (record.age, record.leads, record.notes) == (60, ("I", "II"), ())
        np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    savemat(challenge, {"val": counts.T / 7})
    with pytest.raises(RecordFormatError, match=r"A0001.mat has no matrix 'val' of whole numbers"):
        read(challenge)
    savemat(challenge, {"val": counts.T.astype(np.int32) + 2**16})
    with pytest.raises(RecordFormatError, match=r"numbers in A0001.mat are larger than 16 bits hold"):
        read(challenge)
    savemat(challenge, {"val": counts.T * 1.0}, format="4")
    with pytest.raises(RecordFormatError, match=r"header disagrees with its data: A0001.mat has 8 numbers"):
        read(challenge)
    challenge.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF")
    with pytest.raises(RecordFormatError, match="save it with -v7"):
        read(challenge.with_suffix(".hea"))


def test_a_matrix_alone(challenge: Path) -> None:
    challenge.with_suffix(".hea").unlink()
    with pytest.raises(RecordFormatError, match=r"without leads, units.*put its header A0001\.hea beside it"):
        read(challenge)


def test_bytes_are_not_enough(challenge: Path, record: Path) -> None:
    for content in (record.read_bytes(), challenge.read_bytes(), challenge.with_suffix(".hea").read_bytes()):
        with pytest.raises(RecordFormatError, match=r"give the path of its \.hea file, out of any archive, instead"):
            read(content, "100.hea")


def test_a_header_by_another_name_is_recognised(record: Path, counts: Counts) -> None:
    renamed = record.rename(record.with_name("100.txt"))
    np.testing.assert_allclose(read(renamed).signal, counts * 0.005, atol=1e-6)


def test_a_signal_file_that_the_header_does_not_name(record: Path) -> None:
    other = record.with_name("100.bin")
    other.write_bytes(bytes(range(1, 100)))
    with pytest.raises(RecordFormatError, match="not a recording of a known format"):
        read(other)


def test_a_signal_file_without_its_header(record: Path) -> None:
    record.unlink()
    with pytest.raises(RecordFormatError, match=r"needs its \.hea header beside it"):
        read(record.with_suffix(".dat"))


def test_a_header_without_its_signal_file(record: Path) -> None:
    record.with_suffix(".dat").unlink()
    with pytest.raises(RecordFormatError, match=r"missing file: 100\.dat, named by 100\.hea"):
        read(record)


@pytest.mark.parametrize("name", ["../secret.dat", "/etc/passwd", "..", "a/b.dat"])
def test_no_header_reaches_out_of_its_folder(record: Path, name: str) -> None:
    record.write_text(record.read_text().replace("100.dat", name))
    with pytest.raises(RecordFormatError, match="folder"):
        read(record)


@pytest.mark.parametrize(
    "text",
    [
        "100 2 500 4000000000\n~ 0 200 16 0 0 0 0 I\n~ 0 200 16 0 0 0 0 II\n",
        "100 2 500 4000000000\n100.dat 16 200 16 0 0 0 0 I\n~ 0 200 16 0 0 0 0 II\n",
        "100/2 2 500 8000000000\n100s 1000\n~ 7999999000\n",
        "100/2 2 500 2000\n100s 1000\n~ 7999999000\n",
        "100 2 500 4000000000\n100.dat 16 200 16 0 0 0 0 I\n100.dat 16 200 16 0 0 0 0 II\n",
        "100 2 500 4000000000\n100.dat 212 200 16 0 0 0 0 I\n100.dat 212 200 16 0 0 0 0 II\n",
    ],
    ids=["null signals", "one null signal", "null segment", "null segment longer than the total", "16", "212"],
)
def test_a_header_that_promises_too_much_takes_no_memory(record: Path, text: str) -> None:
    record.with_name("100s.hea").write_text(record.read_text().replace("100 2", "100s 2"))
    record.write_text(text)
    with pytest.raises(RecordFormatError, match=r"promises [\d,]+ samples; there are [\d,]+ bytes|no file of a signal"):
        read(record)


def test_gaps_between_segments_are_allowed(record: Path, counts: Counts) -> None:
    record.with_name("100s.hea").write_text(record.read_text().replace("100 2", "100s 2"))
    record.write_text("100/3 2 500 2500\n100s 1000\n~ 500\n100s 1000\n")
    signal = read(record).signal
    assert signal.shape == (2500, 2)
    assert np.isnan(signal[1000:1500]).all()
    np.testing.assert_allclose(signal[1500:], counts * 0.005, atol=1e-6)


def test_signal_files_that_are_too_large(record: Path) -> None:
    with record.with_suffix(".dat").open("r+b") as stream:
        stream.truncate(recording_file.MAX_BYTES + 2)
    with pytest.raises(RecordFormatError, match="2,147,483,650 bytes"):
        read(record)


@pytest.mark.parametrize(
    "text",
    [
        "hello 2 all of you\nhow are 3 things\n",
        "100 2 500\n",
        "# only a comment\n",
        "name,2,500\n100.dat,16\n",
        "100 two 500\n100.dat 16\n",
    ],
)
def test_texts_that_are_no_headers(text: str) -> None:
    assert not physionet._is_header(text.encode())
    with pytest.raises(RecordFormatError, match=r"not a recording of a known format|columns without names"):
        read(text.encode())


@pytest.mark.parametrize("rows", ["0.01 0.02", "-3 12", "0 512"])
@pytest.mark.parametrize("above", ["fs 250\nn 1000", "rate 250", "visit 1\nlead 16", "subject 12\nvisit 1"])
def test_lines_of_a_name_and_a_number_above_columns(above: str, rows: str) -> None:
    assert not physionet._is_header(f"{above}\n{(rows + chr(10)) * 40}".encode())


def test_a_header_after_long_comments(record: Path, counts: Counts) -> None:
    record.write_text("# a line of a licence\n" * 400 + record.read_text())
    for path in (record, record.with_suffix(".dat")):
        np.testing.assert_allclose(read(path).signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("100 two 500\n100.dat 16\n", "invalid literal"),
        ("100 3 500\n100.dat 16\n100.dat 16\n", "promises 3 signals or segments and has 2 lines"),
        ("100 1 500\nmy file.dat 16 200\n", "signal line 'my file.dat 16 200'"),
    ],
)
def test_a_damaged_header_is_named(record: Path, text: str, reason: str) -> None:
    record.write_text(text)
    for path in (record, record.with_suffix(".dat")):
        with pytest.raises(RecordFormatError, match=rf"unreadable header: 100\.hea is no WFDB header \(.*{reason}"):
            read(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 4000\n", "a pointer of Git LFS"),
        (b"<!DOCTYPE html><html>not found</html>" * 200, "a web page"),
        (b"\x1f\x8b\x08" + bytes(range(256)) * 20, "a gzip archive; unpack it first"),
    ],
)
def test_a_signal_file_that_is_something_else(record: Path, content: bytes, what: str) -> None:
    record.with_suffix(".dat").write_bytes(content)
    with pytest.raises(RecordFormatError, match=rf"100\.dat, named by 100\.hea, is {what}"):
        read(record)


def test_signals_that_were_not_stored(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("a 1 500 1000\n~ 0 200/mV 16 0 0 0 0 II\n")
    with pytest.raises(RecordFormatError, match="the header has no file of a signal"):
        read(tmp_path / "a.hea")
