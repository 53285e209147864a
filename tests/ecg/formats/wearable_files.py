"""Exports of wearables and plain files, built to their documented layouts. Read by ``conftest.py``; no test in here."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int16]
FREQUENCY = 500
LEADS = ("I", "II")


def make_samsung(counts: Counts, unit: str = "mV", rate: str = "500.000 Hz") -> bytes:
    head = (
        "\ufeffName,Jane Doe\nDate of Birth,1960-02-01\nCreated time,2020-02-03 10:11:12\nAverage heart rate,72 bpm\n"
        "Classification,Sinus Rhythm\nSymptoms,\nSoftware version,1.1.3.024\nDevice,Galaxy Watch4\n"
        f"Sampling rate,{rate}\n\nLead,Lead I\nUnit,{unit}\n\n"
    )
    return (head + "".join(f"{count * 0.005:.6f}\n" for count in counts[:, 0].tolist()) + ",\n").encode()


def make_watch_export(counts: Counts) -> bytes:
    """As an Apple Watch writes it in a language whose keys nobody has seen, on a telephone with decimal commas."""
    head = (
        "Nimi,Maija Meikäläinen\nSyntymäaika,1960-02-01\nTallennettu,2020-02-03 10:11:12 +0200\nLuokitus,Sinusrytmi\n"
        "Oireet,\nOhjelmistoversio,1.90\nNäytteenottotaajuus,500 hertsiä\n\n\nKytkentä,Kytkentä I\nYksikkö,µV\n\n"
    )
    return (head + "".join(f"{5 * count:.3f}\n".replace(".", ",") for count in counts[:, 0].tolist())).encode()


def make_withings(counts: Counts, position: str = "1", rows: int = 1, frequency: str = "500") -> bytes:
    scale = 0.005 if position in ("2", "3") else 5.0  # mV on an arm, µV elsewhere
    signal = ",".join(f"{count * scale:g}" for count in counts[:, 0].tolist())
    lines = [
        f'2020-02-0{row + 3} 10:11:12,ecg,{frequency},{len(counts) / FREQUENCY:g},{position},"[{signal}]",,,'
        for row in range(rows)
    ]
    header = "date,type,frequency,duration,wearposition,signal,doctor_assessment,doctor_name,checkup_date"
    return "\n".join([header, *lines, ""]).encode()


def make_withings_answer(counts: Counts) -> bytes:
    signal = (5 * counts[:, 0]).tolist()
    return json.dumps({"status": 0, "body": {"signal": signal, "sampling_frequency": 500, "wearposition": 1}}).encode()


def make_fitbit(counts: Counts, readings: int = 1, **changed: object) -> bytes:
    def reading(day: int) -> dict[str, object]:
        return {
            "startTime": f"2020-02-0{day}T10:11:12.000",
            "averageHeartRate": 70,
            "resultClassification": "Normal Sinus Rhythm",
            "waveformSamples": counts[:, 0].tolist(),
            "samplingFrequencyHz": 500,
            "scalingFactor": 200,
            "numberOfWaveformSamples": len(counts),
            "leadNumber": 1,
            "featureVersion": "1.2.3-2.11-2.14",
            "deviceName": "Sense",
            "firmwareVersion": "1.2.3",
        } | changed

    return json.dumps({"ecgReadings": [reading(3 + n) for n in range(readings)], "pagination": {"limit": 1}}).encode()


def make_google_health(counts: Counts, readings: int = 1) -> bytes:
    points = [
        {
            "name": f"users/me/dataTypes/electrocardiogram/dataPoints/{number}",
            "electrocardiogram": {
                "interval": {"startTime": f"2020-02-0{number + 3}T10:11:12Z", "endTime": "2020-02-03T10:11:12Z"},
                "resultClassification": "NORMAL_SINUS_RHYTHM",
                "waveformSamples": counts[:, 0].tolist(),
                "medicalDeviceInfo": {"deviceModel": "Pixel Watch 2"},
                "beatsPerMinuteAvg": "68",
                "samplingFrequencyHertz": 500,
                "millivoltsScalingFactor": 200,
                "leadNumber": 1,
            },
        }
        for number in range(readings)
    ]
    return json.dumps({"dataPoints": points, "nextPageToken": ""}).encode()


def make_polar_logger(counts: Counts, lost: tuple[int, int] = (0, 0), header: str = "") -> bytes:
    header = header or "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]"
    began = 599636646177065964
    rows = [
        f"2020-02-03T10:11:{12 + n // 130:02}.{n % 130 * 7:03};"
        f"{began + round(n * 1e9 / 130)};{n / 0.13:.6f};{5 * count}"
        for n, count in enumerate(counts[:, 0].tolist())
        if not lost[0] <= n < lost[1]
    ]
    return "\n".join([header, *rows, ""]).encode()


def make_polar_column(counts: Counts) -> bytes:
    return "".join(f"{5 * count}\n" for count in counts[:, 0].tolist()).encode()


def make_table(counts: Counts, separator: str = ",", comma: bool = False, clock: bool = True) -> bytes:
    rows = [separator.join(["time [s]"] * clock + [f"{lead} [mV]" for lead in LEADS[: counts.shape[1]]])]
    for number, row in enumerate(counts.tolist()):
        cells = [f"{number / FREQUENCY:.3f}"] * clock + [f"{value * 0.005:.3f}" for value in row]
        rows.append(separator.join(cell.replace(".", ",") if comma else cell for cell in cells))
    return "\n".join([*rows, ""]).encode()


def make_json(counts: Counts, **changed: object) -> bytes:
    signal = {lead: (5 * column).tolist() for lead, column in zip(LEADS, counts.T.astype(int), strict=False)}
    return json.dumps({"samplingRate": FREQUENCY, "unit": "uV", **signal, **changed}).encode()


def make_numpy(counts: Counts) -> bytes:
    stream = io.BytesIO()
    np.save(stream, (counts * 0.005).astype(np.float32))
    return stream.getvalue()


def make_npz(counts: Counts, **changed: object) -> bytes:
    stream = io.BytesIO()
    content: dict[str, object] = {
        "signal": 5 * counts,
        "sampling_frequency": 500,
        "unit": "uV",
        "leads": np.array(LEADS[: counts.shape[1]]),
    }
    np.savez_compressed(stream, **(content | changed))  # type: ignore[arg-type]
    return stream.getvalue()


def make_cardiosoft(counts: Counts, resolution: str = "5", rate: str = "500", doctype: str = "") -> bytes:
    leads = "".join(
        f'<WaveformData lead="{lead}">\n\t{",".join(map(str, column))}</WaveformData>'
        for lead, column in zip(LEADS, counts.T.tolist(), strict=False)
    )
    strip = (
        f'<StripData><NumberOfLeads>2</NumberOfLeads><SampleRate units="Hz">{rate}</SampleRate>'
        f'<ChannelSampleCountTotal>{len(counts)}</ChannelSampleCountTotal><Resolution units="uVperLsb">{resolution}'
        f"</Resolution>{leads}</StripData>"
    )
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1" ?>{doctype}<CardiologyXML>'
        "<ObservationType>RestECG</ObservationType>"
        "<ObservationDateTime><Hour>10</Hour><Minute>11</Minute><Second>12</Second><Day>3</Day><Month>2</Month>"
        "<Year>2020</Year></ObservationDateTime><PatientInfo><Name><FamilyName>Doe</FamilyName></Name>"
        '<Age units="YEARS">60</Age><Gender>FEMALE</Gender></PatientInfo><RestingECGMeasurements><MedianSamples>'
        '<SampleRate units="Hz">250</SampleRate><Resolution units="uVperLsb">1</Resolution>'
        '<WaveformData lead="I">9,9,9</WaveformData></MedianSamples></RestingECGMeasurements>'
        f"{strip}</CardiologyXML>"
    ).encode("latin-1")


def make_zip(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def make_apple_export(recordings: Mapping[str, bytes]) -> bytes:
    """Apple Health's ``export.zip``: the recordings among what it has besides."""
    return make_zip(
        {
            "apple_health_export/export.xml": b'<?xml version="1.0"?><!DOCTYPE HealthData []><HealthData></HealthData>',
            "apple_health_export/export_cda.xml": b"<ClinicalDocument/>",
            "apple_health_export/workout-routes/route_2024-05-01_6.00pm.gpx": b"<gpx/>",
            "apple_health_export/electrocardiograms/notes.csv": b"a,b\n1,2\n",
            "__MACOSX/apple_health_export/electrocardiograms/._ecg.csv": b"Sample Rate,512 hertz\n1\n",
            **{f"apple_health_export/electrocardiograms/{name}": content for name, content in recordings.items()},
        }
    )
