"""Signal files that are longer or shorter than their header promises, or of other signals."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.wfdb import read_wfdb
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError

COUNTS = np.random.default_rng(7).integers(-2_000, 2_000, (500, 3)).astype("<i2")
ECG = (np.sin(np.arange(120) / 9) * 50).astype("<i2")


@pytest.mark.parametrize(("storage_format", "kind"), [(16, "<i2"), (61, ">i2"), (32, "<i4"), (80, "u1")])
def test_what_is_left_out_is_a_note(tmp_path: Path, storage_format: int, kind: str) -> None:
    (tmp_path / "a.dat").write_bytes((ECG + 128 * (storage_format == 80)).astype(kind).tobytes())
    (tmp_path / "a.hea").write_text(f"a 1 125 100\na.dat {storage_format} 100/mV 16 0 0 0 0 I\n")
    record = read(tmp_path / "a.hea")
    np.testing.assert_allclose(record.signal[:, 0], ECG[:100] / 100, atol=1e-6)
    assert record.notes == ("a.dat has 20 samples a signal more than its header promises: left out",)


def test_the_skew_of_flac_is_read_beyond_what_the_header_promises(tmp_path: Path) -> None:
    with (tmp_path / "a.dat").open("wb") as stream:
        soundfile.write(stream, np.stack([ECG, -ECG], axis=1), 8000, subtype="PCM_16", format="FLAC")
    lines = ["a 2 125 100", "a.dat 516 100/mV 16 0 0 0 0 I", "a.dat 516:20 100/mV 16 0 0 0 0 II"]
    (tmp_path / "a.hea").write_text("\n".join(lines))
    record = read(tmp_path / "a.hea")
    np.testing.assert_allclose(record.signal, np.stack([ECG[:100], -ECG[20:]], axis=1) / 100, atol=1e-6)
    assert record.notes == ()


def written(folder: Path, record_line: str = "a 3 250 500", storage: str = "16", gain: str = "1000") -> Path:
    """Write a record of three leads in numbers of 16 bits; returns its header."""
    lines = [
        f"a.dat {storage} {gain}/mV 16 0 {column[0]} 1 0 {lead}"
        for column, lead in zip(COUNTS.T, ("I", "II", "V2"), strict=True)
    ]
    (folder / "a.dat").write_bytes(COUNTS.tobytes())
    header = folder / "a.hea"
    header.write_text("\n".join([record_line, *lines, ""]))
    return header


@pytest.mark.parametrize("storage", ["16", "16x1"])
@pytest.mark.parametrize("promised", [501, 600, 1000])
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, storage: str, promised: int) -> None:
    record = read_wfdb(written(tmp_path, record_line=f"a 3 250 {promised}", storage=storage))
    np.testing.assert_array_equal(record.signal, (COUNTS / 1000).astype(np.float32))
    assert record.notes == (f"truncated: 500 of {promised:,} samples are there",)


def test_what_may_be_no_beginning_is_refused(tmp_path: Path) -> None:
    """Half of 3 x 1000 numbers of 16 bits are 3 x 1000 of 8, or 1.5 x 1000."""
    header = written(tmp_path, record_line="a 3 250 1000")
    stated = header.read_text()
    for first in (0, 77):  # not stated, or that of another file
        text = stated.replace(f" 16 0 {COUNTS[0, 0]} 1", f" 16 0 {first} 1")
        text = text if first else re.sub(r" 16 0 -?\d+ 1 0", " 16 0 0 1 0", text)
        header.write_text(text)
        reason = "does not begin with the samples" if first else "has 500 samples a signal; its header promises 1,000"
        with pytest.raises(RecordFormatError, match=f"a.dat {reason}"):
            read_wfdb(header)


@pytest.mark.parametrize(("storage", "kind"), [("212", "<i2"), ("16", "<i4"), ("80", "<i2")])
def test_a_file_of_another_storage_format(tmp_path: Path, storage: str, kind: str) -> None:
    (tmp_path / "a.dat").write_bytes(COUNTS[:, 0].astype(kind).tobytes())
    (tmp_path / "a.hea").write_text(f"a 1 250 500\na.dat {storage} 200 16 0 0 0 0 I\n")
    with pytest.raises(RecordFormatError, match=r"header disagrees with its data: a.dat has "):
        read_wfdb(tmp_path / "a.hea")


def test_a_unit_is_no_step(tmp_path: Path) -> None:
    header = written(tmp_path, gain="0")
    header.write_text(header.read_text().replace(" 1 0 ", " 0 0 "))
    assert np.array_equal(read_wfdb(header, UserFacts(unit="mV")).signal, (COUNTS / 200).astype(np.float32))
    with pytest.raises(RecordFormatError, match="the header states no gain of I, and a unit alone"):
        read_wfdb(header, UserFacts(unit="uV"))


@pytest.mark.parametrize("line", ["b.dat 16? 1/mmHg 16 0 0 0 0 ABP", "/b.dat 16 1/mmHg 16 0 0 0 0 ABP"])
def test_a_broken_line_of_what_is_no_ecg(tmp_path: Path, line: str) -> None:
    header = written(tmp_path, record_line="a 4 250 500")
    header.write_text(header.read_text().replace(" 1 0 ", " 0 0 ") + line + "\n")
    record = read_wfdb(header)
    np.testing.assert_array_equal(record.signal, (COUNTS / 1000).astype(np.float32))
    assert record.notes == ("left out what is no ECG: ABP (no unit)",)
    for wrong in (line.replace("ABP", "V5"), "a.dat 16? 1/mmHg 16 0 0 0 0 ABP"):
        header.write_text(header.read_text().replace(line, wrong))
        with pytest.raises(RecordFormatError, match=r"unreadable header|unsafe header"):
            read_wfdb(header)
        header.write_text(header.read_text().replace(wrong, line))
