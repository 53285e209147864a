"""ECGs of Fitbit and Pixel watches: the Fitbit Web API (``ecgReadings``) and the Google Health API (``dataPoints``).

Source: https://dev.fitbit.com/build/reference/web-api/electrocardiogram/get-ecg-log-list (mV are samples divided by
``scalingFactor``); google.devicesandservices.health.v4.Electrocardiogram (lead I, ``millivoltsScalingFactor``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.reader import Format, Reader, Recording
from mvkt.ecg.formats.readers.json_file import field, has_keys, head_of_json, load, recordings_by_time, samples, time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.truncated import truncation
from mvkt.ecg.formats.user_facts import UserFacts
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
        raise RecordFormatError(f"the file holds {len(readings)} readings of Fitbit; expected 1 to {_MOST_READINGS:,}")
    return recordings_by_time(readings, _began, _read, "reading")


def _readings(document: Any) -> list[Mapping[str, Any]]:
    """Return the readings of a list of Fitbit or Google Health, or of one of them."""
    entries = document
    if isinstance(document, Mapping):
        entries = field(document, "ecgReadings") or field(document, "dataPoints") or [document]
    found = [field(entry, "electrocardiogram") or entry for entry in entries] if isinstance(entries, list) else []
    return [reading for reading in found if isinstance(reading, Mapping) and "waveformSamples" in reading]


def _began(reading: Mapping[str, Any]) -> Any:
    return reading.get("startTime") or field(reading, "interval", "startTime")


def _read(reading: Mapping[str, Any], given: UserFacts) -> Record:
    signal = samples(reading["waveformSamples"])
    promised = number(reading.get("numberOfWaveformSamples"))
    scale = number(reading.get("scalingFactor", reading.get("millivoltsScalingFactor")))
    if given.unit is None and (scale is None or scale <= 0):
        raise RecordFormatError("the Fitbit reading has no scaling factor: what its numbers are in mV is unknown")
    frequency = number(reading.get("samplingFrequencyHz", reading.get("samplingFrequencyHertz")))
    signal, unit = given.scaled(signal, 1 / scale if scale else 0.0)
    return assemble(
        [Channel("I", signal, unit, given.frequency_of(frequency))],
        source="Fitbit",
        notes=truncation(len(signal), promised),
        start_time=time(_began(reading)),
        given=given,
    )


READER = Reader(
    name="Fitbit",
    formats=(
        Format(
            name="Fitbit, Google Health",
            files=".json",
            devices="Fitbit Sense, Charge 5 and 6, Pixel Watch",
            read_by="mvkt",
            mind="answers of the Fitbit Web API and the Google Health API; several readings in one file; lead I by "
            "their documentation",
        ),
    ),
    recognises=recognises,
    recordings=recordings,
    several=True,
)
