from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_the_rhythm_is_read_not_the_average_beat(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.schiller(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("Schiller XML", ("I", "II"), 500.0)
    assert (record.age, record.sex, record.start_time) == (60, "female", datetime(2020, 2, 3, 10, 11, 12))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ()


def test_the_step_counts(make: SimpleNamespace, counts: Counts) -> None:
    np.testing.assert_allclose(read(make.schiller(counts, step="2.5")).signal, counts * 0.0025, atol=1e-6)
    nanovolts = make.schiller(counts, step="5000").replace(b">UV<", b">NV<")
    np.testing.assert_allclose(read(nanovolts).signal, counts * 0.005, atol=1e-6)


def test_a_truncated_lead_is_noted(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.schiller(counts, promised=5000))
    assert record.notes[0] == "lead I is truncated: 1,000 of 5,000 samples are there"


def test_a_date_of_birth_with_dashes(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.schiller(counts).replace(b"19600201", b"1960-02-01").replace(b">FEMALE<", b">Female<"))
    assert (record.age, record.sex) == (60, "female")


def test_person_and_time_may_be_absent(make: SimpleNamespace, counts: Counts) -> None:
    content = make.schiller(counts).replace(b"19600201", b"").replace(b"FEMALE", b"").replace(b"20200203", b"2020")
    record = read(content)
    assert (record.age, record.sex, record.start_time) == (None, None, None)


def test_what_the_device_measured(make: SimpleNamespace, counts: Counts) -> None:
    stated = {"HR": "59", "PQ": "214", "QRS": "146", "QT": "-", "BP_S": "120", "AXIS_QRS": "-67"}
    rows = "".join(
        f"<annotation_global><name>{name}</name><value>{value}</value></annotation_global>"
        for name, value in stated.items()
    )
    content = make.schiller(counts)
    assert read(content).machine_measurements is None
    found = read(content.replace(b"</event>", rows.encode() + b"</event>")).machine_measurements
    assert found == MachineMeasurements(heart_rate=59, pr=214, qrs=146, axis=-67)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"</eventdata>", b"<eventdata>"), "damaged or incomplete"),
        ((b"ECG_RHYTHMS", b"ECG_AVERAGES"), "no rhythm recording"),
        ((b">UV<", b">steps<"), "no known unit"),
        ((b">5.0<", b">0<"), "no amplitude of a step"),
        ((b"<exponent>1<", b"<exponent>3<"), "exponent"),
        ((b"<value>500<", b"<value>1e9<"), "not that of an ECG"),
        ((b"COMMASEPARATE", b"BASE64"), "a way that is not known"),
        ((b"<data>0,", b"<data>Doe,"), "lead I are no numbers"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason) as caught:
        read(make.schiller(counts).replace(*change))
    assert "Doe" not in str(caught.value)
