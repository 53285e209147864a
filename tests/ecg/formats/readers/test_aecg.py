"""HL7 aECG: codes of leads, times, sets and series, scales, persons, and parts that no recording needs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
TIME = b'<increment value="0.002" unit="s"/>'
NEXT_SET = b"</sequenceSet></component><component><sequenceSet>"
NEXT_SERIES = (
    b"</sequenceSet></component></series></component><component><series><code code='RHYTHM'/><component><sequenceSet>"
)
PERSON = (
    "<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject><subjectDemographicPerson>"
    '<administrativeGenderCode code="{sex}"/><birthTime value="{born}"/></subjectDemographicPerson></trialSubject>'
    "</subject></subjectAssignment></componentOf></timepointEvent></componentOf>"
)
AGE = (
    '<controlVariable><relatedObservation><code code="21612-7"/><value value="{}" unit="{}"/></relatedObservation>'
    "</controlVariable>"
)
BROKEN = b"<component><sequence><code code='MDC_ECG_LEAD_I'/><value><digits>x</digits></value></sequence></component>"


def with_facts(content: bytes, facts: str) -> bytes:
    return content.replace(b"<component><series>", f"{facts}<component><series>".encode(), 1)


def renamed(content: bytes, first: str, second: str) -> bytes:
    return content.replace(b"MDC_ECG_LEAD_II", second.encode()).replace(b'"MDC_ECG_LEAD_I"', f'"{first}"'.encode())


def set_of(content: bytes) -> bytes:
    return content.partition(b"<sequenceSet>")[2].partition(b"</sequenceSet>")[0]


# --- leads ---


@pytest.mark.parametrize(
    "code",
    ["{}", "Lead {}", "MDC_ECG_{}", "ECG_LEAD_{}", "Ableitung {}", "MDC_ECG_ELEC_POTL_{}", "MDC_ECG_LEAD_{}^MDC^"],
)
def test_codes_of_leads_in_other_forms(make: SimpleNamespace, counts: Counts, code: str) -> None:
    record = read(renamed(make.aecg(counts), code.format("I"), code.format("II")))
    assert record.leads == ("I", "II")
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize(
    ("codes", "leads"),
    [
        (("2:1", "2:61"), ("I", "III")),
        (("5.6.3-9-64", "5.6.3-9-8"), ("aVF", "V6")),
        (("131329^MDC", "131334"), ("I", "V4")),
        (("MDC_ECG_LEAD_AVRneg", "MDC_ECG_LEAD_V3R"), ("-aVR", "V3R")),
        (("MDC_ECG_LEAD_X", "MDC_ECG_LEAD_Y"), ("X", "Y")),
        (('x" displayName="Lead II', 'y" displayName="Ableitung I'), ("II", "I")),
    ],
)
def test_leads_by_number_and_by_other_names(
    make: SimpleNamespace, counts: Counts, codes: tuple[str, str], leads: tuple[str, str]
) -> None:
    assert read(renamed(make.aecg(counts), *codes)).leads == leads


def test_leads_without_samples_are_left_out(make: SimpleNamespace, counts: Counts) -> None:
    digits = " ".join(map(str, counts[:, 1])).encode()
    content = make.aecg(counts)
    assert digits in content
    record = read(content.replace(digits, b" "))
    assert (record.leads, record.notes) == (("I",), ("left out leads without samples: II",))
    with pytest.raises(RecordFormatError):
        read(content.replace(digits, b"").replace(" ".join(map(str, counts[:, 0])).encode(), b""))


def test_a_damaged_lead_that_is_no_ecg(make: SimpleNamespace, counts: Counts) -> None:
    content = make.aecg(counts).replace(b"MDC_ECG_LEAD_II", b"MDC_ECG_LEAD_AUX")
    content = b" x</digits>".join(content.rsplit(b"</digits>", 1))
    record = read(content)
    assert (record.leads, record.notes) == (("I",), ("left out what is no ECG: AUX (uV)",))
    with pytest.raises(RecordFormatError, match="the samples of lead II are no numbers"):
        read(content.replace(b"MDC_ECG_LEAD_AUX", b"MDC_ECG_LEAD_II"))


# --- sets and series ---


@pytest.mark.parametrize("between", [NEXT_SET, NEXT_SERIES])
@pytest.mark.parametrize("seconds", [0, 2])
def test_leads_in_several_sets(make: SimpleNamespace, counts: Counts, between: bytes, seconds: int) -> None:
    """Leads that were recorded together, or one after the other."""
    other = renamed(make.aecg(counts), "MDC_ECG_LEAD_V1", "MDC_ECG_LEAD_V2")
    other = other.replace(b"20200203101112", b"202002031011%d.000" % (12 + seconds))
    end = b"</sequenceSet></component></series>"
    record = read(make.aecg(counts).replace(end, between + set_of(other) + end))
    assert record.leads == ("I", "II", "V1", "V2")
    nothing = np.full((500 * seconds, 2), np.nan)
    expected = np.hstack([np.vstack([counts * 0.005, nothing]), np.vstack([nothing, counts * 0.005])])
    np.testing.assert_allclose(record.signal, expected, rtol=1e-6)


def test_a_damaged_lead_that_is_no_ecg_and_begins_later(make: SimpleNamespace, counts: Counts) -> None:
    other = renamed(make.aecg(counts), "MDC_ECG_LEAD_AUX", "MDC_ECG_LEAD_V2").replace(b"101112", b"101114")
    end = b"</sequenceSet></component></series>"
    content = make.aecg(counts).replace(end, NEXT_SET + set_of(other).replace(b"<digits>", b"<digits>x ", 1) + end)
    record = read(content)
    assert (record.leads, record.notes[0]) == (("I", "II", "V2"), "left out what is no ECG: AUX (uV)")


def test_another_recording_is_left_out(make: SimpleNamespace, counts: Counts) -> None:
    other = renamed(make.aecg(counts), "MDC_ECG_LEAD_V1", "MDC_ECG_LEAD_V2").replace(b"101112", b"101512")
    end = b"</sequenceSet></component></series>"
    record = read(make.aecg(counts).replace(end, NEXT_SERIES + set_of(other) + end))
    assert (record.leads, record.notes) == (("I", "II"), ("left out 2 leads of another recording, 240 s later",))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize("code", [b"REPRESENTATIVE_BEAT", b"Representative_Beat", b"MEDIAN", b"x"])
@pytest.mark.parametrize("digits", [b"9 9 9", b"x"])
def test_an_average_beat_before_the_recording(
    make: SimpleNamespace, counts: Counts, code: bytes, digits: bytes
) -> None:
    beat = BROKEN.replace(b"x<", digits + b"<")
    series = b'<component><series><code code="%b"/><component><sequenceSet>%b</sequenceSet></component></series>'
    content = make.aecg(counts).replace(
        b"<component><series>", series % (code, beat) + b"</component><component><series>"
    )
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)


def test_a_fault_in_a_derived_series(make: SimpleNamespace, counts: Counts) -> None:
    beat = b'<derivation><derivedSeries><code code="REPRESENTATIVE_BEAT"/><component><sequenceSet/></component>'
    content = make.aecg(counts).replace(b"</series>", beat + b"</derivedSeries></derivation></series>")
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)
    with pytest.raises(RecordFormatError, match="at most an average beat"):
        read(content.replace(b"RHYTHM", b"MEDIAN"))


# --- times ---


@pytest.mark.parametrize(
    ("increment", "frequency"),
    [
        (b'value="2" unit="ms"', 500),
        (b'value="0,002" unit="s"', 500),
        (b'value="1953.125" unit="us"', 512),
        (b'value="0.00195" unit="s"', 512.820513),
    ],
)
def test_increments(make: SimpleNamespace, counts: Counts, increment: bytes, frequency: float) -> None:
    content = make.aecg(counts).replace(b'value="0.002" unit="s"', increment)
    assert read(content).sampling_frequency == pytest.approx(frequency, rel=1e-8)


@pytest.mark.parametrize("increment", [b"", b'<increment value="500" unit="Hz"/>', b'<increment value="0.002"/>'])
def test_without_an_increment_the_user_states_the_frequency(
    make: SimpleNamespace, counts: Counts, increment: bytes
) -> None:
    content = make.aecg(counts).replace(TIME, increment)
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content)
    record = read(content, sampling_frequency=500)
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize(
    ("head", "start"),
    [
        ("2020-02-03T10:11:12", "2020-02-03 10:11:12"),
        ("202002031011", "2020-02-03 10:11:00"),
        ("20200203101112.25+0100", "2020-02-03 10:11:12.250000+01:00"),
        ("20200203", "None"),
        ("19000101000000", "None"),
    ],
)
def test_starts(make: SimpleNamespace, counts: Counts, head: str, start: str) -> None:
    content = make.aecg(counts).replace(b"20200203101112", head.encode())
    assert str(read(content).start_time) == start


# --- amplitudes ---


@pytest.mark.parametrize(
    ("written", "factor"),
    [(b'<scale value="2,5"', 0.5), (b'<scale value="2.5e0"', 0.5), (b'<scale value="-5"', -1)],
)
def test_scales(make: SimpleNamespace, counts: Counts, written: bytes, factor: float) -> None:
    content = make.aecg(counts).replace(b'<scale value="5"', written)
    np.testing.assert_allclose(read(content).signal, counts * 0.005 * factor, rtol=1e-6)


def test_an_origin_in_another_unit(make: SimpleNamespace, counts: Counts) -> None:
    content = make.aecg(counts).replace(b'<origin value="0" unit="uV"/>', b'<origin value="0.5" unit="mV"/>')
    np.testing.assert_allclose(read(content).signal, counts * 0.005 + 0.5, rtol=1e-6)


def test_a_lead_without_a_step_is_refused(make: SimpleNamespace, counts: Counts) -> None:
    content = make.aecg(counts).replace(b'<scale value="5" unit="uV"/>', b"")
    for unit in (None, "uV"):
        with pytest.raises(RecordFormatError, match="no amplitude of a step of lead I, and it is not guessed"):
            read(content, unit=unit)


@pytest.mark.parametrize("mark", [",", ";", "\n", "\t"])
def test_marks_between_digits(make: SimpleNamespace, counts: Counts, mark: str) -> None:
    content = make.aecg(counts).decode()
    for column in counts.T:
        content = content.replace(" ".join(map(str, column)), mark.join(map(str, column)))
    np.testing.assert_allclose(read(content.encode()).signal, counts * 0.005, rtol=1e-6)


def test_samples_that_were_not_recorded(make: SimpleNamespace, counts: Counts) -> None:
    off = counts.copy()
    off[100:150, 1] = -32768
    assert np.isnan(read(make.aecg(off)).signal).sum(axis=0).tolist() == [0, 50]


# --- persons and encodings ---


@pytest.mark.parametrize("born", ["19600201", "1960-02-01", "01.02.1960", "19600201000000"])
@pytest.mark.parametrize(("code", "sex"), [("F", "female"), ("weiblich", "female"), ("UN", None)])
def test_the_person(make: SimpleNamespace, counts: Counts, born: str, code: str, sex: str | None) -> None:
    record = read(with_facts(make.aecg(counts), PERSON.format(born=born, sex=code)))
    assert (record.age, record.sex, str(record.start_time)) == (60, sex, "2020-02-03 10:11:12")


@pytest.mark.parametrize(("value", "unit", "age"), [("44", "a", 44), ("18", "mo", 1.5), ("44", "years", 44)])
def test_a_stated_age_wins(make: SimpleNamespace, counts: Counts, value: str, unit: str, age: float) -> None:
    facts = AGE.format(value, unit) + PERSON.format(born="19600201", sex="F")
    assert read(with_facts(make.aecg(counts), facts)).age == age


@pytest.mark.parametrize("before", [b"\n\n", b"\xef\xbb\xbf"])
def test_what_stands_before_the_declaration(make: SimpleNamespace, counts: Counts, before: bytes) -> None:
    np.testing.assert_allclose(read(before + make.aecg(counts)).signal, counts * 0.005, rtol=1e-6)


def test_an_encoding_of_japan_with_a_line_a_sample(make: SimpleNamespace, counts: Counts) -> None:
    start, text = make.aecg(counts).decode().split("?>")
    text = text.replace(" ", "\n").replace("<component>", "<!-- 心電図 --><component>", 1)
    content = f"{start.replace('UTF-8', 'Shift_JIS')}?>{text}".encode("shift_jis")
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)
