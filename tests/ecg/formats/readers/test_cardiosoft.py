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


def test_the_strip_is_read(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.cardiosoft(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("CardioSoft XML", ("I", "II"), 500.0)
    assert (record.age, record.sex) == (60, "female")
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert "Doe" not in repr(record)


def test_the_resolution_counts(make: SimpleNamespace, counts: Counts) -> None:
    np.testing.assert_allclose(read(make.cardiosoft(counts, resolution="2.5")).signal, counts * 0.0025, atol=1e-6)
    millivolts = make.cardiosoft(counts, resolution="0.005").replace(b"uVperLsb", b"mVperLsb")
    np.testing.assert_allclose(read(millivolts).signal, counts * 0.005, atol=1e-6)


def test_what_the_device_measured(make: SimpleNamespace, counts: Counts) -> None:
    rows = (
        '<VentricularRate units="BPM">50</VentricularRate><PQInterval units="ms">174</PQInterval>'
        '<QRSDuration units="ms">92</QRSDuration><QTInterval units="s">440</QTInterval>'
        '<QTCInterval units="ms">401</QTCInterval><RRInterval units="ms"></RRInterval><RAxis units="degrees">55</RAxis>'
    )
    content = make.cardiosoft(counts)
    assert read(content).machine_measurements is None
    stated = f"<RestingECGMeasurements>{rows}</RestingECGMeasurements></CardiologyXML>".encode()
    found = read(content.replace(b"</CardiologyXML>", stated)).machine_measurements
    assert found == MachineMeasurements(heart_rate=50, pr=174, qrs=92, axis=55)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"<StripData>", b"<Other>"), "damaged or incomplete"),
        ((b"StripData>", b"Other>"), "holds no StripData"),
        ((b"uVperLsb", b"perLsb"), "does not state its unit"),
        ((b">5</Resolution>", b">0</Resolution>"), "no amplitude of a step"),
        ((b">500</SampleRate>", b">fast</SampleRate>"), "does not state its sampling frequency"),
        ((b'units="Hz">500', b'units="rpm">500'), "does not state its sampling frequency"),
        ((b"0,0,0", b"0,x,0"), "lead I are no numbers"),
        ((b"0,0,0", b"0,&b;0,0"), "damaged or incomplete"),
        ((b"</CardiologyXML>", b""), "damaged or incomplete"),
        ((b"ISO-8859-1", b"klingon"), "damaged or incomplete"),
        ((b"0,0,0", b"<a>" * 40 + b"0,0,0"), "nested deeper"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make.cardiosoft(counts).replace(*change))


def test_a_strip_that_is_shorter_than_promised(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.cardiosoft(counts).replace(b"SampleCountTotal>1000", b"SampleCountTotal>5000"))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes[0] == "lead I is truncated: 1,000 of 5,000 samples are there"


@pytest.mark.parametrize(
    ("written", "age"),
    [
        (b'<Age units="MONTHS">18</Age>', 1.5),
        (b"<BirthDateTime><Day>4</Day><Month>2</Month><Year>1960</Year></BirthDateTime>", 59),
        (b'<Age units=""></Age>', None),
    ],
)
def test_ages(make: SimpleNamespace, counts: Counts, written: bytes, age: float | None) -> None:
    record = read(make.cardiosoft(counts).replace(b'<Age units="YEARS">60</Age>', written).replace(b"FEMALE", b"F"))
    assert (record.age, record.sex) == (age, "female")


def test_entities(make: SimpleNamespace, counts: Counts) -> None:
    for doctype in ('<!DOCTYPE a [<!ENTITY b "1">]>', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'):
        with pytest.raises(RecordFormatError, match="uses entities"):
            read(make.cardiosoft(counts, doctype=doctype))
    outside = '<!DOCTYPE a SYSTEM "cardiology.dtd">'
    assert len(read(make.cardiosoft(counts, doctype=outside)).signal) == len(counts)
    with pytest.raises(RecordFormatError, match="uses entities"):
        read(make.cardiosoft(counts, doctype=outside).replace(b"0,0,0", b"0,&b;0,0"))


def test_whole_leads_only(make: SimpleNamespace, counts: Counts) -> None:
    whole = read(make.cardiosoft(counts)).signal
    shorter = make.cardiosoft(counts[:400])
    np.testing.assert_array_equal(read(shorter).signal, whole[:400])
