"""Records of WFDB, which are several files, in a ZIP archive."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat

from mvkt.ecg.formats import read, read_all
from mvkt.ecg.formats.readers import wfdb_in_archive
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def header(name: str = "a", file: str = "a.dat", frames: int = 1000) -> bytes:
    line = f"{file} 16 200/mV 16 0 0 0 0"
    return f"{name} 2 500 {frames}\n{line} I\n{line} II\n# Age: 60\n".encode()


@pytest.mark.parametrize("folder", ["", "x/y/", "x\\y\\"])
@pytest.mark.parametrize("file", ["a.dat", "A.DAT"])
def test_a_record_is_its_header_and_what_that_names(
    make: SimpleNamespace, counts: Counts, folder: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    signals = counts.astype("<i2").tobytes()
    content = make.zip({f"{folder}a.hea": header(), f"{folder}{file}": signals, "readme.txt": b"hello"})
    ((_, record),) = read_all(content)
    assert isinstance(record, Record)
    assert (record.source, record.age) == ("WFDB", 60)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert not any(tmp_path.iterdir())


def test_several_records_and_a_challenge(make: SimpleNamespace, counts: Counts) -> None:
    stream = io.BytesIO()
    savemat(stream, {"val": counts.T}, format="4")
    content = make.zip(
        {
            "a.hea": header(),
            "a.dat": counts.astype("<i2").tobytes(),
            "b.hea": header("b", "b.mat").replace(b" 16 200", b" 16+24 200"),
            "b.mat": stream.getvalue(),
        }
    )
    with pytest.raises(RecordFormatError, match=r"holds 2 recordings: a\.hea, b\.hea"):
        read(content)
    for name in ("a.hea", "b.hea"):
        np.testing.assert_allclose(read(content, recording=name).signal, counts * 0.005, atol=1e-6)


def test_segments_are_no_recordings_of_their_own(make: SimpleNamespace, counts: Counts) -> None:
    members = {"m.hea": b"m/3 2 500 1200\nm_1 400\n~ 200\nm_2 600\n"}
    for name, part in (("m_1", counts[:400]), ("m_2", counts[400:])):
        members[f"{name}.hea"] = header(name, f"{name}.dat", len(part))
        members[f"{name}.dat"] = part.astype("<i2").tobytes()
    signal = read(make.zip(members)).signal
    np.testing.assert_allclose(np.delete(signal, range(400, 600), axis=0), counts * 0.005, atol=1e-6)
    assert np.isnan(signal[400:600]).all()


def test_what_is_missing_or_leads_elsewhere(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match=r"missing file: a\.dat, named by a\.hea, is not there"):
        read(make.zip({"a.hea": header(), "b/a.dat": bytes(4000)}))
    with pytest.raises(RecordFormatError, match="no file in the header's own folder"):
        read(make.zip({"x/a.hea": header(file="../a.dat"), "a.dat": bytes(4000)}))
    with pytest.raises(RecordFormatError, match="unreadable header"):
        read(make.zip({"a.hea": b"a 2 500 ten\na.dat 16\na.dat 16\n", "a.dat": bytes(4000)}))


def test_a_record_that_is_too_large(make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wfdb_in_archive, "_LARGEST_RECORD_BYTES", 3000)
    with pytest.raises(RecordFormatError, match="unpacks to over 3,000 bytes"):
        read(make.zip({"a.hea": header(), "a.dat": bytes(4000)}))
