"""Whatever a file holds, reading it ends in a record or in a RecordFormatError, and in nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ecg.formats.sources import SOURCES

from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

REAL = ["dicom_ecg_plot_anonymous_ecg.dcm", "hl7_aecg_fda_subject1_0.xml", "philips_sierra_129DYPRG.xml"]
BEGINNINGS = [
    b"0       ",
    b"ISHNE1.0",
    b"@\x20MFR ",
    bytes(128) + b"DICM",
    b"MATLAB 5.0 MAT-file".ljust(126) + b"IM",
    b"<AnnotatedECG>",
    b"<restingecgdata>",
    b"<RestingECG>",
    b'{"recordedAt":1,"data12L":',
    b"Sample Rate,512 Hz\n",
    b"Sample Rate,512 Hz\nUnit,mV\n",
    b"Created time,2020-01-01 10:00:00\nSampling rate,500 Hz\nUnit,mV\n",
    b"a,512 Hz\nb,mV\n1\n",
    b"date,type,frequency,duration,wearposition,signal\n2020-01-01,ecg,300,1,0,",
    b"Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]\n",
    b"time [s],I [mV]\n0.000,1\n0.002,2\n",
    b'{"ecgReadings":[{"samplingFrequencyHz":250,"scalingFactor":1,"waveformSamples":[',
    b'{"amplitudeResolution":500,"data":{"raw":{"frequency":300,"samples":{"leadI":[',
    b"<CardiologyXML><StripData>",
    b'<sapphire><dcarRecord><ecg><wav><ecgWaveformMXG U="uV" S="5">',
    b"<com.xiriuz.sema.xml.schillerEDI.SchillerEDI><eventdata><event><wavedata>",
    b'{"resourceType":"Observation","valueSampledData":{"origin":{"value":0,"unit":"uV"},"period":2,"data":"',
    b'{"data":{"ecg":[{"samplingFrequency":512,"voltageMeasurements":[{"units":"mcV","voltage":',
    b'{"Samples":[{"MeasECG":{"Timestamp":1,"Samples":[',
    b"ALIVE\x00\x00\x00\x05\x00\x00\x00fmt \x08\x00\x00\x00",
    b'# OpenSignals Text File Format. Version 1\n# {"a": {"sensor": ["ECG"], "column": ["A1"], "resolution": [10]',
    b"'Elapsed time','I'\n'hh:mm:ss.mmm','mV'\n'0:00.000',1\n",
    b"# HealthyPi Studio Export\nTime (s),ECG (mV)\n0.000,1\n",
    b"1580724672000;1.0;1\n1580724672000;2.0;1\n1580724672000;3.0;1\n",
    b"\xffBIOSEMI",
    b"\x93NUMPY\x01\x00",
    b"PK\x03\x04\x14\x00\x00\x00\x00\x00",
    b"100 1 500\n100.dat 16",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
]
HOSTILE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def attempt(content: bytes, name: str = "") -> None:
    """Read; a record that comes out must be a sound one."""
    try:
        record = read(content, name)
    except RecordFormatError as error:
        assert str(error)  # noqa: PT017 - an error is one of the two right outcomes
        assert "broke its reader" not in str(error), repr(error.__cause__)  # noqa: PT017
        return
    assert isinstance(record, Record)
    assert record.signal.size
    assert not np.isinf(record.signal).any()


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[float, bytes, bool]]:
    """Places (as a share of the file) and what is written or inserted there."""
    return draw(
        st.lists(
            st.tuples(
                st.one_of(st.floats(0, 1), st.floats(0, 0.05)),
                st.one_of(
                    st.binary(min_size=1, max_size=8),
                    st.sampled_from([b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"-1", b"1e999"]),
                    st.sampled_from([b"NaN", b"inf", b"99999999999", b"<", b">", b'"', b"\x80\x00"]),
                ),
                st.booleans(),
            ),
            min_size=1,
            max_size=6,
        )
    )


def mutated(content: bytes, changes: list[tuple[float, bytes, bool]], keep: float) -> bytes:
    made = bytearray(content)
    for place, patch, insert in changes:
        at = int(place * len(made))
        made[at : at if insert else at + len(patch)] = patch
    return bytes(made[: int(keep * len(made))])


@pytest.mark.parametrize("source", SOURCES)
def test_mutated_files(examples: dict[str, bytes], source: str) -> None:
    @settings(HOSTILE, max_examples=60)
    @given(changes=mutations(), keep=st.one_of(st.just(1.0), st.floats(0, 1)))
    def check(changes: list[tuple[float, bytes, bool]], keep: float) -> None:
        attempt(mutated(examples[source], changes, keep))

    check()


@pytest.mark.parametrize("source", SOURCES)
def test_truncated_files(examples: dict[str, bytes], source: str) -> None:
    content = examples[source]
    for length in sorted({0, 1, 7, 31, 131, 133, 255, 257, 523, 600, *(len(content) * n // 9 for n in range(9))}):
        attempt(content[:length])


@settings(HOSTILE, max_examples=300)
@given(st.binary(max_size=600), st.sampled_from(["", "ecg.csv", "ecg.dat", "ecg.hea", "ecg.mat", "ecg.arc", "ecg.xle"]))
def test_random_bytes(content: bytes, name: str) -> None:
    attempt(content, name)


@settings(HOSTILE, max_examples=200)
@given(
    head=st.sampled_from(BEGINNINGS),
    rest=st.binary(max_size=600),
)
def test_random_bytes_behind_a_true_beginning(head: bytes, rest: bytes) -> None:
    attempt(head + rest)


@settings(HOSTILE, max_examples=200)
@given(
    header=st.text(alphabet=st.sampled_from("0123456789 ./:+-()xmVuI~#e\n\t"), max_size=80),
    lines=st.lists(st.text(alphabet=st.sampled_from("0123456789 ./:+-()xmVuI~e"), max_size=40), max_size=3),
)
def test_random_wfdb_headers(tmp_path_factory: pytest.TempPathFactory, header: str, lines: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp() / "random-wfdb"
    folder.mkdir(exist_ok=True)
    (folder / "100.dat").write_bytes(bytes(range(250)))
    text = "\n".join(["100 1 " + header, *("100.dat 16 " + line for line in lines)])
    (folder / "100.hea").write_text(text)
    for name in ("100.hea", "100.dat"):
        try:
            record = read(folder / name)
        except RecordFormatError:
            continue
        assert record.signal.size


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_mutated_real_files(shared_data: Path, name: str) -> None:
    content = (shared_data / "device-samples" / name).read_bytes()

    @settings(HOSTILE, max_examples=100)
    @given(changes=mutations(), keep=st.one_of(st.just(1.0), st.floats(0, 1)))
    def check(changes: list[tuple[float, bytes, bool]], keep: float) -> None:
        attempt(mutated(content, changes, keep))

    check()
