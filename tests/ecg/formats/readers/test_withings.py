from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read, read_all
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.mark.parametrize("position", ["0", "1", "2", "3"])
def test_the_unit_follows_from_where_it_was_worn(make: SimpleNamespace, counts: Counts, position: str) -> None:
    record = read(make.withings(counts, position=position))
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert (record.source, record.leads, record.sampling_frequency) == ("Withings", ("I",), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    assert "taken as I" in record.notes[0]


def test_an_unknown_position_needs_a_unit(make: SimpleNamespace, counts: Counts) -> None:
    content = make.withings(counts, position="7")
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(content)
    np.testing.assert_allclose(read(content, unit="uV").signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    record = read(make.withings(counts // 4), unit="mV")
    assert record.notes[-1] == "the unit mV was given and is taken; the file states µV"
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] // 4 * 5, atol=1e-6)


def test_several_recordings(make: SimpleNamespace, counts: Counts) -> None:
    content = make.withings(counts, rows=3)
    with pytest.raises(
        RecordFormatError, match=r"3 recordings: 2020-02-03 10:11:12, .*recording='2020-02-03 10:11:12'"
    ):
        read(content)
    assert read(content, recording="2020-02-04 10:11:12").start_time == datetime(2020, 2, 4, 10, 11, 12)
    found = dict(read_all(content))
    assert list(found) == [f"2020-02-0{day} 10:11:12" for day in (3, 4, 5)]
    assert all(isinstance(record, Record) for record in found.values())


def test_recordings_of_one_time_are_numbered(make: SimpleNamespace, counts: Counts) -> None:
    content = make.withings(counts, rows=2).replace(b"2020-02-04", b"2020-02-03")
    assert [name for name, _ in read_all(content)] == ["row 1", "row 2"]


def test_what_is_no_ecg_is_left_out(make: SimpleNamespace, counts: Counts) -> None:
    content = make.withings(counts, rows=2).replace(b",ecg,", b",stethoscope,", 1)
    assert read(content).start_time == datetime(2020, 2, 4, 10, 11, 12)
    header = content.partition(b"\n")[0] + b"\n"
    with pytest.raises(RecordFormatError, match="holds no ECG"):
        read(header)


def test_the_answer_of_the_interface(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.withings_answer(counts))
    assert (record.source, record.sampling_frequency) == ("Withings", 500.0)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    without = make.withings_answer(counts).replace(b', "wearposition": 1', b"")
    np.testing.assert_allclose(read(without).signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b",500,", b",250,"), "has 2 s at 250 Hz but holds 1,000 samples"),
        ((b",500,", b",,"), "does not state its sampling frequency"),
        ((b'"[', b'"[x,'), "is no number"),
        ((b'"[0,', b'"[1.234.5,'), "is no number"),
    ],
)
def test_damage(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make.withings(counts).replace(*change))


def test_a_duration_that_contradicts_the_frequency_matters_no_more_where_the_user_gives_it(
    make: SimpleNamespace, counts: Counts
) -> None:
    content = make.withings(counts, frequency="50")
    with pytest.raises(RecordFormatError, match="2 s at 50 Hz"):
        read(content)
    assert read(content, sampling_frequency=500).sampling_frequency == 500
