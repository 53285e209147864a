from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_sensor_logger(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.polar_logger(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("Polar", ("ECG",), 130.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    assert record.notes == ()
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert read(make.polar_logger(counts), lead="I").leads == ("I",)


def test_lost_packets_are_gaps(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.polar_logger(counts, lost=(200, 273)))
    assert len(record.signal) == len(counts)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), np.arange(200, 273))
    np.testing.assert_allclose(record.signal[273:, 0], counts[273:, 0] * 0.005, atol=1e-6)
    assert record.notes == ("1 gaps (0.56 s in all) are marked as missing",)


@pytest.mark.parametrize("column", ["sensor timestamp [ns]", "timestamp [ms]"])
def test_one_clock_is_enough(make: SimpleNamespace, counts: Counts, column: str) -> None:
    header = "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]".replace(column, "other")
    assert read(make.polar_logger(counts, header=header)).sampling_frequency == 130.0


def test_without_a_running_clock_it_is_that_of_the_strap(make: SimpleNamespace, counts: Counts) -> None:
    content = make.polar_logger(counts, header="Phone timestamp;a;b;ecg [uV]")
    assert read(content).sampling_frequency == 130.0


@pytest.mark.parametrize("name", ["Polar_H10_02849638_ECG.txt", "ecg-h10.txt", "POLAR.csv"])
def test_a_bare_column_with_its_name(make: SimpleNamespace, counts: Counts, name: str) -> None:
    record = read(make.polar_column(counts), name)
    assert (record.source, record.leads, record.sampling_frequency) == ("Polar", ("ECG",), 130.0)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert "its name is that of one" in record.notes[0]
    record = read(make.polar_column(counts), name, sampling_frequency=500)
    assert record.sampling_frequency == 500
    assert record.notes[-1] == "500 Hz was given and is taken; the file states 130 Hz"


@pytest.mark.parametrize("name", ["", "ecg.txt", "h100.txt", "ph10.csv"])
def test_a_bare_column_without_it_states_too_little(make: SimpleNamespace, counts: Counts, name: str) -> None:
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(make.polar_column(counts), name)
    record = read(make.polar_column(counts), name, sampling_frequency=130, unit="uV", lead="I")
    assert (record.source, record.leads) == ("table", ("I",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b";7692.3", b";-1"), None),
        ((b";0\n", b";x\n"), "no number"),
        ((b";0\n", b"\n"), "a row has 3 cells where others have 4"),
    ],
)
def test_damage(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str | None) -> None:
    content = make.polar_logger(counts).replace(*change)
    if reason is None:
        assert len(read(content).signal) == len(counts), "of two clocks that of the sensor counts"
    else:
        with pytest.raises(RecordFormatError, match=reason):
            read(content)


def test_another_rate_than_the_straps(make: SimpleNamespace, counts: Counts) -> None:
    header = "Phone timestamp;other;timestamp [ms];ecg [uV]"
    rows = "".join(f"x;0;{n * 2};1\n" for n in range(100))
    with pytest.raises(RecordFormatError, match="mean 500 Hz, and the strap has 130 Hz"):
        read(f"{header}\n{rows}".encode())


def test_a_file_that_ends_within_a_row(make: SimpleNamespace, counts: Counts) -> None:
    whole, cut = (read(content, lead="I") for content in (make.polar_logger(counts), make.polar_logger(counts)[:-9]))
    assert len(cut.signal) == len(whole.signal) - 1
    np.testing.assert_array_equal(cut.signal, whole.signal[:-1])
    assert "truncated: the file ends within a row, which is left out" in cut.notes


def test_decimal_commas_of_excel(make: SimpleNamespace, counts: Counts) -> None:
    rows = make.polar_logger(counts).decode().split("\n")
    cells = [row.split(";") for row in rows[1:] if row]
    again = "\n".join([rows[0], *(f"{a};{float(b):.5E};{c};{d}".replace(".", ",") for a, b, c, d in cells)])
    np.testing.assert_allclose(read(again.encode()).signal, read(make.polar_logger(counts)).signal)
