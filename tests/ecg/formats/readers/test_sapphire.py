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


def test_the_rhythm_is_read_not_the_median_beat(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.sapphire(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("GE sapphire XML", ("I", "II"), 500.0)
    assert (record.age, record.sex, record.start_time) == (60, "female", datetime(2020, 2, 3, 10, 11, 12))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ()


def test_other_depths_and_namespaces(make: SimpleNamespace, counts: Counts) -> None:
    """Later schemas have the same recording elsewhere, and some write every element with a prefix."""
    content = (
        make.sapphire(counts).replace(b"sapphire:dcar_1", b"sapphire:sapphire_3").replace(b"dcarRecord", b"xmlData")
    )
    np.testing.assert_array_equal(read(content).signal, read(make.sapphire(counts)).signal)
    prefixed = content.replace(b"<", b"<ge:").replace(b"<ge:/", b"</ge:").replace(b"<ge:?", b"<?")
    prefixed = prefixed.replace(b"xmlns=", b"xmlns:ge=")
    np.testing.assert_array_equal(read(prefixed).signal, read(make.sapphire(counts)).signal)


def test_the_step_counts(make: SimpleNamespace, counts: Counts) -> None:
    np.testing.assert_allclose(read(make.sapphire(counts, step="4.88")).signal, counts * 0.00488, atol=1e-6)
    millivolts = make.sapphire(counts, step="0.005").replace(b'U="uV" S="0.005"', b'U="mV" S="0.005"')
    np.testing.assert_allclose(read(millivolts).signal, counts * 0.005, atol=1e-6)


def test_the_code_for_missing_samples(make: SimpleNamespace, counts: Counts) -> None:
    gone = counts.copy()
    gone[100:150, 1] = -32768
    record = read(make.sapphire(gone))
    assert np.isnan(record.signal).sum(axis=0).tolist() == [0, 50]
    gone[gone == -32768] = 9999
    other = make.sapphire(gone).replace(b'INV="-32768"', b'INV="9999"')
    np.testing.assert_array_equal(read(other).signal, record.signal)


def test_an_age_in_years(make: SimpleNamespace, counts: Counts) -> None:
    born = b'<birthDateTime V="1960-02-01"/>'
    assert read(make.sapphire(counts).replace(born, b'<age V="57" U="yr"/>')).age == 57
    assert read(make.sapphire(counts).replace(born, b'<age V="18" U="mo"/>')).age == 1.5
    assert read(make.sapphire(counts).replace(born, b'<age V="57" U="a"/>')).age == 57
    for unit in (b"h", b"hr", b"HOURS"):
        infant = read(make.sapphire(counts).replace(born, b'<age V="48" U="%s"/>' % unit))
        assert infant.age == pytest.approx(2 / 365.25)
    assert read(make.sapphire(counts).replace(b"FEMALE", b"U")).sex is None


def test_what_the_device_measured(make: SimpleNamespace, counts: Counts) -> None:
    rows = (
        '<ventricularRate V="99" U="{beat}/min" INV="-32768"/><QRS_Duration V="62" U="ms" INV="-32768"/>'
        '<QT_Interval V="-32768" U="ms" INV="-32768"/><PR_Interval V="0.144" U="s"/><R_Axis V="58" U="deg"/>'
    )
    content = make.sapphire(counts)
    assert read(content).machine_measurements is None
    found = read(content.replace(b"<wav>", f"<var>{rows}</var><wav>".encode())).machine_measurements
    assert found == MachineMeasurements(heart_rate=99, qrs=62, axis=58)


def test_a_truncated_lead_is_noted(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.sapphire(counts, promised=5000))
    assert record.notes[0] == "lead I is truncated: 1,000 of 5,000 samples are there"


def test_the_first_of_several_recordings(make: SimpleNamespace, counts: Counts) -> None:
    content = make.sapphire(counts)
    start, end = content.index(b"<ecg><var>"), content.index(b"</params>")
    record = read(content[:end] + content[start:end] + content[end:])
    assert record.leads == ("I", "II")
    assert record.notes == ("the first of 2 recordings of the file is read",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"<wav>", b"<wave>"), "damaged or incomplete"),
        ((b"wav>", b"wave>"), "no rhythm recording"),
        ((b'U="uV" S="5"', b'U="" S="5"'), "does not state its unit"),
        ((b'S="5"', b'S="-5"'), "no amplitude of a step"),
        ((b'V="500" U="Hz"', b'V="500" U="rpm"'), "does not state its sampling frequency"),
        ((b'V="500" U="Hz"', b'V="0" U="Hz"'), "not that of an ECG"),
        ((b'V="500" U="Hz"', b'V="fast" U="Hz"'), "sampling frequency"),
        ((b'VT="xs:short" V="0', b'VT="xs:short" V="Doe'), "lead I are no numbers"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason) as caught:
        read(make.sapphire(counts).replace(*change))
    assert "Doe" not in str(caught.value)
