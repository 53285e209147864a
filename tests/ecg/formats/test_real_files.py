"""The recordings of ``../shared/data``: right durations, leads and amplitudes, and the same as read another way."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from tests.slowness import slowness

from mvkt.ecg.formats import read
from mvkt.ecg.formats.catalogue import formats
from mvkt.ecg.heartbeat import heart_rate
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition

pytestmark = pytest.mark.data

DEVICES = {
    "dicom_ecg_plot_anonymous_ecg.dcm": ("DICOM Waveform", 10_000, 1000, 42, "female"),
    "ecgprocess_example-DICOM1.dcm": ("DICOM Waveform", 5000, 500, None, "female"),
    "ecgprocess_example-XML1.xml": ("CardioSoft XML", 5000, 500, 53, "male"),
    "hl7_aecg_fda_example.xml": ("HL7 aECG", 5000, 500, 46, "male"),
    "hl7_aecg_fda_subject1_0.xml": ("HL7 aECG", 5000, 500, 46, "male"),
    "philips_sierra_129DYPRG.xml": ("Philips Sierra XML", 5264, 500, 50, "male"),
    "philips_sierra_3191723_ZZDEMOPTONLY_1-04_orig.xml": ("Philips Sierra XML", 5300, 500, 60, "male"),
}
MORE_DEVICES = {
    "ge_mac800_sapphire_1.xml": ("GE sapphire XML", 5000, 12, 500, None),
    "ge_mac800_sapphire_2.xml": ("GE sapphire XML", 5000, 12, 500, None),
    "ge_muse_71_example.xml": ("GE MUSE XML", 2500, 8, 250, "male"),
    "schiller_edi_example.xml": ("Schiller XML", 4998, 12, 500, "male"),
}
"""Source, samples, leads, sampling frequency and sex of the files of ``device-samples-more``."""

TRIED = {"CardioSoft XML", "CPSC2018 (ICBEB2018)", "DICOM waveform", "GE MUSE", "GE sapphire XML", "HL7 aECG",
         "Philips Sierra", "PhysioNet Challenge 2020/2021", "Schiller XML", "WFDB"}  # fmt: skip
"""Formats of which a real file is read by the tests."""


def assert_plausible(record: Record) -> None:
    """Beats of a human: over a second I or II moves by 0.2 to 4 mV and no lead by 6, and limb leads add up."""
    conditioned = condition(record, SignalSpec(), "+".join(record.leads)).astype(np.float64) / 1000
    seconds = conditioned.shape[1] // 100
    beats = np.ptp(conditioned[:, : seconds * 100].reshape(len(conditioned), seconds, 100), axis=2)
    largest = dict(zip(record.leads, np.median(beats, axis=1), strict=True))
    assert 0.2 < max(largest[lead] for lead in ("I", "II") if lead in largest) < 4
    assert max(largest.values()) < 6
    assert np.isfinite(record.signal).all()
    if {"I", "II", "III"} <= set(record.leads):
        i, ii, iii = record.select("I+II+III").T
        assert np.median(np.abs(ii - i - iii)) < 0.02


@pytest.mark.parametrize("name", DEVICES)
def test_files_of_devices(shared_data: Path, name: str) -> None:
    record = read(shared_data / "device-samples" / name)
    source, samples, frequency, age, sex = DEVICES[name]
    assert (record.source, record.sampling_frequency, record.age, record.sex) == (source, frequency, age, sex)
    assert record.signal.shape == (samples, 12)
    assert set(record.leads) == set(STANDARD_LEADS)
    assert record.start_time is not None
    assert_plausible(record)


def test_every_file_of_devices_is_expected(shared_data: Path) -> None:
    found = {path.name for path in (shared_data / "device-samples").iterdir()}
    assert found - set(DEVICES) == {"PROVENANCE.md"}


def test_formats_that_real_files_were_tried_of() -> None:
    assert {entry.name for entry in formats() if entry.tried_on == "real files"} == TRIED


@pytest.mark.parametrize("name", MORE_DEVICES)
def test_more_files_of_devices(shared_data: Path, name: str) -> None:
    record = read(shared_data / "device-samples-more" / name)
    source, samples, leads, frequency, sex = MORE_DEVICES[name]
    assert (record.source, record.sampling_frequency, record.sex) == (source, frequency, sex)
    assert record.signal.shape == (samples, leads)
    assert set(record.leads) <= set(STANDARD_LEADS)
    assert record.notes == ()
    assert_plausible(record)
    if "III" in record.leads:
        i, ii, iii = record.select("I+II+III").T
        assert np.abs(ii - i - iii).max() < 0.006, "one step of 4.88 µV"


def test_every_further_file_of_devices_is_expected(shared_data: Path) -> None:
    found = {path.name for path in (shared_data / "device-samples-more").iterdir()}
    assert found - set(MORE_DEVICES) == {"PROVENANCE.md"}


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("ge_mac800_sapphire_1.xml", r'<ventricularRate V="(\d+)"'),
        ("ge_mac800_sapphire_2.xml", r'<ventricularRate V="(\d+)"'),
        ("ge_muse_71_example.xml", r"<VentricularRate>(\d+)<"),
        ("schiller_edi_example.xml", r"<name>HR</name>\s*<value>(\d+)<"),
    ],
)
def test_the_heart_rate_is_that_which_the_device_measured(shared_data: Path, name: str, pattern: str) -> None:
    path = shared_data / "device-samples-more" / name
    stated = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    assert stated is not None
    signal = SignalSpec()
    measured = heart_rate(condition(read(path), signal, "II"), signal.sampling_frequency)
    assert measured == pytest.approx(float(stated[1]), abs=2)


def test_cardiosoft_agrees_with_what_the_device_measured(shared_data: Path) -> None:
    """Its table has the waves of the average beat in µV, lead by lead; the beats of the strip must be as high."""
    path = shared_data / "device-samples" / "ecgprocess_example-XML1.xml"
    text = path.read_text(encoding="latin-1")
    record = read(path)
    order = re.search(r"<LeadOrder>(.*?)</", text)
    assert order is not None
    waves = {}
    for name in ("QAmplitude", "RAmplitude", "SAmplitude"):
        found = re.search(rf'<{name} units="uV">(.*?)</', text)
        assert found is not None
        waves[name] = [float(value.strip() or 0) / 1000 for value in found[1].split(",")]
    compared = 0
    for index, lead in enumerate(order[1].split(", ")):
        height = waves["RAmplitude"][index] + max(waves["QAmplitude"][index], waves["SAmplitude"][index])
        beats = np.ptp(record.select(lead)[:, 0].reshape(8, -1), axis=1)
        if height > 0.5:
            assert np.median(beats) == pytest.approx(height, rel=0.15), lead
            compared += 1
    assert compared >= 8


@pytest.mark.parametrize("name", [name for name in DEVICES if name.endswith(".dcm")])
def test_dicom_agrees_with_pydicom(shared_data: Path, name: str) -> None:
    import pydicom

    path = shared_data / "device-samples" / name
    dataset = pydicom.dcmread(path)
    group = dataset.WaveformSequence[0]
    units = {c.ChannelSensitivityUnitsSequence[0].CodeValue for c in group.ChannelDefinitionSequence}
    assert units == {"uV"}
    record = read(path)
    np.testing.assert_allclose(record.signal, dataset.waveform_array(0) / 1000, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in DEVICES if name.startswith("hl7")])
def test_aecg_agrees_with_its_digits(shared_data: Path, name: str) -> None:
    path = shared_data / "device-samples" / name
    text = path.read_text(encoding="utf-8")
    text = text[: text.find("<derivation")]  # the average beats come after the recording
    found = []
    for sequence in text.split("<sequence>")[1:]:
        lead, scale = (
            re.search(pattern, sequence) for pattern in (r'"MDC_ECG_LEAD_(\w+)"', r'<scale value="([\d.]+)" unit="uV"')
        )
        digits = re.search(r"<digits>([^<]+)</digits>", sequence)
        if lead and scale and digits:
            found.append((lead[1], scale[1], digits[1]))
    assert len(found) == 12
    record = read(path)
    for lead, scale, digits in found:
        name = next(standard for standard in STANDARD_LEADS if standard.upper() == lead.upper())
        expected = np.array(digits.split(), dtype=np.float64) * float(scale) / 1000
        np.testing.assert_allclose(record.select(name)[:, 0], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "seconds"), [(name, 0.47 if "129DYPRG" in name else 0.40) for name in DEVICES if "sierra" in name]
)
def test_calibration_pulses_of_philips(shared_data: Path, name: str, seconds: float) -> None:
    record = read(shared_data / "device-samples" / name)
    assert record.notes == (f"cut off the 1 mV calibration pulse at the end ({seconds:.2f} s)",)
    last = record.signal[-100:]
    assert (np.ptp(last, axis=1) > 0.02).all(), "up to the end the leads differ, as those of a heart do"


@pytest.mark.parametrize("name", ["100", "100.hea", "100.dat"])
def test_half_an_hour_of_holter(shared_data: Path, name: str) -> None:
    record = read(shared_data / "holter-sample" / name)
    assert record.leads == ("II", "V5")
    assert record.sampling_frequency == 360
    assert record.duration == pytest.approx(1805.56, abs=0.01)
    assert_plausible(record)


def test_cpsc2018(shared_data: Path) -> None:
    paths = sorted((shared_data / "cpsc2018-sample").glob("*.mat"))
    assert len(paths) == 10
    for path in paths:
        record = read(path)
        assert record.leads == STANDARD_LEADS
        assert record.sampling_frequency == 500
        assert 9 < record.duration < 60
        assert record.age is not None
        assert record.sex is not None
        assert_plausible(record)


@pytest.mark.parametrize(("folder", "frequency"), [("records100", 100), ("records500", 500)])
def test_ptb_xl(shared_data: Path, folder: str, frequency: float) -> None:
    headers = sorted((shared_data / "ptb-xl-subset" / folder / "00000").glob("*.hea"))[:15]
    assert headers
    for header in headers:
        record = read(header)
        assert record.leads == STANDARD_LEADS
        assert record.sampling_frequency == frequency
        assert record.duration == 10
        assert_plausible(record)
        stored = np.frombuffer(header.with_suffix(".dat").read_bytes(), dtype="<i2").reshape(-1, 12)
        np.testing.assert_allclose(record.signal, stored / 1000, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", DEVICES)
def test_reading_ten_seconds_is_quick(shared_data: Path, name: str) -> None:
    path = shared_data / "device-samples" / name
    read(path)
    took = []
    for _ in range(5):
        start = time.process_time()
        read(path)
        took.append(time.process_time() - start)
    assert min(took) < 0.1 * slowness(), "half of it on a quiet machine"


@pytest.mark.parametrize("name", [name for name in DEVICES if "sierra" in name])
def test_amplitudes_of_philips_are_those_that_the_device_measured(shared_data: Path, name: str) -> None:
    content = (shared_data / "device-samples" / name).read_bytes()
    text = content.decode("utf-16" if content.startswith(b"\xff\xfe") else "utf-8")
    record = read(content)
    compared = 0
    for lead in record.leads:
        found = re.search(rf'<leadmeasurement [^>]*leadname="{lead}".*?</leadmeasurement>', text, re.DOTALL)
        assert found is not None
        waves = re.findall(r"<(?:q|r|s|rp|sp|t)amp>(-?\d+)</", found[0])
        highest, lowest = (choose(0, *map(int, waves)) / 1000 for choose in (max, min))
        if highest - lowest > 0.5:
            seconds = record.select(lead)[: len(record.signal) // 500 * 500, 0].reshape(-1, 500)
            assert np.median(np.ptp(seconds, axis=1)) == pytest.approx(highest - lowest, rel=0.15), lead
            compared += 1
    assert compared >= 6
