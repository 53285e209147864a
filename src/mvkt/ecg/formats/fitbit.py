"""ECGs of Fitbit and Pixel watches: the Fitbit Web API (``ecgReadings``) and the Google Health API (``dataPoints``).

Source: https://dev.fitbit.com/build/reference/web-api/electrocardiogram/get-ecg-log-list (mV are samples divided by
``scalingFactor``); google.devicesandservices.health.v4.Electrocardiogram (lead I, ``millivoltsScalingFactor``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.file import RecordingFile
from mvkt.ecg.formats.json_file import field, has_keys, head_of_json, load, number, samples, time
from mvkt.ecg.formats.reader import Format, Reader, Recording
from mvkt.ecg.formats.told import Told
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_MOST_READINGS = 10_000


def recognises(file: RecordingFile) -> bool:
    """Whether a file is JSON with readings of one of the two."""
    head = head_of_json(file)
    return any(has_keys(head, key) for key in ("ecgReadings", "waveformSamples", "electrocardiogram"))


def recordings(file: RecordingFile) -> Sequence[Recording]:
    """List the readings by the time at which they began."""
    readings = _readings(load(file))
    if not 1 <= len(readings) <= _MOST_READINGS:
        raise RecordFormatError(f"the file holds {len(readings)} ECG readings of Fitbit; expected 1 to {_MOST_READINGS:,}")
    return [
        Recording(_name(reading, index, readings), lambda told, reading=reading: _read(reading, told))  # type: ignore[misc]
        for index, reading in enumerate(readings)
    ]


def _readings(document: Any) -> list[Mapping[str, Any]]:
    """Return the readings of a list of Fitbit or Google Health, or of one of them."""
    entries = document
    if isinstance(document, Mapping):
        entries = field(document, "ecgReadings") or field(document, "dataPoints") or [document]
    found = [field(entry, "electrocardiogram") or entry for entry in entries] if isinstance(entries, list) else []
    return [reading for reading in found if isinstance(reading, Mapping) and "waveformSamples" in reading]


def _began(reading: Mapping[str, Any]) -> Any:
    return reading.get("startTime") or field(reading, "interval", "startTime")


def _name(reading: Mapping[str, Any], index: int, readings: list[Mapping[str, Any]]) -> str:
    began = _began(reading)
    same = [other for other in readings[:_MOST_READINGS] if _began(other) == began] if len(readings) <= 100 else readings
    return str(began)[:40] if began and len(same) == 1 else f"reading {index + 1}"


def _read(reading: Mapping[str, Any], told: Told) -> Record:
    signal = samples(reading["waveformSamples"])
    promised = number(reading.get("numberOfWaveformSamples"))
    if promised is not None and promised != len(signal):
        raise RecordFormatError(f"the Fitbit reading is incomplete: {len(signal):,} of {promised:,.0f} samples")
    scale = number(reading.get("scalingFactor", reading.get("millivoltsScalingFactor")))
    if scale is None or scale <= 0:
        raise RecordFormatError("the Fitbit reading has no scaling factor: how many of its numbers make a mV is unknown")
    frequency = number(reading.get("samplingFrequencyHz", reading.get("samplingFrequencyHertz")))
    return assemble(
        [Channel("I", signal / scale, "mV", told.frequency_of(frequency))],
        source="Fitbit",
        start_time=time(_began(reading)),
        told=told,
    )


READER = Reader(
    name="Fitbit",
    formats=(
        Format(
            name="Fitbit, Google Health",
            files=".json",
            devices="Fitbit Sense, Charge 5 and 6, Pixel Watch",
            read_by="mvkt",
            mind="answers of the Fitbit Web API and the Google Health API; several readings in one file; lead I by their "
            "documentation",
        ),
    ),
    recognises=recognises,
    recordings=recordings,
)
