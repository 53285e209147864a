"""Parts of aECG and MUSE that no recording needs, and what is written otherwise than ECGDataKit expects."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.hospital_xml import age_in, sex_in
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
BROKEN = b"<component><sequence><code code='MDC_ECG_LEAD_I'/><value><digits>x</digits></value></sequence></component>"


def test_a_fault_in_a_series_of_average_beats_of_aecg(make: SimpleNamespace, counts: Counts) -> None:
    series = b'<series><code code="REPRESENTATIVE_BEAT"/><component><sequenceSet>%b</sequenceSet></component></series>'
    content = make.aecg(counts).replace(
        b"</AnnotatedECG>", b"<component>%b</component></AnnotatedECG>" % (series % BROKEN)
    )
    assert content.count(b"REPRESENTATIVE_BEAT") == 1
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize("data", [b"@@@", b""])
def test_a_fault_in_the_median_beat_of_muse(make: SimpleNamespace, counts: Counts, data: bytes) -> None:
    median = (
        b"<Waveform><WaveformType>Median</WaveformType><SampleBase>500</SampleBase><LeadData><LeadID>I</LeadID>"
        b"<WaveFormData>%b</WaveFormData></LeadData></Waveform>"
    )
    content = make.muse(counts).replace(b"<Waveform>", median % data + b"<Waveform>", 1)
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)


def test_leads_without_samples_are_left_out(make: SimpleNamespace, counts: Counts) -> None:
    digits = " ".join(map(str, counts[:, 1])).encode()
    content = make.aecg(counts)
    assert digits in content
    record = read(content.replace(digits, b" "))
    assert (record.leads, record.notes) == (("I",), ("left out leads without samples: II",))
    with pytest.raises(RecordFormatError):
        read(content.replace(digits, b"").replace(" ".join(map(str, counts[:, 0])).encode(), b""))


def test_decimal_commas(make: SimpleNamespace, counts: Counts) -> None:
    content = make.aecg(counts).replace(b'<scale value="5"', b'<scale value="2,5"')
    np.testing.assert_allclose(read(content).signal, counts * 0.0025, rtol=1e-6)


@pytest.mark.parametrize(
    ("written", "sex"), [("Female", "female"), ("weiblich", "female"), ("Male", "male"), ("UN", None)]
)
def test_the_sex_as_a_word(make: SimpleNamespace, counts: Counts, written: str, sex: Sex | None) -> None:
    code = f'<hl7:administrativeGenderCode codeSystem="2.16.840.1.113883.5.1" code="{written}"/></AnnotatedECG>'
    assert sex_in(code.encode()) == sex
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


@pytest.mark.parametrize("written", ["19600201", "1960-02-01", "01.02.1960"])
def test_dates_of_aecg_with_marks(make: SimpleNamespace, counts: Counts, written: str) -> None:
    content = make.aecg(counts).replace(b'<head value="20200203101112"', b'<head value="2020-02-03T10:11:12"')
    person = (
        "<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject><subjectDemographicPerson>"
        f'<birthTime value="{written}"/></subjectDemographicPerson></trialSubject></subject></subjectAssignment>'
        "</componentOf></timepointEvent></componentOf>"
    )
    record = read(content.replace(b"<component><series>", f"{person}<component><series>".encode()))
    assert (record.age, str(record.start_time)) == (60, "2020-02-03 10:11:12")


def test_a_damaged_lead_that_is_not_standard(make: SimpleNamespace, counts: Counts) -> None:
    content = make.aecg(counts).replace(b"MDC_ECG_LEAD_II", b"MDC_ECG_LEAD_AUX")
    content = content.replace(
        b"</digits></value></sequence></component></sequenceSet>",
        b" x</digits></value></sequence></component></sequenceSet>",
    )
    record = read(content)
    assert (record.leads, record.notes) == (("I",), ("left out damaged leads: AUX",))
    with pytest.raises(RecordFormatError, match="LEAD_II"):
        read(content.replace(b"MDC_ECG_LEAD_AUX", b"MDC_ECG_LEAD_II"))


def test_muse_with_fewer_samples_than_it_promises(make: SimpleNamespace, counts: Counts) -> None:
    promise = b"<LeadSampleCountTotal>1200</LeadSampleCountTotal><LeadSampleSize>"
    record = read(make.muse(counts).replace(b"<LeadSampleSize>", promise))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("truncated: not as many samples are there as the file promises",)


@pytest.mark.parametrize("code", ["{}", "Lead {}", "MDC_ECG_{}", "ECG_LEAD_{}", "Ableitung {}", "MDC_ECG_ELEC_POTL_{}"])
def test_codes_of_leads_in_other_forms(make: SimpleNamespace, counts: Counts, code: str) -> None:
    content = make.aecg(counts).decode()
    for lead in ("I", "II"):
        content = content.replace(f'"MDC_ECG_LEAD_{lead}"', f'"{code.format(lead)}"')
    record = read(content.encode())
    assert record.leads == ("I", "II")
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
