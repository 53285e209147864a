from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'


# --- units ---


@pytest.mark.parametrize(
    ("unit", "factor"), [("uV", 1.0), ("mV", 1e3), ("nV", 1e-3), ("\u00b5V", 1.0), ("\u03bcV", 1.0)]
)
def test_units_of_aecg(make: SimpleNamespace, counts: Counts, unit: str, factor: float) -> None:
    small = counts // 4
    np.testing.assert_allclose(read(make.aecg(small, unit=unit)).signal, small * 0.005 * factor, rtol=1e-6)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1.0), ("mV", 1e3)])
def test_units_of_dicom(make: SimpleNamespace, counts: Counts, unit: str, factor: float) -> None:
    small = counts // 4
    np.testing.assert_allclose(read(make.dicom(small, unit=unit)).signal, small * 0.005 * factor, rtol=1e-6)


@pytest.mark.parametrize(("unit", "factor"), [("mV", 1.0), ("uV", 1e-3), ("V", 1e3), ("nV", 1e-6)])
def test_units_of_edf(make: SimpleNamespace, counts: Counts, unit: str, factor: float) -> None:
    small = counts[:, 0] // 4
    record = read(make.edf([("ECG I", unit, small)]))
    np.testing.assert_allclose(record.signal[:, 0], small * 0.005 * factor, rtol=1e-6)


def test_amplitudes_that_no_electrode_sees_are_refused(make: SimpleNamespace, counts: Counts) -> None:
    for content in (make.aecg(counts, unit="V"), make.dicom(counts, unit="V"), make.edf([("I", "V", counts[:, 0])])):
        with pytest.raises(RecordFormatError, match=r"samples reach 1,000(,000)? mV, which no ECG does"):
            read(content)


def test_an_unknown_unit_is_an_error(make: SimpleNamespace, counts: Counts) -> None:
    for content in (
        make.aecg(counts, unit="furlong"),
        make.dicom(counts, unit="mmHg"),
        make.muse(counts, unit="BANANAS"),
        make.edf([("I", "", counts[:, 0]), ("II", "", counts[:, 1])]),
        make.edf([("I", "mV", counts[:, 0]), ("II", "adu", counts[:, 1])]),
        make.edf([("I", "mV", counts[:, 0])], limits=("0", "0")),
    ):
        with pytest.raises(RecordFormatError, match=r"(no known unit|not state its unit|no scale).*not guessed"):
            read(content)


# --- sampling frequencies ---


@pytest.mark.parametrize("interval", [(0, 0, 0), (1, 0, 0), (0, 100, 500)])
def test_impossible_frequencies(make: SimpleNamespace, counts: Counts, interval: tuple[int, int, int]) -> None:
    with pytest.raises(RecordFormatError):
        read(make.mfer(counts, interval=interval))


@pytest.mark.parametrize("rate", [0, -500])
def test_no_frequency(make: SimpleNamespace, counts: Counts, rate: float) -> None:
    for content in (make.dicom(counts, rate=rate),):
        with pytest.raises(RecordFormatError):
            read(content)
    with pytest.raises(RecordFormatError):
        read(make.aecg(counts, increment=str(rate)))


# --- EDF: other signals ---


def test_what_is_no_ecg_is_left_out(make: SimpleNamespace, counts: Counts) -> None:
    first, second = counts.T
    record = read(
        make.edf(
            [
                ("EEG Fpz-Cz", "uV", first),
                ("ECG II", "mV", second),
                ("Resp oro-nasal", "", first[:20]),
                ("EDF Annotations", "", np.zeros(30, dtype=np.int16)),
                ("ECG V5", "uV", first),
                ("SpO2", "%", first[:2]),
            ]
        )
    )
    assert record.leads == ("II", "V5")
    np.testing.assert_allclose(record.select("II")[:, 0], second * 0.005, atol=1e-6)
    np.testing.assert_allclose(record.select("V5")[:, 0], first * 0.000005, atol=1e-8)
    assert record.notes == ("left out what is no ECG: EEG Fpz-Cz (uV), Resp oro-nasal (no unit), SpO2 (%)",)


def test_the_error_of_a_file_without_ecg_lists_what_it_has(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match=r"no ECG lead.*EEG C3-A2 \(uV\), SpO2 \(%\)"):
        read(make.edf([("EEG C3-A2", "uV", counts[:, 0]), ("SpO2", "%", counts[:2, 0])]))


def test_the_most_common_frequency_is_taken(make: SimpleNamespace, counts: Counts) -> None:
    first, second = counts.T
    record = read(make.edf([("I", "mV", first[:500]), ("II", "mV", second), ("V1", "mV", first)]))
    assert record.leads == ("II", "V1")
    assert record.sampling_frequency == 500
    assert record.notes == ("left out leads sampled at another frequency than 500 Hz: I (mV)",)


def test_equal_names_are_numbered(make: SimpleNamespace, counts: Counts) -> None:
    first, second = counts.T
    record = read(make.edf([("II", "mV", first), ("ECG II", "mV", second), ("MLII", "mV", second)]))
    assert record.leads == ("II", "II (2)", "II (3)")
    np.testing.assert_allclose(record.select("II")[:, 0], first * 0.005, atol=1e-6)


def test_truncated_edf_is_read_as_far_as_it_goes_or_not_at_all(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="truncated"):
        read(make.edf([("I", "mV", counts[:, 0])])[:-100])


# --- hostile XML and DICOM ---


@pytest.mark.parametrize("doctype", [ENTITIES, EXTERNAL], ids=["bomb", "external"])
@pytest.mark.parametrize("source", ["GE MUSE XML", "HL7 aECG", "Mortara ELI (EL250/ELI280)", "Philips Sierra XML"])
def test_entities_are_refused(examples: dict[str, bytes], source: str, doctype: bytes) -> None:
    start, end, rest = examples[source].partition(b"?>")
    content = (start + end + doctype + rest).replace(b"</", b"&c;</", 1)
    with pytest.raises(RecordFormatError, match="entit"):
        read(content)


def test_deflated_dicom_is_refused(examples: dict[str, bytes]) -> None:
    plain, deflated = b"1.2.840.10008.1.2.1\x00", b"1.2.840.10008.1.2.1.99"
    content = examples["DICOM Waveform"].replace(
        struct.pack("<2H2sH", 2, 0x10, b"UI", len(plain)) + plain,
        struct.pack("<2H2sH", 2, 0x10, b"UI", len(deflated)) + deflated,
    )
    assert content != examples["DICOM Waveform"]
    with pytest.raises(RecordFormatError, match="deflated"):
        read(content)


# --- files without a recording, and Holters ---


def test_dicom_without_a_recording(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="DICOM Waveform"):
        read(make.dicom(counts).replace(struct.pack("<H", 0x5400), struct.pack("<H", 0x5401)))


def test_a_holter_that_does_not_state_its_amplitude_is_refused(counts: Counts, tmp_path: Path) -> None:
    head = (struct.pack("<I", 3) + b"##NEUTRAL HOLTER RECORDING##").ljust(0x56, b"\x00")
    signal = np.repeat(counts[:, :1], 3, axis=1).astype("<i2").tobytes()
    index = struct.pack("<I", 0x1000 + len(signal)) + b"patientdata.dat"
    path = tmp_path / "holter.arc"
    path.write_bytes((head + index).ljust(0x1000, b"\x00") + signal + bytes(64))
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(path)


def test_a_holter_that_is_truncated_has_a_note(make: SimpleNamespace, counts: Counts) -> None:
    whole = make.ishne(counts)
    assert read(whole).notes == ()
    record = read(whole[: -400 * 4])
    assert len(record.signal) == 600
    assert record.notes == ("truncated: 600 of 1,000 samples a lead are there",)


def test_a_holter_that_holds_more_than_its_header_promises(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.ishne(counts) + bytes(400))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert "the header promises 1,000 samples a lead: 100 more are left out" in record.notes
    unknown = make.ishne(counts).replace(struct.pack("<i", 1000), struct.pack("<i", -1), 1)
    np.testing.assert_allclose(read(unknown).signal, counts * 0.005, rtol=1e-6)
