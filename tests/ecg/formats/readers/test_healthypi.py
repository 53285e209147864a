from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
NAME = "ecg_recording_1580724672_20200203_101112.csv"


@pytest.mark.parametrize("clock", [True, False], ids=["seconds", "dates"])
def test_studio(make: SimpleNamespace, counts: Counts, clock: bool) -> None:
    record = read(make.healthypi(counts, clock=clock))
    assert (record.source, record.leads, record.sampling_frequency) == ("HealthyPi", ("I", "II"), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert "Doe" not in repr(record)


def test_a_rate_without_times(make: SimpleNamespace, counts: Counts) -> None:
    rows = make.healthypi(counts).replace(b"Time (s),", b"").split(b"\n")
    content = b"\n".join(row.partition(b",")[2] if row[:2] in (b"0.", b"1.") else row for row in rows)
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content)
    assert read(content, sampling_frequency=250).sampling_frequency == 250
    stated = content.replace(b"#\n", b"# Sampling Rate: 250.0 Hz\n#\n", 1)
    assert read(stated).sampling_frequency == 250


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_encodings_and_an_end_within_a_row(make: SimpleNamespace, counts: Counts, encoding: str) -> None:
    content = make.healthypi(counts).partition(b"#\n# Markers")[0][:-7]
    record = read(content.decode().encode(encoding))
    assert (len(record.signal), record.source) == (len(counts) - 1, "HealthyPi")
    assert "truncated" in record.notes[0]


def test_gaps_and_empty_cells(make: SimpleNamespace, counts: Counts) -> None:
    lines = make.healthypi(counts).split(b"\n")
    first = next(number for number, line in enumerate(lines) if line.startswith(b"0.0000"))
    lines[first + 3] = b"0.0060,,0.0000,1200"
    del lines[first + 100 : first + 150]
    record = read(b"\n".join(lines))
    assert np.isnan(record.signal).sum(axis=0).tolist() == [51, 50]
    assert record.notes == ("1 gaps (0.10 s in all) are marked as missing",)


def test_move_with_the_name_of_its_app(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.healthypi_move(counts), NAME)
    assert (record.source, record.leads, record.sampling_frequency) == ("HealthyPi", ("ECG",), 128.0)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=0.0051)
    assert "128 Hz is that of HealthyPi Move" in record.notes[0]


def test_move_without_it_gets_a_message_with_a_way_out(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="--sampling-frequency 128"):
        read(make.healthypi_move(counts))
    record = read(make.healthypi_move(counts), sampling_frequency=128, lead="I")
    assert (record.leads, record.sampling_frequency, record.notes) == (("I",), 128.0, ())
    record = read(make.healthypi_move(counts), NAME, sampling_frequency=100)
    assert (record.sampling_frequency, record.notes) == (
        100,
        ("100 Hz was given and is taken; the file states 128 Hz",),
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"(mV)", b"(counts)"), "no column has a unit of voltage"),
        ((b"\n0.0020,", b"\n0.0000,"), "do not rise"),
        ((b",0.0000,", b",Doe,"), "no number"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason) as caught:
        read(make.healthypi(counts).replace(*change))
    assert "Doe" not in str(caught.value)


def test_an_export_without_rows(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="no row of names"):
        read(b"# HealthyPi Studio Export\n# Device: x\n")
    with pytest.raises(RecordFormatError, match=r"too few|no samples"):
        read(make.healthypi(counts[:0]))
