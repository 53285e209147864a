from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
STEP = 3 / 1000 / 2**16 * 1000


def test_the_ecg_sensors_are_read(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.opensignals(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("OpenSignals", ("ECG CH1", "ECG CH3"), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=STEP)
    assert record.notes == ("amplitudes by the sensor's data sheet: 3 V and a gain of 1000",)
    assert read(make.opensignals(counts), lead="I+II").leads == ("I", "II")


def test_bitalino(make: SimpleNamespace, counts: Counts) -> None:
    """Ten bits, at the place of the column among all columns."""
    content = make.opensignals(
        counts[:, :1], device="bitalino_rev", sensor=["ECGBITREV"], column=["nSeq", "I1", "O1", "O2", "A1"],
        label=["A1"], resolution=[4, 1, 1, 1, 16],
    )  # fmt: skip
    record = read(content, lead="II")
    assert record.leads == ("II",)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=STEP)
    assert record.notes == ("amplitudes by the sensor's data sheet: 3.3 V and a gain of 1100",)


def test_the_unit_that_is_given_is_that_of_what_is_stored(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.opensignals(counts), unit="uV")
    assert not any("data sheet" in note for note in record.notes)
    by_sensor = read(make.opensignals(counts))
    assert np.ptp(record.signal[:, 0]) == pytest.approx(np.ptp(by_sensor.signal[:, 0]) * 65.536 / 3)


def test_lost_samples_by_the_counter(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.opensignals(counts, lost=(100, 101, 500)))
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [100, 101, 500]
    assert record.notes[1] == "2 gaps (0.01 s in all) are marked as missing"
    kept = ~np.isnan(record.signal[:, 0])
    np.testing.assert_allclose(record.signal[kept], counts[kept] * 0.005, atol=STEP)


def test_a_column_that_does_not_count_is_passed_over(make: SimpleNamespace, counts: Counts) -> None:
    content = make.opensignals(counts, column=["flag", "DI", "CH1", "CH2", "CH3"], lost=(100,))
    assert len(read(content).signal) == 999


def test_values_that_are_converted_already(make: SimpleNamespace, counts: Counts) -> None:
    content = make.opensignals(counts, convertedValues=1)
    head, _, _ = content.partition(b"EndOfHeader\n")
    rows = "".join(f"{n % 16}\t0\t{a * 0.005:.6f}\t0\t{b * 0.005:.6f}\t\n" for n, (a, b) in enumerate(counts.tolist()))
    record = read(head + b"EndOfHeader\n" + rows.encode())
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sensor": ["EMG", "EDA", "RAW"]}, "no column is of an ECG sensor; the header names EMG, EDA, RAW"),
        ({"device": "unknown box"}, "scale of the device 'unknown box' is not known"),
        ({"resolution": []}, "no bits"),
        ({"resolution": [0, 0, 0]}, "no bits"),
        ({"resolution": [1e9, 16, 16]}, "no bits"),
        ({"sampling rate": 0}, "not that of an ECG"),
        ({"sampling rate": None}, "does not state its sampling frequency"),
        ({"column": ["CH1"], "label": []}, "fewer columns than sensors"),
        ({"column": ["nSeq", "CH1", "CH2", "CH3"]}, "names 4 columns; a row has 6 cells"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, changed: dict[str, object], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make.opensignals(counts, **changed))


@pytest.mark.parametrize("change", [(b"EndOfHeader", b"EndOf"), (b'{"00:', b"{00:"), (b'"ECG"', b'"ECG')])
def test_damaged_headers(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes]) -> None:
    with pytest.raises(RecordFormatError, match="header is damaged or incomplete"):
        read(make.opensignals(counts).replace(*change))


def test_a_file_that_ends_within_a_row(make: SimpleNamespace, counts: Counts) -> None:
    whole, cut = (read(content, lead="I+II") for content in (make.opensignals(counts), make.opensignals(counts)[:-9]))
    assert len(cut.signal) == len(whole.signal) - 1
    np.testing.assert_array_equal(cut.signal, whole.signal[:-1])
    assert "truncated: the file ends within a row, which is left out" in cut.notes
