"""EDF+."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.writers.write_edf import samples_a_data_record, write_edf
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    pytest.importorskip("edfio")
    signal = np.random.default_rng(0).normal(0, 0.5, (1000, 2)).astype(np.float32)
    (path,) = write_edf(Record(signal, ("I", "V5"), 250.0, age=50.0, sex="female"), tmp_path / "a.edf")
    found = read(path)
    assert (found.leads, found.sampling_frequency, found.sex, found.age) == (("I", "V5"), 250.0, "female", 50.0)
    np.testing.assert_allclose(found.signal, signal, atol=2e-4)


def test_an_unnamed_lead_keeps_its_name(tmp_path: Path) -> None:
    pytest.importorskip("edfio")
    (path,) = write_edf(Record(np.ones((9, 1), dtype=np.float32), ("ECG",), 100.0), tmp_path / "a.edf")
    assert read(path).leads == ("ECG",)


def test_edf_has_no_missing_samples(tmp_path: Path) -> None:
    pytest.importorskip("edfio")
    with pytest.raises(RecordFormatError, match="choose WFDB or CSV"):
        write_edf(Record(np.full((9, 1), np.nan, dtype=np.float32), ("I",), 100.0), tmp_path / "a.edf")


@pytest.mark.parametrize(("samples", "leads", "frequency"), [(5000, 12, 500.0), (7200, 1, 360.0), (10**6, 3, 1e3)])
def test_data_records_need_no_padding_and_are_not_too_large(samples: int, leads: int, frequency: float) -> None:
    part = samples_a_data_record(samples, leads, frequency)
    assert samples % part == 0
    assert 2 * leads * part <= 61_440
    assert part >= 0.5 * frequency


def test_a_prime_number_of_samples_is_one_data_record() -> None:
    assert samples_a_data_record(104_729, 1, 500.0) == 104_729
