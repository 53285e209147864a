"""Parts of MUSE, Sierra and Mortara that no recording needs, and what is written otherwise than ECGDataKit expects."""

from __future__ import annotations

import base64
import time
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.slowness import slowness

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.hospital_frequency import xml_with_frequency
from mvkt.ecg.formats.readers.hospital_xml import age_in, check_sierra, sex_in, without_unneeded
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.mark.parametrize("data", [b"@@@", b""])
def test_a_fault_in_the_median_beat_of_muse(make: SimpleNamespace, counts: Counts, data: bytes) -> None:
    median = (
        b"<Waveform><WaveformType>Median</WaveformType><SampleBase>500</SampleBase><LeadData><LeadID>I</LeadID>"
        b"<WaveFormData>%b</WaveFormData></LeadData></Waveform>"
    )
    content = make.muse(counts).replace(b"<Waveform>", median % data + b"<Waveform>", 1)
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize(
    ("written", "sex"), [("Female", "female"), ("weiblich", "female"), ("Male", "male"), ("UN", None)]
)
def test_the_sex_as_a_word(make: SimpleNamespace, counts: Counts, written: str, sex: Sex | None) -> None:
    assert sex_in(f"<Gender>{written}</Gender>".encode()) == sex
    content = make.muse(counts).replace(b"<Gender>FEMALE", f"<Gender>{written}".encode())
    assert read(content).sex == sex


def test_a_fault_in_the_average_beat_of_sierra(make: SimpleNamespace, counts: Counts) -> None:
    beat = (
        b'<repbeats dataencoding="Morse"><repbeat leadname="I"><waveform>5</waveform></repbeat></repbeats></waveforms>'
    )
    content = make.sierra(counts).replace(b"</waveforms>", beat)
    wide = content.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")
    for file in (content, wide):
        np.testing.assert_allclose(read(file).signal, counts * 0.005, rtol=1e-6)


def test_a_fault_in_the_average_beat_of_mortara(examples: dict[str, bytes], counts: Counts) -> None:
    beat = b'<TYPICAL_CYCLE SAMPLE_FREQ="fast"><TYPICAL_CYCLE_CHANNEL NAME="I" DATA="?"/></TYPICAL_CYCLE></ECG>'
    content = examples["Mortara ELI (EL250/ELI280)"].replace(b"</ECG>", beat)
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("02-03-2020", "2020-02-03"),
        ("23-02-2020", "2020-02-23"),
        ("23/02/2020", "2020-02-23"),
        ("3.2.2020", "2020-02-03"),
    ],
)
def test_dates_of_muse_with_the_day_first(make: SimpleNamespace, counts: Counts, written: str, start: str) -> None:
    test = f"<AcquisitionDate>{written}</AcquisitionDate><AcquisitionTime>10:11:12</AcquisitionTime>"
    content = make.muse(counts).replace(b"<PatientDemographics>", f"<T>{test}</T><PatientDemographics>".encode())
    content = content.replace(b"<T>", b"<TestDemographics>").replace(b"</T>", b"</TestDemographics>")
    assert str(read(content).start_time) == f"{start} 10:11:12"


def test_a_date_of_birth_has_the_order_of_the_other_date(make: SimpleNamespace, counts: Counts) -> None:
    test = "<TestDemographics><AcquisitionDate>23-02-2020</AcquisitionDate><AcquisitionTime>10:11</AcquisitionTime>"
    content = make.muse(counts).replace(b"<PatientAge>60</PatientAge>", b"<DateofBirth>05-03-1960</DateofBirth>")
    content = content.replace(b"<PatientDemographics>", f"{test}</TestDemographics><PatientDemographics>".encode())
    assert read(content).age == 59  # 5 March; on 3 May it would be the same


@pytest.mark.parametrize(
    ("unit", "age"),
    [("YEARS", 60), ("MONTHS", 5), ("WEEKS", pytest.approx(60 * 7 / 365.25)), ("YR", 60), ("Jahre", 60)],
)
def test_units_of_an_age(make: SimpleNamespace, counts: Counts, unit: str, age: float) -> None:
    content = make.muse(counts).replace(b"<AgeUnits>YEARS", f"<AgeUnits>{unit}".encode())
    assert age_in(content) == age
    assert read(content).age == age


def test_muse_with_fewer_samples_than_it_promises(make: SimpleNamespace, counts: Counts) -> None:
    promise = b"<LeadSampleCountTotal>1200</LeadSampleCountTotal><LeadSampleSize>"
    record = read(make.muse(counts).replace(b"<LeadSampleSize>", promise))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("truncated: not as many samples are there as the file promises",)


def test_muse_without_a_step_is_refused(make: SimpleNamespace, counts: Counts) -> None:
    content = make.muse(counts).replace(b"<LeadAmplitudeUnitsPerBit>5</LeadAmplitudeUnitsPerBit>", b"")
    for unit in (None, "uV"):
        with pytest.raises(RecordFormatError, match="no amplitude of a step of lead I, and it is not guessed"):
            read(content, unit=unit)


@pytest.mark.parametrize("encoding", ["Plain", "Base64"])
def test_sierra_with_more_samples_than_it_states(make: SimpleNamespace, counts: Counts, encoding: str) -> None:
    content = make.sierra(counts)
    if encoding == "Base64":
        plain = " ".join(map(str, counts.T.ravel())).encode()
        content = content.replace(plain, base64.b64encode(counts.T.astype("<i2").tobytes()))
        content = content.replace(b'"Plain"', b'"Base64"')
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)
    with pytest.raises(RecordFormatError, match=r"states 1,600 samples of all leads and holds 2,000"):
        read(content.replace(b'durationperchannel="2000"', b'durationperchannel="1600"'))


def test_a_damaged_lead_of_muse_that_is_not_standard(make: SimpleNamespace, counts: Counts) -> None:
    content = make.muse(counts)
    lead = b"<LeadData><LeadID>V3R</LeadID><WaveFormData>@@@@</WaveFormData></LeadData></Waveform>"
    for extra, name in ((lead, "V3R"), (lead.replace(b"<LeadID>V3R</LeadID>", b""), "unnamed")):
        record = read(content.replace(b"</Waveform>", extra))
        np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
        assert record.notes == (f"left out damaged leads: {name}",)
    broken = content.replace(b"</Waveform>", lead.replace(b"V3R", b"V6"))
    with pytest.raises(RecordFormatError, match="Invalid Base64 in lead V6"):
        read(broken)
    record = read(broken, lead="II")
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("left out damaged leads: V6",)


def test_a_lead_of_muse_with_numbers_of_another_size(make: SimpleNamespace, counts: Counts) -> None:
    lead = b"<LeadData><LeadID>PACE</LeadID><LeadSampleSize>3</LeadSampleSize><WaveFormData>AAAAAA==</WaveFormData>"
    record = read(make.muse(counts).replace(b"</Waveform>", lead + b"</LeadData></Waveform>"))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("left out damaged leads: PACE",)


@pytest.mark.parametrize(
    ("born", "recorded", "age"),
    [("05-02-1951", "02-03-2020", 68), ("01-01-1900", "02-03-2010", None), ("05-02-1951", "01-01-1970", None)],
)
def test_an_age_by_dates_that_stand_for_unknown_ones(
    make: SimpleNamespace, counts: Counts, born: str, recorded: str, age: float | None
) -> None:
    content = make.muse(counts).replace(b"<PatientAge>60</PatientAge><AgeUnits>YEARS</AgeUnits>", b"")
    moment = f"<AcquisitionTime>00:00:00</AcquisitionTime><AcquisitionDate>{recorded}</AcquisitionDate>"
    test = f"<DateofBirth>{born}</DateofBirth></PatientDemographics><TestDemographics>{moment}</TestDemographics>"
    assert read(content.replace(b"</PatientDemographics>", test.encode())).age == age


@pytest.mark.parametrize(
    ("source", "point", "comma"),
    [
        ("Mortara ELI (EL250/ELI280)", b'PER_MV="200"', b'PER_MV="200,0"'),
        ("Philips Sierra XML", b'resolution="5"', b'resolution="5,00"'),
    ],
)
def test_steps_with_a_decimal_comma(
    examples: dict[str, bytes], counts: Counts, source: str, point: bytes, comma: bytes
) -> None:
    content = examples[source].replace(point, comma)
    assert content != examples[source]
    np.testing.assert_allclose(read(content).signal, counts * 0.005, atol=1e-6)


def test_fewer_samples_than_mortara_promises(examples: dict[str, bytes], counts: Counts) -> None:
    content = examples["Mortara ELI (EL250/ELI280)"].replace(b"<CHANNEL NAME", b'<CHANNEL DURATION="1200" NAME')
    record = read(content)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ("truncated: not as many samples are there as the file promises",)


@pytest.mark.parametrize(("name", "lead"), [("V3R", None), ("V6", "I+II")])
@pytest.mark.parametrize("data", ["@@@@", "AAA", "AA==", ""])
def test_a_damaged_channel_of_mortara(
    examples: dict[str, bytes], counts: Counts, name: str, lead: str | None, data: str
) -> None:
    channel = f'<CHANNEL NAME="{name}" UNITS_PER_MV="200" SAMPLE_FREQ="500" ENCODING="BASE64" DATA="{data}"/></ECG>'
    record = read(examples["Mortara ELI (EL250/ELI280)"].replace(b"</ECG>", channel.encode()), lead=lead)
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert name in record.notes[0]


@pytest.mark.parametrize(
    ("written", "age"),
    [
        ("<years>60</years><months>3</months>", 60),
        ("<years/><months>18</months>", 1.5),
        ("<years>0</years><months>0</months><weeks>10</weeks>", 70 / 365.25),
        ("<years>---</years><days>20</days>", 20 / 365.25),
        ("<years>1.5</years>", 1.5),
        ("<dateofbirth>1960-02-04</dateofbirth>", 59),
        ("<years></years>", None),
    ],
)
def test_ages_of_sierra(make: SimpleNamespace, counts: Counts, written: str, age: float | None) -> None:
    person = f"<patient><generalpatientdata><age>{written}</age></generalpatientdata></patient><dataacquisition"
    content = make.sierra(counts).replace(b"<dataacquisition", person.encode(), 1)
    assert read(content).age == (None if age is None else pytest.approx(age))


@pytest.mark.parametrize(("unit", "age"), [("YEARS", 18), ("MONTHS", 1.5), ("", 18), ("MOONS", None)])
def test_ages_of_mortara(examples: dict[str, bytes], unit: str, age: float | None) -> None:
    content = examples["Mortara ELI (EL250/ELI280)"].replace(b"<ECG>", f'<ECG AGE="18" AGE_UNITS="{unit}">'.encode())
    assert read(content).age == age


def test_the_unit_of_an_age_may_come_first(make: SimpleNamespace, counts: Counts) -> None:
    age, unit = b"<PatientAge>60</PatientAge>", b"<AgeUnits>YEARS</AgeUnits>"
    content = make.muse(counts).replace(age + unit, unit.replace(b"YEARS", b"MONTHS") + age)
    assert read(content).age == 5


@pytest.mark.parametrize(
    "content",
    [
        b"<LeadData>" * 20_000,
        b"<repbeats " * 20_000,
        b"<TYPICAL_CYCLE>" * 20_000,
        b"<Waveform>" * 20_000,
        b"<Gender>" + b" " * 20_000,
        b"<PatientAge>" + b" " * 20_000,
        b"<SampleBase>" + b" " * 20_000,
        b"<parsedwaveforms " * 20_000,
    ],
)
def test_elements_without_an_end_take_no_time(content: bytes) -> None:
    """Each was searched for its end from its own beginning: 200 kB took a minute."""
    start = time.process_time()
    assert without_unneeded(content) == (content, ())
    assert (age_in(content), sex_in(content)) == (None, None)
    check_sierra(content, 0)
    for family in ("GE MUSE XML", "Philips Sierra XML", "Mortara ELI (EL250/ELI280)"):
        xml_with_frequency(family, content, UserFacts(sampling_frequency=500))
    took = time.process_time() - start
    assert took < 2 * slowness()
