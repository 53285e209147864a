"""Parts of aECG and MUSE that no recording needs, and what is written otherwise than ECGDataKit expects."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.hospital_xml import sex_in
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
