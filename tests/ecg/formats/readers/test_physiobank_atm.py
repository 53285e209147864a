from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_an_export(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.physiobank(counts, names=("MLII", "V5")))
    assert (record.source, record.leads, record.sampling_frequency) == ("PhysioBank ATM", ("II", "V5"), 500.0)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize("hertz", [125, 128, 250, 256, 300, 360, 1000])
def test_frequencies_follow_from_all_times(make: SimpleNamespace, counts: Counts, hertz: float) -> None:
    """Times have whole milliseconds: at 360 Hz samples seem to be 2 or 3 ms apart."""
    assert read(make.physiobank(counts, hertz=hertz)).sampling_frequency == hertz


def test_hours(make: SimpleNamespace, counts: Counts) -> None:
    content = make.physiobank(counts).replace(b"'0:0", b"'1:00:0")
    assert read(content).sampling_frequency == 500


def test_times_with_dates(make: SimpleNamespace, counts: Counts) -> None:
    rows = make.physiobank(counts).replace(b"hh:mm:ss.mmm", b"hh:mm:ss.mmm dd/mm/yyyy").decode().split("\n")
    head, below = rows[:2], (row.partition("',") for row in rows[2:] if row)
    content = "\n".join([*head, *(f"'[10:0{time[1:]} 01/05/2024]',{rest}" for time, _, rest in below)])
    record = read(content.encode())
    assert (record.sampling_frequency, record.start_time) == (500.0, datetime(2024, 5, 1, 10))


def test_signals_that_are_no_voltage(make: SimpleNamespace, counts: Counts) -> None:
    content = make.physiobank(counts, names=("ABP", "II")).replace(b"'mV','mV'", b"'mmHg','mV'")
    record = read(content)
    assert record.leads == ("II",)
    assert record.notes == ("left out what is no voltage: ABP (mmHg)",)


def test_missing_samples(make: SimpleNamespace, counts: Counts) -> None:
    lines = make.physiobank(counts).split(b"\n")
    lines[12] = lines[12].rpartition(b",")[0] + b",-"
    assert np.argwhere(np.isnan(read(b"\n".join(lines)).signal)).tolist() == [[10, 1]]


@pytest.mark.parametrize("unit", [b"sample #", b""])
def test_sample_numbers_need_a_frequency(make: SimpleNamespace, counts: Counts, unit: bytes) -> None:
    content = make.physiobank(counts).replace(b"Elapsed time", b"sample #").replace(b"hh:mm:ss.mmm", unit)
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content)
    assert read(content, sampling_frequency=360).sampling_frequency == 360


@pytest.mark.parametrize("hertz", [125, 250, 360, 500, 1000])
@pytest.mark.parametrize("lost", [slice(300, 301), slice(300, 700), slice(20, 21)])
def test_rows_that_are_missing(make: SimpleNamespace, counts: Counts, hertz: int, lost: slice) -> None:
    lines = make.physiobank(counts, hertz=hertz).split(b"\n")
    del lines[lost.start + 2 : lost.stop + 2]
    record = read(b"\n".join(lines))
    expected = counts * 0.005
    expected[lost] = np.nan
    assert record.sampling_frequency == hertz
    np.testing.assert_allclose(record.signal, expected, atol=1e-6)
    assert record.notes[0].startswith("1 gaps")


def test_counts_that_are_missing(make: SimpleNamespace, counts: Counts) -> None:
    lines = make.physiobank(counts).replace(b"Elapsed time", b"sample #").replace(b"hh:mm:ss.mmm", b"").split(b"\n")
    lines[2:] = [b"%d,%s" % (n, line.partition(b",")[2]) for n, line in enumerate(lines[2:]) if line]
    del lines[302:702]
    record = read(b"\n".join(lines), sampling_frequency=500)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == list(range(300, 700))


def test_times_that_are_none_of_samples(make: SimpleNamespace, counts: Counts) -> None:
    lines = make.physiobank(counts).split(b"\n")
    with pytest.raises(RecordFormatError, match="not taken at regular times"):
        read(b"\n".join(line for n, line in enumerate(lines) if n < 2 or int(n**0.5) ** 2 == n))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"'mV','mV'", b"'NU','NU'"), "no column has a unit of voltage"),
        ((b"'mV','mV'", b"'mV'"), "3 columns have names and 2 have units"),
        ((b"'0:00.000'", b"'noon'"), "time is none of"),
        ((b"'0:00.000'", b"'9:00.000'"), "do not rise"),
        ((b",0.000,", b",zero,"), "no number"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make.physiobank(counts).replace(*change))


def test_units_and_encodings_that_the_user_knows(make: SimpleNamespace, counts: Counts) -> None:
    content = make.physiobank(counts, unit="adu")
    with pytest.raises(RecordFormatError, match="--unit"):
        read(content)
    np.testing.assert_allclose(read(content, unit="mV").signal, counts * 0.005, atol=1e-6)
    assert read(make.physiobank(counts).decode().encode("utf-16")).source == "PhysioBank ATM"


def test_a_header_alone(make: SimpleNamespace, counts: Counts) -> None:
    content = make.physiobank(counts[:0])
    with pytest.raises(RecordFormatError, match=r"sampling frequency|no samples"):
        read(content)


def test_times_of_day_over_midnight(make: SimpleNamespace, counts: Counts) -> None:
    lines = make.physiobank(counts).decode().splitlines()
    clocks = [86_399 + n / 500 for n in range(len(counts))]
    rows = [
        f"'[{int(s // 3600) % 24:02}:{int(s // 60) % 60:02}:{s % 60:06.3f} 01/05/2024]',{line.partition(',')[2]}"
        for s, line in zip(clocks, lines[2:], strict=True)
    ]
    content = "\n".join([lines[0].replace("Elapsed time", "Time and date"), lines[1], *rows, ""])
    assert read(content.encode()).sampling_frequency == 500


@pytest.mark.parametrize("cut", [2, 9, 14])
def test_a_file_that_was_cut_off(make: SimpleNamespace, counts: Counts, cut: int) -> None:
    record = read(make.physiobank(counts)[:-cut])
    assert len(record.signal) == len(counts) - 1
    assert "truncated: the file ends within a " in record.notes[0]
