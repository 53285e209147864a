"""WFDB format 16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.writers.write_wfdb import write_wfdb
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    signal = np.random.default_rng(0).normal(0, 0.5, (400, 2)).astype(np.float32)
    signal[7, 1] = np.nan
    signal[:, 0] *= 100
    header, data = write_wfdb(Record(signal, ("V1", "V2"), 360.0, age=50.0, sex="male"), tmp_path / "r-1.hea")
    assert (header.name, data.name) == ("r-1.hea", "r-1.dat")
    found = read(header)
    assert (found.leads, found.sampling_frequency, found.age, found.sex) == (("V1", "V2"), 360.0, 50.0, "male")
    np.testing.assert_allclose(found.signal[:, 0], signal[:, 0], atol=0.0051)
    np.testing.assert_allclose(found.signal[:, 1], signal[:, 1], atol=5.1e-5)


def test_checksum_and_first_value_of_the_header(tmp_path: Path) -> None:
    header, data = write_wfdb(Record(np.full((3, 1), 0.3, dtype=np.float32), ("I",), 100.0), tmp_path / "r.hea")
    counts = np.frombuffer(data.read_bytes(), dtype="<i2")
    assert counts.tolist() == [30_000] * 3
    checksum = (90_000 & 0xFFFF) - (0x1_0000 if (90_000 & 0xFFFF) > 32_767 else 0)
    assert header.read_text().splitlines()[1] == f"r.dat 16 100000(0)/mV 16 0 30000 {checksum} 0 I"


def test_a_name_that_wfdb_does_not_allow(tmp_path: Path) -> None:
    with pytest.raises(RecordFormatError, match="no name of a WFDB record"):
        write_wfdb(Record(np.zeros((3, 1), dtype=np.float32), ("I",), 100.0), tmp_path / "a b.hea")


def test_a_lead_whose_name_a_header_cannot_hold_is_kept_beside_others(tmp_path: Path) -> None:
    signal = np.random.default_rng(0).normal(0, 0.5, (400, 2)).astype(np.float32)
    header, _ = write_wfdb(Record(signal, ("II", "Ableitung Ä"), 360.0), tmp_path / "r.hea")
    assert read(header).leads == ("II", "ECG 2")
