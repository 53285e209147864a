"""The same two seconds of ECG in every format: leads I and II at 500 Hz, written by hand from the specifications."""

from __future__ import annotations

import base64
import binascii
import io
import json
import runpy
import struct
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

LEADS = ("I", "II")
FREQUENCY = 500
WEARABLES = runpy.run_path(str(Path(__file__).with_name("wearable_files.py")))
"""Its functions, by name: modules of tests cannot import one another."""

DEVICES = runpy.run_path(str(Path(__file__).with_name("device_files.py")))


def make_counts() -> NDArray[np.int16]:
    """``(samples, leads)`` in units of 5 µV: three beats of 1 and 0.6 mV."""
    time = np.arange(2 * FREQUENCY)[:, np.newaxis] / FREQUENCY
    beats = sum(np.exp(-(((time - at) / 0.02) ** 2)) for at in (0.3, 1.0, 1.7))
    return np.rint(beats * [200, 120]).astype(np.int16)


def make_edf(
    signals: Sequence[tuple[str, str, NDArray[np.int16]]],
    seconds: int = 2,
    limits: tuple[str, str] = ("-163.84", "163.835"),
) -> bytes:
    """EDF with one data record; the digital range is that of 16 bits, ``limits`` the physical one."""
    count = len(signals)
    fixed = ["0", "X X X X", "Startdate X X X X", "01.02.20", "10.11.12", str(256 * (count + 1)), "", "1"]
    widths = [8, 80, 80, 8, 8, 8, 44, 8]
    head = "".join(text.ljust(width) for text, width in zip(fixed, widths, strict=True))
    head += str(seconds).ljust(8) + str(count).ljust(4)
    columns = (
        ([label for label, _, _ in signals], 16),
        ([""] * count, 80),
        ([unit for _, unit, _ in signals], 8),
        ([limits[0]] * count, 8),
        ([limits[1]] * count, 8),
        (["-32768"] * count, 8),
        (["32767"] * count, 8),
        ([""] * count, 80),
        ([str(len(samples)) for _, _, samples in signals], 8),
        ([""] * count, 32),
    )
    head += "".join(text.ljust(width) for texts, width in columns for text in texts)
    return head.encode("ascii") + b"".join(samples.astype("<i2").tobytes() for _, _, samples in signals)


def make_ishne(counts: NDArray[np.int16], lead_codes: Sequence[int] = (5, 6)) -> bytes:
    body = bytearray(512)
    struct.pack_into("<iiiih", body, 0, 0, len(counts), 522, 522, 1)
    struct.pack_into("<h", body, 128 - 10, 2)  # female
    struct.pack_into("<6h", body, 132 - 10, 1, 2, 1960, 3, 2, 2020)  # born and recorded: day, month, year
    struct.pack_into("<3h", body, 150 - 10, 10, 11, 12)
    struct.pack_into("<h", body, 156 - 10, counts.shape[1])
    struct.pack_into(f"<{len(lead_codes)}h", body, 158 - 10, *lead_codes)
    struct.pack_into("<12h", body, 206 - 10, *[5000] * 12)  # nV
    struct.pack_into("<h", body, 272 - 10, FREQUENCY)
    crc = binascii.crc_hqx(bytes(body), 0xFFFF)
    return b"ISHNE1.0" + struct.pack("<H", crc) + bytes(body) + counts.astype("<i2").tobytes()


def make_mfer(counts: NDArray[np.int16], interval: tuple[int, int, int] = (0, 0, FREQUENCY)) -> bytes:
    def element(tag: int, value: bytes) -> bytes:
        length = bytes([len(value)]) if len(value) < 128 else b"\x84" + struct.pack(">I", len(value))
        return bytes([tag]) + length + value

    leads = [bytes([0x3F, index, 4, 0x09, 2, 0, index + 1]) for index in range(counts.shape[1])]
    return b"".join(
        (
            element(0x40, b"MFR " + b" " * 28),
            element(0x01, b"\x00"),  # big endian
            element(0x05, bytes([counts.shape[1]])),
            element(0x04, struct.pack(">H", len(counts))),
            element(0x06, b"\x01"),
            element(0x0B, struct.pack(">BbI", *interval)),  # Hz (0) or s (1), exponent, mantissa
            element(0x0C, struct.pack(">BbH", 0, -6, 5)),  # 5 µV
            *leads,
            element(0x1E, counts.T.astype(">i2").tobytes()),
            b"\x80\x00",
        )
    )


def make_scp(counts: NDArray[np.int16], starts: Sequence[int] = (1, 1)) -> bytes:
    """Sections 0, 3 and 6, uncompressed."""

    def section(number: int, body: bytes) -> bytes:
        rest = struct.pack("<HIBB6x", number, 16 + len(body), 13, 13) + body
        return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest

    length = len(counts)
    leads = b"".join(struct.pack("<IIB", s, s + length - 1, code) for code, s in enumerate(starts, 1))
    third = section(3, bytes([len(starts), 4 | len(starts) << 3]) + leads)
    sizes = struct.pack(f"<{len(starts)}H", *[2 * length] * len(starts))
    sixth = section(6, struct.pack("<HHBB", 5000, 2000, 0, 0) + sizes + counts.T.astype("<i2").tobytes())
    first = 6 + 16 + 30
    pointers = struct.pack("<HII", 0, 46, 7) + struct.pack("<HII", 3, len(third), first + 1)
    pointers += struct.pack("<HII", 6, len(sixth), first + len(third) + 1)
    rest = section(0, pointers) + third + sixth
    rest = struct.pack("<I", 6 + len(rest)) + rest
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def make_dicom(counts: NDArray[np.int16], unit: str = "uV", sensitivity: float = 5, rate: float = FREQUENCY) -> bytes:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage, generate_uid

    def coded(value: str, scheme: str) -> Dataset:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, value
        return code

    group = Dataset()
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = counts.shape[1], counts.shape[0]
    group.WaveformOriginality, group.SamplingFrequency = "ORIGINAL", rate
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.WaveformData = counts.astype("<i2").tobytes()
    channels = []
    for number in range(counts.shape[1]):
        channel = Dataset()
        channel.ChannelSourceSequence = [coded(f"5.6.3-9-{number + 1}", "SCPECG")]
        channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = sensitivity, 1
        channel.ChannelSensitivityUnitsSequence = [coded(unit, "UCUM")]
        channel.ChannelBaseline, channel.WaveformBitsStored = 0, 16
        channels.append(channel)
    group.ChannelDefinitionSequence = channels
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = TwelveLeadECGWaveformStorage, generate_uid()
    dataset.PatientSex, dataset.PatientAge, dataset.AcquisitionDateTime = "F", "060Y", "20200203101112"
    dataset.WaveformSequence = [group]
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def make_aecg(counts: NDArray[np.int16], unit: str = "uV", increment: str = "0.002") -> bytes:
    sequences = "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{lead}"/><value><origin value="0" unit="{unit}"/>'
        f'<scale value="5" unit="{unit}"/><digits>{" ".join(map(str, column))}</digits></value></sequence></component>'
        for lead, column in zip(LEADS, counts.T.tolist(), strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><AnnotatedECG xmlns="urn:hl7-org:v3"><component><series>'
        '<code code="RHYTHM"/><component><sequenceSet><component><sequence><code code="TIME_ABSOLUTE"/><value>'
        f'<head value="20200203101112"/><increment value="{increment}" unit="s"/></value></sequence></component>'
        f"{sequences}</sequenceSet></component></series></component></AnnotatedECG>"
    ).encode()


def make_sierra(counts: NDArray[np.int16]) -> bytes:
    plain = " ".join(map(str, counts.T.ravel().tolist()))
    milliseconds = 1000 * len(counts) // FREQUENCY
    return (
        '<?xml version="1.0" encoding="UTF-8"?><restingecgdata><documentinfo><documenttype>SierraECG</documenttype>'
        '<documentversion>1.04</documentversion></documentinfo><dataacquisition date="2020-02-03" time="10:11:12">'
        "<signalcharacteristics><samplingrate>500</samplingrate><signalresolution>5</signalresolution>"
        "</signalcharacteristics></dataacquisition><waveforms>"
        f'<parsedwaveforms dataencoding="Plain" durationperchannel="{milliseconds}" leadlabels="{" ".join(LEADS)}" '
        f'samplespersecond="{FREQUENCY}" resolution="5">{plain}</parsedwaveforms></waveforms></restingecgdata>'
    ).encode()


def make_muse(counts: NDArray[np.int16], unit: str = "MICROVOLTS") -> bytes:
    leads = "".join(
        f"<LeadData><LeadID>{lead}</LeadID><LeadAmplitudeUnitsPerBit>5</LeadAmplitudeUnitsPerBit>"
        f"<LeadAmplitudeUnits>{unit}</LeadAmplitudeUnits><LeadSampleSize>2</LeadSampleSize><WaveFormData>"
        f"{base64.b64encode(column.astype('<i2').tobytes()).decode()}</WaveFormData></LeadData>"
        for lead, column in zip(LEADS, counts.T, strict=True)
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><RestingECG><PatientDemographics><PatientAge>60</PatientAge>'
        "<AgeUnits>YEARS</AgeUnits><Gender>FEMALE</Gender></PatientDemographics><Waveform>"
        "<WaveformType>Rhythm</WaveformType><SampleBase>500</SampleBase><SampleExponent>0</SampleExponent>"
        f"{leads}</Waveform></RestingECG>"
    ).encode()


def make_mortara(counts: NDArray[np.int16]) -> bytes:
    channels = "".join(
        f'<CHANNEL NAME="{lead}" UNITS_PER_MV="200" SAMPLE_FREQ="500" ENCODING="BASE64" BITS="16" FORMAT="SIGNED" '
        f'DATA="{base64.b64encode(column.astype("<i2").tobytes()).decode()}"/>'
        for lead, column in zip(LEADS, counts.T, strict=True)
    )
    return f'<?xml version="1.0"?><ECG><SOURCE TYPE="TEST" MANUFACTURER="Mortara"/>{channels}</ECG>'.encode()


def make_kardia(counts: NDArray[np.int16], frequency: float = FREQUENCY, nanovolts: float = 5000) -> bytes:
    samples = {f"lead{lead}": column for lead, column in zip(LEADS, counts.T.tolist(), strict=True)}
    block = {"frequency": frequency, "amplitudeResolution": nanovolts, "samples": samples}
    document = {"recordedAt": "2020-02-03T10:11:12Z", "algorithmDetermination": "normal", "data": {"raw": block}}
    return json.dumps(document).encode()


def make_xle(counts: NDArray[np.int16]) -> bytes:
    """A header of 256 KiB of swapped 16-bit words, then 8 interleaved channels at 1,000 Hz and 15/16 µV."""
    text = bytearray(0x40000)
    for label, at in (
        ("Given name:", 2673),
        ("Family name:", 2712),
        ("ID:", 2761),
        ("Birth Date:", 2793),
        ("Sex:", 2840),
        ("History:", 2876),
        ("Comment:", 2916),
    ):
        text[at : at + len(label)] = label.encode()
    swapped = np.frombuffer(bytes(text), dtype="<u2").byteswap().tobytes()
    frames = np.zeros((len(counts), 8), dtype="<i2")
    frames[:, :2] = counts
    return swapped + frames.tobytes()


def make_cpsc(counts: NDArray[np.int16], **changed: object) -> bytes:
    from scipy.io import savemat

    data = np.zeros((12, len(counts)))
    data[:2] = counts.T * 0.005
    stream = io.BytesIO()
    savemat(stream, {"ECG": {"sex": "Female", "age": 60.0, "data": data} | changed}, do_compression=True)
    return stream.getvalue()


def make_apple(counts: NDArray[np.int16]) -> bytes:
    head = (
        'Name,Jane Doe\nDate of Birth,"Feb 1, 1960"\nRecorded Date,2020-02-03 10:11:12 +0100\n'
        "Classification,Sinus Rhythm\nSymptoms,\nSoftware Version,1.90\n"
        'Device,"Watch5,3"\nSample Rate,500 hertz\n\n\nLead,Lead I\nUnit,µV\n\n'
    )
    return (head + "\n".join(f"{5 * count:.3f}" for count in counts[:, 0].tolist()) + "\n").encode()


@pytest.fixture(scope="session")
def counts() -> NDArray[np.int16]:
    return make_counts()


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The writers, for tests that need a file of their own."""
    return SimpleNamespace(
        aecg=make_aecg,
        apple=make_apple,
        cpsc=make_cpsc,
        dicom=make_dicom,
        edf=make_edf,
        ishne=make_ishne,
        kardia=make_kardia,
        mfer=make_mfer,
        muse=make_muse,
        scp=make_scp,
        sierra=make_sierra,
        xle=make_xle,
        **{
            name.removeprefix("make_"): made for name, made in (WEARABLES | DEVICES).items() if name.startswith("make_")
        },
    )


def make_examples(counts: NDArray[np.int16]) -> dict[str, bytes]:
    """A small file of each single-file format, by the ``source`` of the record that it is read into."""
    made = {
        "Apple Health": make_apple(counts),
        "CPSC2018": make_cpsc(counts),
        "DICOM Waveform": make_dicom(counts),
        "EDF/EDF+": make_edf([(lead, "mV", column) for lead, column in zip(LEADS, counts.T, strict=True)]),
        "GE MUSE XML": make_muse(counts),
        "HL7 aECG": make_aecg(counts),
        "ISHNE Holter": make_ishne(counts),
        "MFER": make_mfer(counts),
        "Mortara ELI (EL250/ELI280)": make_mortara(counts),
        "Philips Sierra XML": make_sierra(counts),
        "SCP-ECG": make_scp(counts),
        "AliveCor Kardia JSON": make_kardia(counts),
        "XLE ECG": make_xle(counts),
    }
    names = {
        "Samsung Health Monitor": "samsung",
        "watch export": "watch_export",
        "Withings": "withings",
        "Fitbit": "fitbit",
        "Polar": "polar_logger",
        "table": "table",
        "JSON": "json",
        "NumPy": "npz",
        "CardioSoft XML": "cardiosoft",
    }
    devices = {
        "FHIR": "fhir",
        "Health Auto Export": "health_auto_export",
        "Movesense": "movesense",
        "AliveCor Kardia ATC": "atc",
        "OpenSignals": "opensignals",
        "PhysioBank ATM": "physiobank",
        "HealthyPi": "healthypi",
        "uECG": "uecg",
        "BDF": "bdf_example",
        "GE sapphire XML": "sapphire",
        "Schiller XML": "schiller",
    }
    made |= {source: WEARABLES[f"make_{name}"](counts) for source, name in names.items()}
    return made | {source: DEVICES[f"make_{name}"](counts) for source, name in devices.items()}


@pytest.fixture(scope="session")
def examples(counts: NDArray[np.int16]) -> dict[str, bytes]:
    """A small file of each single-file format, by the ``source`` of the record that it is read into."""
    return make_examples(counts)
