"""Records of several segments, each with formats, gains and signals of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

ECG = (np.sin(np.arange(100) / 9) * 50).astype(np.int16)


def segment(folder: Path, name: str, lines: list[str], data: bytes, frames: int = 100) -> None:
    (folder / f"{name}.dat").write_bytes(data)
    text = [f"{name} {len(lines)} 125 {frames}", *[f"{name}.dat {line}" for line in lines]]
    (folder / f"{name}.hea").write_text("\n".join(text) + "\n")


def with_code(code: int) -> np.ndarray:
    stored = ECG.copy()
    stored[10:20] = code
    return stored


def test_each_segment_has_its_own_code_and_gain(tmp_path: Path) -> None:
    segment(tmp_path, "a", ["16 100/mV 16 0 0 0 0 II"], with_code(-32768).astype("<i2").tobytes())
    segment(tmp_path, "b", ["80 50/mV 8 0 0 0 0 II"], (with_code(-128) + 128).astype(np.uint8).tobytes())
    segment(tmp_path, "c", ["61 0.1/uV 16 0 0 0 0 II"], with_code(-32768).astype(">i2").tobytes())
    for order in (("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b")):
        (tmp_path / "m.hea").write_text("m/3 1 125 300\n" + "".join(f"{name} 100\n" for name in order))
        signal = read(tmp_path / "m.hea").signal[:, 0].reshape(3, 100)
        for part, name in zip(signal, order, strict=True):
            assert np.flatnonzero(np.isnan(part)).tolist() == [*range(10, 20)]
            expected = np.delete(ECG, range(10, 20)) / {"a": 100, "b": 50, "c": 100}[name]
            np.testing.assert_allclose(np.delete(part, range(10, 20)), expected, atol=1e-6)


def test_variable_layout_with_gaps_and_absent_signals(tmp_path: Path) -> None:
    (tmp_path / "l.hea").write_text("l 2 125 0\n~ 0x2 200/mV 8 0 0 0 0 II\n~ 0 1/mmHg 8 0 0 0 0 ABP\n")
    segment(tmp_path, "a", ["16 1/mmHg 16 0 0 0 0 ABP"], ECG.astype("<i2").tobytes())
    segment(tmp_path, "b", ["16x2 100/mV 16 0 0 0 0 II"], np.repeat(ECG, 2).astype("<i2").tobytes())
    (tmp_path / "m.hea").write_text("m/4 2 125 250\nl 0\na 100\n~ 50\nb 100\n")
    record = read(tmp_path / "m.hea")
    assert (record.leads, record.sampling_frequency, len(record.signal)) == (("II",), 250.0, 500)
    assert np.isnan(record.signal[:300]).all()
    np.testing.assert_allclose(record.signal[300:, 0], np.repeat(ECG, 2) / 100, atol=1e-6)
    assert record.notes == ("left out what is no ECG: ABP (mmHg)",)


@pytest.mark.parametrize("fault", ["missing", "truncated"])
def test_a_fault_of_a_file_that_is_not_needed(tmp_path: Path, fault: str) -> None:
    (tmp_path / "e.dat").write_bytes(np.repeat(ECG, 4).astype("<i2").tobytes())
    if fault == "truncated":
        (tmp_path / "r.dat").write_bytes(bytes(10))
    header = "a 2 125 100\ne.dat 16x4 100/mV 16 0 0 0 0 I\nr.dat 16 100/{unit} 16 0 0 0 0 {name}\n"
    (tmp_path / "a.hea").write_text(header.format(unit="NU", name="RESP"))
    record = read(tmp_path / "a.hea")
    assert (record.leads, record.sampling_frequency, record.notes) == (
        ("I",), 500.0, ("left out what is no ECG: RESP (NU)",)
    )  # fmt: skip
    np.testing.assert_allclose(record.signal[:, 0], np.repeat(ECG, 4) / 100, atol=1e-6)
    (tmp_path / "a.hea").write_text(header.format(unit="mV", name="V5"))
    if fault == "truncated":
        (tmp_path / "r.dat").write_bytes(bytes(1))
    with pytest.raises(RecordFormatError, match=fault):
        read(tmp_path / "a.hea")


def test_a_segment_that_was_cut_off(tmp_path: Path) -> None:
    for name in "ab":
        segment(tmp_path, name, ["16 100/mV 16 0 0 0 0 II"], ECG[:60].astype("<i2").tobytes())
    (tmp_path / "m.hea").write_text("m/2 1 125 200\na 100\nb 100\n")
    record = read(tmp_path / "m.hea")
    np.testing.assert_allclose(record.signal[100:160, 0], ECG[:60] / 100, atol=1e-6)
    assert np.isnan(record.signal[60:100]).all()
    assert np.isnan(record.signal[160:]).all()
    assert record.notes == ("truncated: 60 of 100 samples are there",)


def test_signals_of_several_rates_in_one_file(tmp_path: Path) -> None:
    frames = np.concatenate([ECG[:, None] + np.arange(4), -ECG[:, None] + np.arange(4), ECG[:, None]], axis=1)
    (tmp_path / "a.dat").write_bytes(frames.astype("<i2").tobytes())
    lines = ["a.dat 16x4 100/mV 16 0 0 0 0 I", "a.dat 16x4 100/mV 16 0 0 0 0 II", "a.dat 16 1/NU 16 0 0 0 0 RESP"]
    (tmp_path / "a.hea").write_text("a 3 125 100\n" + "\n".join(lines) + "\n")
    record = read(tmp_path / "a.hea")
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 500.0)
    np.testing.assert_allclose(record.signal[:, 1], frames[:, 4:8].ravel() / 100, atol=1e-6)


def test_a_header_without_signals_and_a_format_that_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "n.hea").write_text("n 0 128 0\n# Age: 64 Sex: F\n")
    with pytest.raises(RecordFormatError, match="WFDB header without signals"):
        read(tmp_path / "n.hea")
    segment(tmp_path, "a", ["999 100/mV 16 0 0 0 0 II"], bytes(200))
    with pytest.raises(RecordFormatError, match="storage format 999 is not read"):
        read(tmp_path / "a.hea")


def test_segments_that_do_not_add_up(tmp_path: Path) -> None:
    segment(tmp_path, "a", ["16 100/mV 16 0 0 0 0 II"], ECG.astype("<i2").tobytes())
    (tmp_path / "m.hea").write_text("m/2 1 125 300\na 100\na 100\n")
    with pytest.raises(RecordFormatError, match=r"m.hea promises 300 samples a signal; its segments have 200"):
        read(tmp_path / "m.hea")


def test_a_person_in_the_header_of_a_segment(tmp_path: Path) -> None:
    for name, comment in (("a", "# Age: 33"), ("b", "# Age: 34 Sex: F")):
        segment(tmp_path, name, ["16 100/mV 16 0 0 0 0 II"], ECG.astype("<i2").tobytes())
        with (tmp_path / f"{name}.hea").open("a") as header:
            header.write(f"{comment}\n")
    (tmp_path / "m.hea").write_text("m/2 1 125 200\na 100\nb 100\n")
    record = read(tmp_path / "m.hea")
    assert (record.age, record.sex) == (33, "female")


@pytest.mark.parametrize(
    ("record_line", "segments", "start"),
    [
        ("m/2 1 125 200", "a 100\nb 100\n", datetime(2020, 2, 3, 10, 11, 12)),
        ("m/3 1 125 1450", "~ 1250\na 100\nb 100\n", datetime(2020, 2, 3, 10, 11, 2)),
        ("m/2 1 125 200 08:00:00", "a 100\nb 100\n", datetime(2020, 2, 3, 10, 11, 12)),
        ("m/2 1 125 200 08:00:00 03/02/2020", "a 100\nb 100\n", datetime(2020, 2, 3, 8, 0, 0)),
        ("m/2 1 125 200 00:00:00 01/01/1900", "b 100\na 100\n", datetime(2020, 2, 3, 10, 11, 11, 200000)),
    ],
)
def test_a_start_in_the_header_of_a_segment(tmp_path: Path, record_line: str, segments: str, start: datetime) -> None:
    for name, moment in (("a", " 10:11:12 03/02/2020"), ("b", "")):
        segment(tmp_path, name, ["16 100/mV 16 0 0 0 0 II"], ECG.astype("<i2").tobytes())
        header = tmp_path / f"{name}.hea"
        header.write_text(header.read_text().replace("125 100", f"125 100{moment}"))
    (tmp_path / "m.hea").write_text(f"{record_line}\n{segments}")
    assert read(tmp_path / "m.hea").start_time == start


@pytest.mark.parametrize(("second", "lost"), [(("II", "I"), ""), (("II", "V1"), "V1")])
def test_signals_of_segments_are_found_by_name(tmp_path: Path, second: tuple[str, str], lost: str) -> None:
    for name, leads in (("a", ("I", "II")), ("b", second)):
        columns = [ECG * (1 + (lead == "II")) for lead in leads]
        segment(tmp_path, name, [f"16 100/mV 16 0 0 0 0 {lead}" for lead in leads], np.stack(columns, 1).tobytes())
    (tmp_path / "m.hea").write_text("m/2 2 125 200\na 100\nb 100\n")
    record = read(tmp_path / "m.hea")
    np.testing.assert_allclose(record.signal[:, 1], np.tile(ECG, 2) / 50, atol=1e-6)
    np.testing.assert_allclose(record.signal[:100, 0], ECG / 100, atol=1e-6)
    np.testing.assert_allclose(record.signal[100:, 0], np.full(100, np.nan) if lost else ECG / 100, atol=1e-6)
    assert record.notes == (f"left out what the first segment has not: {lost}",) * bool(lost)
