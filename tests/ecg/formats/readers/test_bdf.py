from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def steps(counts: Counts) -> NDArray[np.int32]:
    """Of 5 nV."""
    return counts[:, 0].astype(np.int32) * 1000


def test_two_leads(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.bdf_example(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("BDF", ("I", "II"), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    assert (record.age, record.sex) == (None, None), "a person is in the header of BDF+ alone"
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_24_bits_are_kept(make: SimpleNamespace) -> None:
    random = np.random.default_rng(0)
    column = random.integers(-(2**23) + 1, 2**23 - 1, 1000).astype(np.int32)
    record = read(make.bdf([("ECG", "uV", column)]))
    np.testing.assert_allclose(record.signal[:, 0], column * 5e-6, rtol=1e-5, atol=1e-6)


def test_what_is_no_ecg_is_left_out(make: SimpleNamespace, counts: Counts) -> None:
    column = steps(counts)
    record = read(make.bdf([("Fp1", "uV", column), ("ECG II", "uV", column), ("Status", "Boolean", column)]))
    assert record.leads == ("II",)
    record = read(make.bdf([("EXG1", "uV", column), ("EXG2", "uV", column), ("Status", "Boolean", column)]))
    assert record.leads == ("EXG1", "EXG2"), "BioSemi's electrodes have no other names"


def test_the_lowest_value_is_a_missing_sample(make: SimpleNamespace, counts: Counts) -> None:
    column = steps(counts)
    column[100:150] = -(2**23)
    assert np.flatnonzero(np.isnan(read(make.bdf([("ECG", "uV", column)])).signal[:, 0])).tolist() == [*range(100, 150)]


def test_gaps_of_bdf_plus_d(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf([("ECG", "uV", steps(counts))], records=2, kind="BDF+D", onsets=(0, 3))
    record = read(content)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [*range(500, 1500)]
    assert record.notes == ("gaps of 2.00 s in all are marked as missing",)
    assert (record.age, record.sex) == (60, "female")
    assert "Doe" not in repr(record)


def test_a_truncated_file(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf([("ECG", "uV", steps(counts))], records=10)
    record = read(content[:-400])
    assert (len(record.signal), record.notes) == (800, ("truncated: 8 of 10 data records are there",))
    assert len(read(content.replace(b"10      0.2", b"-1      0.2")).signal) == 1000, (
        "as recorders write while they record"
    )


def test_an_unknown_date(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf_example(counts).replace(b"03.02.2010.11.12", b"01.01.8500.00.00")
    assert read(content).start_time == datetime(1985, 1, 1)
    assert read(content.replace(b"Startdate 03-FEB-2020", b"Startdate X          ")).start_time is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"1024    24BIT", b"1025    24BIT"), "header is damaged"),
        ((b"2       1.0", b"2       0.0"), "header is damaged"),
        ((b"2       1.0", b"2       nan"), "header is damaged"),
        ((b"-8388600", b"8388600 "), "no scale"),
        ((b"-41943  ", b"41943   "), "no scale"),
        ((b"uV      uV", b"mmHg    C "), "no signal of the file has a unit"),
        ((b"500     500     500", b"-5      500     500"), "header is damaged"),
        ((b"500     500     500", b"99999999500     500"), "no whole data record"),
        ((b"500     500     500", b"0       0       0  "), "no samples"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    content = make.bdf_example(counts)
    assert change[0] in content
    with pytest.raises(RecordFormatError, match=reason):
        read(content.replace(*change))
