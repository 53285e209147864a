"""ECGs of the Apple Watch as the app Health Auto Export writes them: JSON with a list ``data.ecg``.

Each recording has ``samplingFrequency`` (Hz) and ``voltageMeasurements``, one object a sample with ``voltage`` and
``units`` (HealthKit's ``mcV`` is µV). The lead is I: HealthKit knows no other for the watch.

Source: the app's documentation, *API Export - JSON Format*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.reader import Format, Reader, Recording
from mvkt.ecg.formats.readers.json_file import field, has_keys, head_of_json, load, recordings_by_time, samples
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.row_order import OrderedRows, in_order
from mvkt.ecg.formats.sample_times import Timing, spread, timing_of
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.time_cells import is_time, seconds_of
from mvkt.ecg.formats.truncated import truncation
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_BYTES = 32 * 1024**2
_MOST_OBJECTS = 450_000
"""Thirty seconds have 15,360 objects and 1.1 MB."""

_FEWEST_TIMES = 3
_BEGINNING = re.compile(
    r'\{\s*"data"\s*:\s*\{\s*"(metrics|workouts|ecg|symptoms|stateOfMind|medications|cycleTracking|'
    r'heartRateNotifications)"\s*:\s*\['
)


def recognises(file: RecordingFile) -> bool:
    """Whether a file is JSON with the app's list of data, or with one of its ECGs."""
    head = head_of_json(file)
    return has_keys(head, "voltageMeasurements") or _BEGINNING.match(head) is not None


def recordings(file: RecordingFile) -> Sequence[Recording]:
    """List the recordings of a file by the time at which they began."""
    document = load(file, _LARGEST_BYTES, _MOST_OBJECTS)
    entries = field(document, "data", "ecg") or field(document, "ecg") or document
    entries = entries if isinstance(entries, list) else [entries]
    readings = [entry for entry in entries if isinstance(field(entry, "voltageMeasurements"), list)]
    if not readings:
        raise RecordFormatError(
            "Health Auto Export: the file holds no ECG with its voltages; include ECG in the export, as JSON"
        )
    return recordings_by_time(readings, lambda reading: reading.get("start"), _read, "recording")


def _read(reading: Mapping[str, Any], given: UserFacts) -> Record:
    measurements = reading["voltageMeasurements"]
    units = {str(field(measurement, "units") or field(measurement, "unit") or "") for measurement in measurements}
    if len({millivolts_per(unit) for unit in units}) > 1:
        raise RecordFormatError(f"Health Auto Export: the samples have {len(units)} different units")
    signal = samples([field(measurement, "voltage") for measurement in measurements])
    timing, rows = _timing(reading, measurements, signal, given)
    return assemble(
        [Channel("I", spread(signal[rows.taken], timing.positions), min(units, default=""), timing.frequency)],
        source="Health Auto Export",
        notes=(
            *truncation(len(signal), number(reading.get("numberOfVoltageMeasurements"))),
            *rows.notes,
            *timing.notes,
        ),
        start_time=parse_time(str(reading.get("start") or "")),
        given=given,
    )


def _timing(
    reading: Mapping[str, Any], measurements: Sequence[Any], signal: NDArray[np.float64], given: UserFacts
) -> tuple[Timing, OrderedRows]:
    """Return when samples were taken, and their order: by their own times, or as stated where these are too coarse."""
    stated = number(reading.get("samplingFrequency"))
    dates = [field(measurement, "date") for measurement in measurements]
    times = [number(date) for date in dates]
    if None in times and all(isinstance(date, str) and is_time(date) for date in dates):
        times = list(seconds_of(dates))
    if len(times) < _FEWEST_TIMES or None in times:
        return Timing(given.frequency_of(stated)), OrderedRows(slice(None), np.empty(0))
    rows = in_order(np.array(times, dtype=np.float64), [signal], (), given)
    try:
        return timing_of(rows.times, given, stated), rows
    except RecordFormatError:
        if stated is None or (np.diff(rows.times) < 0).any():
            raise
        return Timing(given.frequency_of(stated)), rows


READER = Reader(
    name="Health Auto Export",
    formats=(
        Format(
            name="Health Auto Export",
            files=".json",
            devices="Apple Watch, by way of the app",
            read_by="mvkt",
            mind="several recordings in one file, up to 32 MB (29 recordings of 30 s); lead I",
        ),
    ),
    recognises=recognises,
    recordings=recordings,
    several=True,
)
