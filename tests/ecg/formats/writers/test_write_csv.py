"""CSV for spreadsheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mvkt.ecg.formats import read
from mvkt.ecg.formats.writers.write_csv import write_csv
from mvkt.ecg.record import Record


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    signal = np.random.default_rng(0).normal(0, 0.5, (600, 2)).astype(np.float32)
    signal[5, 0] = np.nan
    record = Record(signal, ("I", "II"), 250.0, age=61.0, sex="female")
    assert write_csv(record, tmp_path / "a.csv") == (tmp_path / "a.csv",)
    found = read(tmp_path / "a.csv")
    assert (found.leads, found.sampling_frequency, found.age, found.sex) == (("I", "II"), 250.0, 61.0, "female")
    np.testing.assert_allclose(found.signal, signal, atol=6e-6)


def test_the_second_lead_of_a_name_is_read_back(tmp_path: Path) -> None:
    signal = np.random.default_rng(0).normal(0, 0.5, (600, 3)).astype(np.float32)
    write_csv(Record(signal, ("II", "II (2)", "V1"), 250.0), tmp_path / "a.csv")
    found = read(tmp_path / "a.csv")
    assert (found.leads, found.notes) == (("II", "II (2)", "V1"), ())
    np.testing.assert_allclose(found.signal, signal, atol=6e-6)


def test_missing_samples_are_empty_cells_and_names_are_plain(tmp_path: Path) -> None:
    record = Record(np.array([[np.nan], [1.0]], dtype=np.float32), ('a,"b"\n',), 500.0)
    write_csv(record, tmp_path / "a.csv")
    head, names, *rows = (tmp_path / "a.csv").read_text().splitlines()
    assert head == "# sampling_frequency: 500.0"
    assert names.count(",") == 1
    assert rows == ["0.0000000,", "0.0020000,1.00000"]
