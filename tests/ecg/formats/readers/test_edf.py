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
    assert (record.age, record.sex) == (60, "female")
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


@pytest.mark.parametrize("kind", ["BDF+D", "BDF+d"])
def test_gaps_of_bdf_plus_d(make: SimpleNamespace, counts: Counts, kind: str) -> None:
    content = make.bdf([("ECG", "uV", steps(counts))], records=2, kind=kind, onsets=(0, 3))
    record = read(content)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [*range(500, 1500)]
    assert record.notes == ("gaps of 2.00 s in all are marked as missing",)
    assert (record.age, record.sex) == (60, "female")
    assert "Doe" not in repr(record)


def test_a_unit_that_is_longer_than_its_field(make: SimpleNamespace, counts: Counts) -> None:
    for unit, millivolts in (("Microvol", 0.001), ("millivol", 1.0)):
        record = read(make.edf([("I", unit, counts[:, 0])], limits=("-163.84", "163.835")))
        np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005 * millivolts, atol=1e-6)


def test_a_truncated_file(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf([("ECG", "uV", steps(counts))], records=10)
    record = read(content[:-400])
    assert (len(record.signal), record.notes) == (800, ("truncated: 8 of 10 data records are there",))
    assert len(read(content.replace(b"10      0.2", b"-1      0.2")).signal) == 1000, (
        "as recorders write while they record"
    )


def test_a_file_of_more_data_records_than_it_promises(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf([("ECG", "uV", steps(counts))], records=10)
    record = read(content.replace(b"10      0.2", b"7       0.2"))
    note = "the file holds 3 data records more than its header promises: left out"
    assert (len(record.signal), record.notes) == (700, (note,))


@pytest.mark.parametrize(
    ("day", "recording", "start"),
    [
        (b"03/02/2010:11:12", b"Startdate X          ", datetime(2020, 2, 3, 10, 11, 12)),
        (b"03.02.2010.11.12", b"Startdate 03-FEB-2020", datetime(2020, 2, 3, 10, 11, 12)),
        (b"03.02.9910.11.12", b"Startdate 03-FEB-2099", datetime(2099, 2, 3, 10, 11, 12)),
        (b"03.02.8610.11.12", b"Startdate X          ", datetime(1986, 2, 3, 10, 11, 12)),
        (b"03.02.yy10.11.12", b"Startdate 03-FEB-2086", datetime(2086, 2, 3, 10, 11, 12)),
        (b"03.02.yy10.11.12", b"Startdate X          ", None),
        (b" 3. 2.2010.11. 2", b"Startdate X          ", datetime(2020, 2, 3, 10, 11, 2)),
        (b"3.2.202010.11.12", b"Startdate X          ", datetime(2020, 2, 3, 10, 11, 12)),
        (b"01.01.8500.00.00", b"Startdate X          ", None),
        (b"01.01.8510.11.12", b"Startdate X          ", None),
        (b"01.01.8500.00.00", b"                     ", None),
        (b"01.01.0000.00.00", b"Startdate X          ", None),
        (b"00.00.0000.00.00", b"Startdate X          ", None),
    ],
)
def test_dates_and_codes_for_unknown_ones(
    make: SimpleNamespace, counts: Counts, day: bytes, recording: bytes, start: datetime | None
) -> None:
    content = make.bdf_example(counts).replace(b"03.02.2010.11.12", day).replace(b"Startdate 03-FEB-2020", recording)
    assert read(content).start_time == start


def test_without_a_duration_the_user_states_the_sampling_frequency(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf_example(counts).replace(b"2       1.0", b"2       0  ")
    record = read(content, sampling_frequency=500)
    assert record.sampling_frequency == 500
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"2       1.0", b"2       0.0"), "does not state its sampling frequency"),
        ((b"2       1.0", b"2       nan"), "header is damaged"),
        ((b"-8388600", b"8388600 "), "no scale"),
        ((b"-41943  ", b"41943   "), "no scale"),
        ((b"uV      uV", b"mmHg    C "), "no known unit"),
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


def test_a_header_of_another_length_than_it_states_is_a_note(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.bdf_example(counts).replace(b"1024    24BIT", b"1025    24BIT"))
    assert record.notes[0] == "the header states another length of its own; 1,024 bytes are that of 3 signals"
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize("version", [b"0\xa0\xa0\xa0\xa0\xa0\xa0\xa0", b"1       ", bytes(8), b"\xff\xfe      "])
def test_a_damaged_version_is_named(make: SimpleNamespace, counts: Counts, version: bytes) -> None:
    content = make.edf([("I", "mV", counts[:, 0])])
    with pytest.raises(RecordFormatError, match="layout of EDF, but its first eight bytes"):
        read(version + content[8:])


def edf_of(make: SimpleNamespace, column: Counts, lowest: int = -32768, label: str = "ECG I") -> bytes:
    """One signal in steps of 5 µV, with a digital minimum of its own."""
    limits = (f"{lowest * 0.005:g}"[:8], "163.835")
    content: bytes = make.edf([(label, "mV", column)], limits=limits)
    return content.replace(b"-32768  32767   ", f"{lowest:<8}32767   ".encode())


@pytest.mark.parametrize("lowest", [-32768, -2048, -4096, -32767])
@pytest.mark.parametrize("code", ["digital minimum", "lowest of the type"])
@pytest.mark.parametrize("where", [slice(900, 1000), slice(0, 7), slice(400, 401), slice(100, 900)])
def test_placeholders_are_missing(make: SimpleNamespace, counts: Counts, lowest: int, code: str, where: slice) -> None:
    column = counts[:, 0].copy()
    column[where] = lowest if code == "digital minimum" else -32768
    signal = read(edf_of(make, column, lowest)).signal[:, 0]
    assert np.flatnonzero(np.isnan(signal)).tolist() == [*range(1000)[where]]
    np.testing.assert_allclose(np.delete(signal, range(1000)[where]), np.delete(counts[:, 0], where) * 0.005, atol=1e-3)


def test_a_code_below_the_digital_minimum(make: SimpleNamespace, counts: Counts) -> None:
    """Where converters of 12 bits without a sign write -1; what goes a little beyond the range is no code."""
    column = counts[:, 0] + 2048
    column[500:600] = -1
    record = read(edf_of(make, column, 0).replace(b"32767   ", b"4095    "))
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [*range(500, 600)]
    clipped = np.maximum(counts[:, 0] - counts[:, 0] // 2 * 3, -90).astype(np.int16)
    assert not np.isnan(read(edf_of(make, clipped, -80)).signal).any()


def test_a_minimum_that_the_ecg_reaches_is_no_placeholder(make: SimpleNamespace, counts: Counts) -> None:
    """Some writers take the lowest sample for the digital minimum, and amplifiers clip."""
    column = counts[:, 0] - counts[:, 0] // 2 * 3
    clipped = np.maximum(column, -60).astype(np.int16)
    for samples, lowest in ((column, int(column.min())), (clipped, -60)):
        signal = read(edf_of(make, samples, lowest)).signal[:, 0]
        assert not np.isnan(signal).any()
        np.testing.assert_allclose(signal, samples * 0.005, atol=1e-3)


@pytest.mark.parametrize(
    ("field", "wrong"), [(b"-163.84 ", b"-?      "), (b"163.835 ", b"1.6.3   "), (b"32767   ", b"        ")]
)
def test_a_fault_of_another_signal_does_not_matter(
    make: SimpleNamespace, counts: Counts, field: bytes, wrong: bytes
) -> None:
    content = make.edf([("ECG I", "mV", counts[:, 0]), ("EMG chin", "uV", counts[:, 1])])
    at = content.rindex(field, 0, 768)
    record = read(content[:at] + wrong + content[at + 8 :])
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert record.notes == ("left out what is no ECG: EMG chin (uV)",)
    at = content.index(field)
    with pytest.raises(RecordFormatError, match="no scale of signal ECG I, and it is not guessed"):
        read(content[:at] + wrong + content[at + 8 :])


def test_one_faulty_lead_of_two_is_left_out_where_the_other_is_wanted(make: SimpleNamespace, counts: Counts) -> None:
    content = make.edf([("I", "mV", counts[:, 0]), ("II", "mV", counts[:, 1])])
    at = content.rindex(b"-163.84 ", 0, 768)
    content = content[:at] + b"-?      " + content[at + 8 :]
    with pytest.raises(RecordFormatError, match="no scale of signal II"):
        read(content)
    record = read(content, lead="I")
    assert (record.leads, record.notes) == (
        ("I",),
        ("left out II: the header states no scale of signal II, and it is not guessed",),
    )


@pytest.mark.parametrize(
    ("patient", "sex", "age"),
    [
        (b"X F X X", "female", None),
        (b"X M 01-FEB-1960 Doe_Jane", "male", 60.0),
        (b"MCH-0234567 f 01-feb-1960 X", "female", 60.0),
        (b"X X X X", None, None),
        (b"Jane Doe F 1960", None, None),
        (b"F 52", "female", 52.0),
        (b"Female 52 yrs", "female", 52.0),
        (b"M, 45 Y", "male", 45.0),
        (b"M 60y", "male", 60.0),
        (b"sex: F age: 52", "female", 52.0),
        (b"12345 M 01.02.1960 Doe", "male", 60.0),
        (b"12345 F 1960-02-01 Doe", "female", 60.0),
        (b"X M 1-FEB-1960 X", "male", 60.0),
    ],
)
def test_the_person_of_edf_without_the_plus(
    make: SimpleNamespace, counts: Counts, patient: bytes, sex: str | None, age: float | None
) -> None:
    content = make.edf([("I", "mV", counts[:, 0])])
    record = read(content[:8] + patient.ljust(80) + content[88:])
    assert (record.sex, record.age) == (sex, age)
    assert "Doe" not in repr(record)


def test_placeholders_at_both_ends_of_the_range(make: SimpleNamespace, counts: Counts) -> None:
    for code in (-32768, 32767):
        off = counts.copy()
        off[100:200, 0] = code
        record = read(make.edf([("ECG I", "mV", off[:, 0])]))
        assert np.isnan(record.signal).sum() == 100


@pytest.mark.parametrize(
    ("patient", "sex", "age"),
    [
        ("X F 02-MAY-1951 X", "female", 68),
        ("X Female 02-may-1951 X", "female", 68),
        ("M 02-MAY-1951 X", "male", 68),
        ("X F 01-JAN-1900 X", "female", None),
        ("X X X X", None, None),
    ],
)
def test_the_person(make: SimpleNamespace, counts: Counts, patient: str, sex: str | None, age: float | None) -> None:
    content = make.edf([("ECG I", "mV", counts[:, 0])]).replace(b"X X X X".ljust(80), patient.ljust(80).encode(), 1)
    record = read(content)
    assert (record.sex, record.age) == (sex, age)


@pytest.mark.parametrize("day", ["01.01.00", "01.01.01", "01.01.70", "01.01.80", "01.01.85", "00.00.00"])
def test_days_that_stand_for_an_unknown_one(make: SimpleNamespace, counts: Counts, day: str) -> None:
    content = make.edf([("ECG I", "mV", counts[:, 0])]).replace(b"01.02.2010.11.12", f"{day}00.00.00".encode())
    assert read(content).start_time is None


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_header_that_was_filled_up(make: SimpleNamespace, counts: Counts, is_filled: bool) -> None:
    content = make.edf([("I", "mV", counts[:, 0])])
    filled = content[:184] + b"1024    " + content[192:512] + b" " * 512 * is_filled + content[512:]
    record = read(filled)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert len(record.notes) == (not is_filled)


def test_limits_the_other_way_round(make: SimpleNamespace, counts: Counts) -> None:
    content = make.edf([("I", "mV", counts[:, 0])], limits=("163.835", "-163.84"))
    both = content.replace(b"-32768  32767   ", b"32767   -32768  ")
    np.testing.assert_allclose(read(both).signal[:, 0], counts[:, 0] * 0.005, atol=1e-4)


def test_a_version_with_its_spaces_before_it(make: SimpleNamespace, counts: Counts) -> None:
    content = make.edf([("I", "mV", counts[:, 0])])
    assert read(b"       0" + content[8:]).leads == ("I",)


def test_numbers_with_commas_and_a_version_filled_up_with_zeros(make: SimpleNamespace, counts: Counts) -> None:
    content = make.edf([("ECG I", "mV", counts[:, 0])])
    expected = read(content).signal
    commas = content.replace(b"-163.84", b"-163,84").replace(b"163.835", b"163,835")
    np.testing.assert_array_equal(read(commas).signal, expected)
    np.testing.assert_array_equal(read(b"0" + bytes(7) + content[8:]).signal, expected)


def test_of_biosemi_the_further_electrodes_are_the_ecg(make: SimpleNamespace, counts: Counts) -> None:
    steps = counts[:, 0].astype(np.int32) * 1000
    assert read(make.bdf([("A1", "uV", steps), ("EXG1", "uV", steps)])).leads == ("EXG1",)


@pytest.mark.parametrize(
    ("label", "lead"),
    [
        ("ECG II mV", "II"),
        ("I_V", "I"),
        ("V5 (uV)", "V5"),
        ("ECG aVF [\u00b5V]", "aVF"),
        ("ECG V", "ECG V"),
        ("EKG I-Ref", "I"),
        ("ECG V1-WCT", "V1"),
    ],
)
def test_units_and_references_after_the_name_of_a_lead(
    make: SimpleNamespace, counts: Counts, label: str, lead: str
) -> None:
    content = make.edf([("#" * 16, "mV", counts[:, 0])]).replace(b"#" * 16, label.encode("latin-1").ljust(16))
    assert read(content).leads == (lead,)


def test_samples_far_beyond_the_range_of_the_header(make: SimpleNamespace, counts: Counts) -> None:
    column = counts[:, 0].copy()
    column[700] = 9000
    record = read(edf_of(make, column, -2048).replace(b"32767   ", b"2047    "))
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [700]
    assert record.notes == ("samples of ECG I far beyond the range in the header are marked as missing",)
    record = read(edf_of(make, counts[:, 0] * 45, -2048).replace(b"32767   ", b"2047    "))
    assert not np.isnan(record.signal).any(), "the header is wrong, not the samples"


def test_a_flat_line_at_the_digital_minimum_may_be_zero(make: SimpleNamespace) -> None:
    content = make.edf([("ECG I", "mV", np.full(1000, -32768, dtype=np.int16))], limits=("0", "10"))
    np.testing.assert_array_equal(read(content).signal, np.zeros((1000, 1)))
    with pytest.raises(RecordFormatError, match="marked as missing"):
        read(make.edf([("ECG I", "mV", np.full(1000, -32768, dtype=np.int16))]))


def test_a_file_that_was_never_closed_may_count_no_records(make: SimpleNamespace, counts: Counts) -> None:
    content = make.bdf_example(counts)
    whole = read(content.replace(b"24BIT".ljust(44) + b"2  ", b"24BIT".ljust(44) + b"2.0"))
    np.testing.assert_allclose(whole.signal, counts * 0.005, atol=1e-6)
    record = read(content.replace(b"24BIT".ljust(44) + b"2 ", b"24BIT".ljust(44) + b"0 "))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert "the recorder did not close the file: its 2 whole data records are read" in record.notes
