"""What is written is read back, within the resolution of the format."""

from __future__ import annotations

import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvkt.ecg.formats import WRITERS, read, write
from mvkt.ecg.formats.writers.write_edf import samples_a_data_record
from mvkt.ecg.record import Record
from mvkt.errors import MissingExtraError, RecordFormatError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wfdb

RESOLUTION = {"hea": 5.01e-5, "csv": 5.01e-6, "edf": 1e-4}
"""Half a step, in mV: of a gain of 10,000 a mV, of five decimals, of 16 bits over the range."""


def make_record(
    frequency: float = 511.4, samples: int = 15_342, leads: tuple[str, ...] = ("I", "II"), **changed: Any
) -> Record:
    random = np.random.default_rng(0)
    signal = random.normal(0, 0.4, (samples, len(leads))).astype(np.float32)
    about = {"start_time": datetime(2024, 1, 31, 10, 11, 12, 500_000), "age": 57, "sex": "female", "source": "test"}
    return Record(signal, leads, frequency, **(about | changed))


@pytest.mark.parametrize("ending", RESOLUTION)
@pytest.mark.parametrize("frequency", [130.0, 250.0, 300.7, 511.4, 511.562, 1000.0])
def test_round_trip(tmp_path: Path, ending: str, frequency: float) -> None:
    record = make_record(frequency)
    written = write(record, tmp_path / f"ecg.{ending}")
    assert all(path.is_file() for path in written)
    back = read(tmp_path / f"ecg.{ending}")
    assert back.leads == record.leads
    assert back.sampling_frequency == pytest.approx(frequency, rel=1e-6 if ending == "edf" else 1e-12)
    assert back.signal.shape == record.signal.shape
    np.testing.assert_allclose(back.signal, record.signal, atol=RESOLUTION[ending], rtol=0)
    assert back.sex == "female"
    assert back.age == 57
    assert back.start_time is not None
    assert abs((back.start_time - record.start_time).total_seconds()) < (1 if ending == "edf" else 1e-3)  # type: ignore[operator]


@pytest.mark.parametrize("ending", ["hea", "csv"])
def test_gaps(tmp_path: Path, ending: str) -> None:
    record = make_record()
    signal = record.signal.copy()
    signal[100:200, 0] = np.nan
    signal[150:3000] = np.nan
    signal[-5:] = np.nan
    write(Record(signal, record.leads, record.sampling_frequency), tmp_path / f"ecg.{ending}")
    back = read(tmp_path / f"ecg.{ending}")
    np.testing.assert_array_equal(np.isnan(back.signal), np.isnan(signal))
    np.testing.assert_allclose(back.signal, signal, atol=RESOLUTION[ending])


def test_edf_has_no_code_for_gaps(tmp_path: Path) -> None:
    record = make_record()
    signal = record.signal.copy()
    signal[5] = np.nan
    with pytest.raises(RecordFormatError, match=r"no code for missing samples.*WFDB or CSV"):
        write(Record(signal, record.leads, 250), tmp_path / "ecg.edf")
    assert not list(tmp_path.iterdir())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frequency=st.floats(20, 2000).map(lambda value: round(value, 3)),
    samples=st.integers(3, 3000),
    amplitude=st.sampled_from([0.0, 1e-3, 0.5, 5.0, 100.0]),
    ending=st.sampled_from(["hea", "csv", "edf"]),
    leads=st.sampled_from([("I",), ("II", "V5"), ("ECG",), ("Channel 1",), ("Ableitung Ä", "II (2)")]),
)
def test_any_recording(
    tmp_path: Path, frequency: float, samples: int, amplitude: float, ending: str, leads: tuple[str, ...]
) -> None:
    random = np.random.default_rng(samples)
    signal = (amplitude * random.normal(size=(samples, len(leads)))).astype(np.float32)
    write(Record(signal, leads, frequency), tmp_path / f"ecg.{ending}")
    back = read(tmp_path / f"ecg.{ending}")
    assert back.signal.shape == signal.shape
    of_eight_characters = 1e-6 * max(1.0, frequency / samples)
    assert back.sampling_frequency == pytest.approx(frequency, rel=of_eight_characters if ending == "edf" else 1e-12)
    largest = max(float(np.abs(signal).max()), 0.001)
    np.testing.assert_allclose(back.signal, signal, rtol=0, atol=max(RESOLUTION[ending], largest * 2e-4))


@pytest.mark.parametrize("ending", ["hea", "csv", "edf"])
@pytest.mark.parametrize("leads", [("II", "II (2)"), ("II", "Ableitung X")])
def test_no_lead_is_lost(tmp_path: Path, ending: str, leads: tuple[str, str]) -> None:
    signal = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    write(Record(signal, leads, 250.0), tmp_path / f"ecg.{ending}")
    back = read(tmp_path / f"ecg.{ending}")
    assert [lead.removeprefix("ECG ") for lead in back.leads] == list(leads)
    np.testing.assert_allclose(back.signal, signal, atol=2e-3)


def test_the_wfdb_library_reads_the_same(tmp_path: Path) -> None:
    record = make_record()
    signal = record.signal.copy()
    signal[10:20, 1] = np.nan
    write(Record(signal, record.leads, 511.4), tmp_path / "ecg.hea")
    other = wfdb.rdrecord(str(tmp_path / "ecg"))
    assert (other.fs, other.sig_name, other.units) == (511.4, ["I", "II"], ["mV", "mV"])
    np.testing.assert_allclose(other.p_signal, signal, atol=RESOLUTION["hea"])


def test_edfio_reads_the_same(tmp_path: Path) -> None:
    import edfio

    record = make_record(250.0, 7500)
    write(record, tmp_path / "ecg.edf")
    other = edfio.read_edf(tmp_path / "ecg.edf")
    assert [signal.label for signal in other.signals] == ["ECG I", "ECG II"]
    np.testing.assert_allclose(other.signals[1].data / 1000, record.signal[:, 1], atol=RESOLUTION["edf"])


@pytest.mark.parametrize("ending", RESOLUTION)
def test_nobody_is_named(tmp_path: Path, ending: str) -> None:
    record = make_record(samples=500, source="Jane Doe's", notes=("of Jane Doe",))
    for path in write(record, tmp_path / f"a.{ending}"):
        assert b"Doe" not in path.read_bytes()


def test_the_format_is_chosen_by_the_ending_or_by_name(tmp_path: Path) -> None:
    record = make_record(samples=500)
    assert write(record, tmp_path / "a.dat") == (tmp_path / "a.hea", tmp_path / "a.dat")
    assert write(record, str(tmp_path / "b.txt"), to="csv") == (tmp_path / "b.txt",)
    assert read(tmp_path / "b.txt").source == "table"
    assert set(WRITERS) == {"wfdb", "csv", "edf"}
    for path, to in ((tmp_path / "c.xyz", None), (tmp_path / "c.csv", "dicom")):
        with pytest.raises(RecordFormatError, match=r"\.hea, \.dat, \.csv, \.edf, or give wfdb, csv, edf"):
            write(record, path, to)


def test_names_of_wfdb_records(tmp_path: Path) -> None:
    with pytest.raises(RecordFormatError, match="'a b' is no name of a WFDB record"):
        write(make_record(samples=500), tmp_path / "a b.hea")


def test_edf_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "edfio", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[convert\]'"):
        write(make_record(samples=500), tmp_path / "a.edf")


def test_a_time_with_its_zone(tmp_path: Path) -> None:
    record = make_record(samples=500, start_time=datetime(2024, 1, 31, 10, tzinfo=UTC))
    write(record, tmp_path / "a.csv")
    assert read(tmp_path / "a.csv").start_time == record.start_time
    write(record, tmp_path / "a.edf")
    write(record, tmp_path / "a.hea")
    for name in ("a.edf", "a.hea"):
        assert read(tmp_path / name).start_time == datetime(2024, 1, 31, 10)


@pytest.mark.parametrize("samples", [500, 15_360, 15_342, 15_361, 650_000, 650_011])
def test_data_records_need_no_padding(samples: int) -> None:
    part = samples_a_data_record(samples, 2, 500.0)
    assert samples % part == 0
    assert part * 4 <= 61_440 or part == samples
