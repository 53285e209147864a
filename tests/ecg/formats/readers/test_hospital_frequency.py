"""Files of hospitals that state no sampling frequency."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.hospital_frequency import xml_with_frequency
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
MEDIAN = b"<Waveform><WaveformType>Median</WaveformType>%b</Waveform>"
RATES = {
    "GE MUSE XML": rb"<SampleBase>500</SampleBase><SampleExponent>0</SampleExponent>",
    "Philips Sierra XML": rb'samplespersecond="500"|<samplingrate>500</samplingrate>',
    "Mortara ELI (EL250/ELI280)": rb'SAMPLE_FREQ="500"',
    "ISHNE Holter": re.escape(b"\xf4\x01" + bytes(248)),
}


def without_rate(family: str, content: bytes) -> bytes:
    if family != "DICOM Waveform":
        return re.sub(RATES[family], bytes(250) if family == "ISHNE Holter" else b"", content)
    data = pydicom.dcmread(io.BytesIO(content))
    del data.WaveformSequence[0].SamplingFrequency
    stream = io.BytesIO()
    data.save_as(stream)
    return stream.getvalue()


@pytest.mark.parametrize("family", [*RATES, "DICOM Waveform"])
def test_that_of_the_user_is_taken(examples: dict[str, bytes], counts: Counts, family: str) -> None:
    content = without_rate(family, examples[family])
    with pytest.raises(RecordFormatError, match=r"does not state its sampling frequency.*--sampling-frequency"):
        read(content)
    record = read(content, sampling_frequency=500)
    assert (record.sampling_frequency, record.notes, record.source) == (500, (), family)
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    if family != "Philips Sierra XML":  # its count of samples follows from the frequency
        assert read(content, sampling_frequency=512.4).sampling_frequency == 512.4


@pytest.mark.parametrize("family", ["GE MUSE XML", "Philips Sierra XML", "DICOM Waveform"])
def test_what_the_user_states_wins(examples: dict[str, bytes], family: str) -> None:
    record = read(examples[family], sampling_frequency=250)
    assert record.sampling_frequency == 250
    assert record.notes == ("250 Hz was given and is taken; the file states 500 Hz",)


@pytest.mark.parametrize("written", [b"<SampleBase>0</SampleBase>", b"<SampleBase/>", b"<SampleBase>x</SampleBase>"])
def test_muse_with_a_frequency_that_is_none(make: SimpleNamespace, counts: Counts, written: bytes) -> None:
    content = make.muse(counts).replace(b"<SampleBase>500</SampleBase>", written)
    for median in (b"", MEDIAN % b"", MEDIAN % b"<SampleBase>1000</SampleBase>"):
        file = content.replace(b"<Waveform>", median + b"<Waveform>", 1)
        np.testing.assert_allclose(read(file, sampling_frequency=500).signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize(("base", "exponent", "frequency"), [("2505", "-1", 250.5), ("5", "2", 500), ("250", "", 250)])
def test_muse_states_an_exact_frequency(
    make: SimpleNamespace, counts: Counts, base: str, exponent: str, frequency: float
) -> None:
    stated = f"<SampleBase>{base}</SampleBase><SampleExponent>{exponent}</SampleExponent>"
    content = re.sub(RATES["GE MUSE XML"], stated.encode(), make.muse(counts))
    assert read(content).sampling_frequency == pytest.approx(frequency)


def test_a_frequency_that_contradicts_the_length_of_sierra_is_refused(make: SimpleNamespace, counts: Counts) -> None:
    content = without_rate("Philips Sierra XML", make.sierra(counts))
    with pytest.raises(RecordFormatError, match="holds 2,000"):
        read(content, sampling_frequency=250)


@pytest.mark.parametrize("family", RATES)
def test_nothing_is_put_into_what_has_no_waveforms(family: str) -> None:
    assert xml_with_frequency(family, b"<a/>", NOTHING) == (b"<a/>", None)


@pytest.mark.parametrize(("family", "part"), [("GE MUSE XML", b"<Waveform>"), ("Mortara", b"<CHANNEL ")])
def test_what_is_no_recording_is_not_made_longer(family: str, part: bytes) -> None:
    content, _ = xml_with_frequency(family, part * 1000, UserFacts(sampling_frequency=500))
    assert content == part * 1000
