"""Headers as programs and people write them: encodings, line ends, names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

ECG = (np.sin(np.arange(100) / 9) * 50).astype("<i2")


def header(lead: str = "I", unit: str = "mV", name: str = "a", file: str = "a.dat") -> str:
    return f"{name} 1 125 100\n{file} 16 100/{unit} 16 0 0 0 0 {lead}\n# Age: 64 Sex: F\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, line_end: str) -> None:
    (tmp_path / "a.dat").write_bytes((ECG * 1000).astype("<i2").tobytes())
    text = header(lead="Dérivation I", unit="µV").replace("\n", line_end)
    (tmp_path / "a.hea").write_bytes(text.encode(encoding))
    for path in (tmp_path / "a.hea", tmp_path / "a.dat"):
        record = read(path)
        assert (record.leads, record.age, record.sex) == (("I",), 64, "female")
        np.testing.assert_allclose(record.signal[:, 0], (ECG * 1000).astype("<i2") / 1e5, atol=1e-6)


@pytest.mark.parametrize(("name", "file"), [("rec+1", "a.dat"), ("17", "17"), ("p(2)", "2")])
def test_names_of_records_and_files(tmp_path: Path, name: str, file: str) -> None:
    (tmp_path / file).write_bytes(ECG.tobytes())
    (tmp_path / "a.hea").write_text(header(name=name, file=file))
    np.testing.assert_allclose(read(tmp_path / "a.hea").signal[:, 0], ECG / 100, atol=1e-6)


def test_a_sampling_frequency_of_0_is_what_the_user_states(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(bytes([1, 0] * 500))
    (tmp_path / "a.hea").write_text("a 1 0 500\na.dat 16 100(+0)/mV 16 0 0 0 0 II\n")
    with pytest.raises(RecordFormatError, match="states a sampling frequency of 0 Hz, which is not that of an ECG"):
        read(tmp_path / "a.hea")
    assert read(tmp_path / "a.hea", sampling_frequency=250).sampling_frequency == 250


@pytest.mark.parametrize("stated", ["nan", "-125", "fast", "1e9"])
def test_a_sampling_frequency_that_is_none_is_what_the_user_states(tmp_path: Path, stated: str) -> None:
    (tmp_path / "a.dat").write_bytes(ECG.tobytes())
    (tmp_path / "a.hea").write_text(header().replace("125 100", f"{stated} 100"))
    with pytest.raises(RecordFormatError, match="which is not that of an ECG; give the right one with"):
        read(tmp_path / "a.hea")
    record = read(tmp_path / "a.hea", sampling_frequency=125)
    assert record.sampling_frequency == 125
    np.testing.assert_allclose(record.signal[:, 0], ECG / 100, atol=1e-6)


@pytest.mark.parametrize("written", ["125Hz", "125/250(0)", "125(7)"])
def test_what_follows_a_sampling_frequency(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.dat").write_bytes(ECG.tobytes())
    (tmp_path / "a.txt").write_text(header().replace("125 100", f"{written} 100"))
    assert read(tmp_path / "a.txt").sampling_frequency == 125


def test_a_count_of_samples_with_a_decimal(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(ECG.tobytes())
    (tmp_path / "a.hea").write_text(header().replace("125 100", "125.0 100.0"))
    np.testing.assert_allclose(read(tmp_path / "a.hea").signal[:, 0], ECG / 100, atol=1e-6)


@pytest.mark.parametrize(("stated", "given", "factor"), [("V", "mV", 1), ("mV", "uV", 1e-3), ("NU", "mV", 1)])
@pytest.mark.parametrize("segments", [False, True])
def test_the_unit_of_the_user_wins(tmp_path: Path, stated: str, given: str, factor: float, segments: bool) -> None:
    (tmp_path / "a.dat").write_bytes(ECG.tobytes())
    (tmp_path / "a.hea").write_text(header(unit=stated))
    (tmp_path / "m.hea").write_text("m/1 1 125 100\na 100\n")
    record = read(tmp_path / ("m.hea" if segments else "a.hea"), unit=given)
    np.testing.assert_allclose(record.signal[:, 0], ECG / 100 * factor, atol=1e-6)
    assert record.notes[-1] == f"the unit {given} was given and is taken; the file states {stated}"


@pytest.mark.parametrize("storage", [16, 160])
@pytest.mark.parametrize("signals", [1, 2])
def test_a_header_with_fewer_signals_than_the_file(tmp_path: Path, storage: int, signals: int) -> None:
    (tmp_path / "a.dat").write_bytes(np.repeat(ECG, 3).tobytes())
    lines = [f"a {signals} 125 100", *(f"a.dat {storage} 100 16 0 0 0 0 {lead}" for lead in ("I", "II")[:signals])]
    (tmp_path / "a.hea").write_text("\n".join(lines))
    with pytest.raises(
        RecordFormatError, match=rf"header disagrees with its data: a.dat has 3 numbers for each {signals}"
    ):
        read(tmp_path / "a.hea")


def test_a_sampling_frequency_that_is_not_stated_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(np.arange(500, dtype="<i2").tobytes())
    (tmp_path / "a.hea").write_text("a 1\na.dat 16 200 16 0 0 0 0 II\n")
    record = read(tmp_path / "a.hea")
    assert record.sampling_frequency == 250
    assert record.notes == ("the header states no sampling frequency: WFDB's default of 250 Hz is taken",)
    assert read(tmp_path / "a.hea", sampling_frequency=500).sampling_frequency == 500
