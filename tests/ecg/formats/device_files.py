"""Files of sensors and carts, built to their documented layouts. Read by ``conftest.py``; no test in here."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int16]
FREQUENCY = 500
LEADS = ("I", "II")
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Doe", "given": ["Jane"]}],
    "gender": "female",
    "birthDate": "1960-02-01",
}


def make_sampled_data(column: Sequence[float], **changed: object) -> dict[str, object]:
    origin = {"value": 0, "unit": "uV", "code": "uV", "system": "http://unitsofmeasure.org"}
    data = " ".join(f"{count:g}" for count in column)
    return {"origin": origin, "period": 2, "factor": 5, "dimensions": 1, "data": data} | changed


def make_fhir_observation(counts: Counts, day: int = 3, **changed: object) -> dict[str, object]:
    codes = {"I": "131329", "II": "131330"}
    components = [
        {
            "code": {"coding": [{"code": codes[lead], "display": f"MDC_ECG_ELEC_POTL_{lead}"}]},
            "valueSampledData": make_sampled_data(column, **changed),
        }
        for lead, column in zip(LEADS, counts.T.tolist(), strict=False)
    ]
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"code": "131328", "display": "MDC_ECG_ELEC_POTL"}]},
        "subject": {"reference": "Patient/p1", "display": "Jane Doe"},
        "effectiveDateTime": f"2020-02-0{day}T10:11:12Z",
        "component": components,
    }


def make_fhir(counts: Counts, observations: int = 1, **changed: object) -> bytes:
    found = [make_fhir_observation(counts, 3 + number, **changed) for number in range(observations)]
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": resource} for number, resource in enumerate(found)]
    document = {"resourceType": "Bundle", "type": "collection", "entry": [*entries, {"resource": PATIENT}]}
    return json.dumps(document).encode()


def make_health_auto_export(counts: Counts, readings: int = 1, **changed: object) -> bytes:
    def reading(day: int) -> dict[str, object]:
        return {
            "start": f"2020-02-0{day} 10:11:12 +0100",
            "end": f"2020-02-0{day} 10:11:14 +0100",
            "classification": "Sinus Rhythm",
            "source": "Jane Doe's Watch",
            "numberOfVoltageMeasurements": len(counts),
            "samplingFrequency": FREQUENCY,
            "voltageMeasurements": [
                {"date": 602419872 + number / FREQUENCY, "voltage": 5 * count, "units": "mcV"}
                for number, count in enumerate(counts[:, 0].tolist())
            ],
        } | changed

    return json.dumps({"data": {"ecg": [reading(3 + number) for number in range(readings)]}}).encode()


def make_movesense(counts: Counts, lost: Sequence[int] = (), size: int = 10, stream: str = "MeasECGmV") -> bytes:
    """Packages of ten samples; ``lost`` are left out."""
    entries: list[dict[str, object]] = [
        {"TimeDetailed": {"relativeTime": 1000, "utcTime": 1580724671000000}},
        {"MeasAcc": {"Timestamp": 2000, "ArrayAcc": [{"x": 0.1, "y": 9.8, "z": 0.2}]}},
    ]
    values = counts[:, 0] * 0.005 if stream.lower().endswith("mv") else counts[:, 0]
    for number in range(0, len(counts), size):
        if number // size not in lost:
            package = {"Timestamp": 2000 + round(number * 1000 / FREQUENCY), "Samples": values[number : number + size]}
            entries.append({stream: package | {"Samples": np.round(package["Samples"], 3).tolist()}})
    return json.dumps({"Samples": entries}).encode()


def make_atc(counts: Counts, nanovolts: int = 5000, rate: int = FREQUENCY, flags: int = 2) -> bytes:
    def block(name: bytes, body: bytes) -> bytes:
        whole = name + struct.pack("<I", len(body)) + body
        return whole + struct.pack("<I", zlib.crc32(whole))

    info = b"2020-02-03T10:11:12.000+01:00".ljust(32, b"\0") + b"Jane Doe".ljust(232, b"\0")
    leads = [
        block(name, column.astype("<i2").tobytes()) for name, column in zip((b"ecg ", b"ecg2"), counts.T, strict=False)
    ]
    return b"".join(
        [
            b"ALIVE\0\0\0\x05\0\0\0",
            block(b"info", info),
            block(b"fmt ", struct.pack("<BHHBH", 1, rate, nanovolts, flags, 0)),
            *leads,
            block(b"avg ", bytes(900)),
            block(b"ann ", struct.pack("<I", 300)),
        ]
    )


def make_opensignals(
    counts: Counts, device: str = "biosignalsplux", lost: Sequence[int] = (), **changed: object
) -> bytes:
    """Two ECG sensors at 16 bits; what is lost is a row of the counter that goes to 15."""
    about = {
        "sensor": ["ECG", "EMG", "ECG"],
        "device name": "00:07:80:4D:2E:76",
        "column": ["nSeq", "DI", "CH1", "CH2", "CH3"],
        "time": "10:11:12.0",
        "date": "2020-2-3",
        "comments": "Jane Doe",
        "channels": [1, 2, 3],
        "digital IO": [0, 1],
        "device": device,
        "sampling rate": FREQUENCY,
        "label": ["CH1", "CH2", "CH3"],
        "resolution": [16, 16, 16],
    } | changed
    volts, gain = (3.3, 1100) if device.startswith("bitalino") else (3, 1000)
    numbers = np.rint((counts * 0.005 / 1000 * gain / volts + 0.5) * 2**16).astype(int).tolist()
    rows = [
        f"{row % 16}\t0\t{cells[0]}\t32768\t{cells[-1]}\t\n" for row, cells in enumerate(numbers) if row not in lost
    ]
    head = f"# OpenSignals Text File Format. Version 1\n# {json.dumps({'00:07:80:4D:2E:76': about})}\n# EndOfHeader\n"
    return (head + "".join(rows)).encode()


def make_physiobank(counts: Counts, names: Sequence[str] = LEADS, unit: str = "mV", hertz: float = FREQUENCY) -> bytes:
    heads = [
        ",".join(["'Elapsed time'", *(f"'{name}'" for name in names)]),
        ",".join(["'hh:mm:ss.mmm'", *(f"'{unit}'" for _ in names)]),
    ]
    rows = []
    for number, row in enumerate(counts.tolist()):
        milliseconds = int(number * 1000 / hertz + 1e-6)
        clock = f"'{milliseconds // 60000}:{milliseconds // 1000 % 60:02}.{milliseconds % 1000:03}'"
        rows.append(",".join([clock, *(f"{value * 0.005:.3f}" for value in row[: len(names)])]))
    return "\n".join([*heads, *rows, ""]).encode()


def make_healthypi(counts: Counts, clock: bool = True) -> bytes:
    head = (
        "# HealthyPi Studio Export\n# Source File: Jane Doe.hpd\n# Device: HealthyPi 6\n"
        "# Created: 2020-02-03T10:11:12.000\n# Duration: 2s\n# Total Samples: 1000\n#\n"
    )
    names = [*(["Time (s)"] if clock else ["Timestamp"]), "ECG I (mV)", "ECG II (mV)", "PPG IR (counts)"]
    rows = []
    for number, row in enumerate(counts.tolist()):
        seconds = number / FREQUENCY
        stamp = f"{seconds:.4f}" if clock else f"2020-02-03T10:11:{12 + int(seconds):02}.{round(seconds % 1 * 1e6):06}"
        rows.append(",".join([stamp, *(f"{value * 0.005:.4f}" for value in row), "1200.0000"]))
    return (head + "\n".join([",".join(names), *rows]) + "\n#\n# Markers & events\n# 0.500,button,Jane Doe\n").encode()


def make_healthypi_move(counts: Counts) -> bytes:
    return "\r\n".join(["ECG(mV)", *(f"{count * 0.005:.2f}" for count in counts[:, 0].tolist())]).encode()


def make_uecg(counts: Counts, lost: Sequence[int] = (), pause: float = 0.0) -> bytes:
    """Packages of nine samples with one time each; half-way the app pauses."""
    began = 1580724672000
    step = 1.2e3 / 2**16 / 32
    rows = []
    for number, count in enumerate(counts[:, 0].tolist()):
        milliseconds = began + int(number // 9 * 9 / 122 * 1000) + round(1000 * pause * (number >= len(counts) // 2))
        rows.append(f"{milliseconds};{round(count * 0.005 / step):.1f};{int(number not in lost)}\n")
    return "".join(rows).encode()


def make_bdf(
    signals: Sequence[tuple[str, str, NDArray[np.int32]]],
    records: int = 2,
    kind: str = "24BIT",
    patient: str = "X F 01-FEB-1960 Jane_Doe",
    onsets: Sequence[float] = (),
) -> bytes:
    """BDF whose steps are 5 µV; with onsets BDF+D, whose annotations hold the time at which each record begins."""
    rows = [(label, unit, samples.reshape(records, -1)) for label, unit, samples in signals]
    count = len(rows) + bool(onsets)
    fixed = [patient, "Startdate 03-FEB-2020 X X X", "03.02.20", "10.11.12", str(256 * (count + 1)), kind, str(records)]
    head = "".join(text.ljust(width) for text, width in zip(fixed, [80, 80, 8, 8, 8, 44, 8], strict=True))
    head += str(len(signals[0][2]) / FREQUENCY / records).ljust(8) + str(count).ljust(4)
    labels = [row[0] for row in rows] + ["BDF Annotations"] * bool(onsets)
    lengths = [row[2].shape[1] for row in rows] + [8] * bool(onsets)
    columns = (
        (labels, 16),
        ([""] * count, 80),
        ([row[1] for row in rows] + [""] * bool(onsets), 8),
        (["-41943"] * count, 8),
        (["41943"] * count, 8),
        (["-8388600"] * count, 8),
        (["8388600"] * count, 8),
        ([""] * count, 80),
        ([str(length) for length in lengths], 8),
        ([""] * count, 32),
    )
    head += "".join(text.ljust(width) for texts, width in columns for text in texts)
    body = b""
    for record in range(records):
        body += b"".join(_in_24_bits(samples[record]) for _, _, samples in rows)
        if onsets:
            body += f"+{onsets[record]:g}\x14\x14".encode().ljust(24, b"\0")
    return b"\xffBIOSEMI" + head.encode("ascii") + body


def _in_24_bits(samples: NDArray[np.int32]) -> bytes:
    return np.frombuffer(samples.astype("<i4").tobytes(), np.uint8).reshape(-1, 4)[:, :3].tobytes()


def make_bdf_example(counts: Counts) -> bytes:
    steps = counts.astype(np.int32) * 1000  # of 5 nV
    signals = [(lead, "uV", column) for lead, column in zip(LEADS, steps.T, strict=True)]
    return make_bdf([*signals, ("Status", "Boolean", np.zeros(len(counts), dtype=np.int32))])


def make_sapphire(counts: Counts, step: str = "5", rate: str = "500", doctype: str = "", promised: int = 0) -> bytes:
    size = promised or len(counts)
    leads = "".join(
        f'<ecgWaveform lead="{lead}" asizeVT="{size}" VT="xs:short" V="{" ".join(map(str, column))}"/>'
        for lead, column in zip(LEADS, counts.T.tolist(), strict=False)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<sapphire xmlns="urn:ge:sapphire:dcar_1"><dcarRecord>'
        '<patientInfo><name><family V="Doe"/></name><birthDateTime V="1960-02-01"/><gender V="FEMALE"/><visit><order>'
        '<testInfo><acquisitionDateTime V="2020-02-03T10:11:12.00"/></testInfo><ecgResting><params><ecg><var>'
        '<medianTemplate><ecgWaveformMXG U="uV" S="1"><sampleRate V="250" U="Hz"/><ecgWaveform lead="I" V="9 9"/>'
        f'</ecgWaveformMXG></medianTemplate></var><wav><ecgWaveformMXG U="uV" S="{step}" INV="-32768">'
        f'<sampleRate V="{rate}" U="Hz"/>{leads}</ecgWaveformMXG></wav></ecg></params></ecgResting></order></visit>'
        "</patientInfo></dcarRecord></sapphire>"
    ).encode()


def make_schiller(counts: Counts, step: str = "5.0", rate: str = "500", doctype: str = "", promised: int = 0) -> bytes:
    def waves(kind: str, columns: NDArray[np.int16]) -> str:
        leads = "".join(
            f"<channel><annotation_lead><name>R_AMPL</name><value>9</value></annotation_lead><name>{lead}</name><data>"
            f"{','.join(map(str, column))},</data><datatype>COMMASEPARATE</datatype>"
            f"<samplecount>{promised or len(columns)}</samplecount></channel>"
            for lead, column in zip(LEADS, columns.T.tolist(), strict=False)
        )
        return (
            f"<wavedata><type>{kind}</type><resolution><samplerate><exponent>1</exponent><value>{rate}</value>"
            f"</samplerate><yres><unitperbit>{step}</unitperbit><units>UV</units></yres></resolution>{leads}</wavedata>"
        )

    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<com.xiriuz.sema.xml.schillerEDI.SchillerEDI><patdata>'
        "<lastname>Doe</lastname><birthdate>19600201</birthdate><gender>FEMALE</gender></patdata><examdescript>"
        "<startdatetime><date>20200203</date><time>101112000</time></startdatetime></examdescript><eventdata><event>"
        f"{waves('ECG_AVERAGES', counts[:9])}{waves('ECG_RHYTHMS', counts)}</event></eventdata>"
        "</com.xiriuz.sema.xml.schillerEDI.SchillerEDI>"
    ).encode()
