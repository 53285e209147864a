"""Logs of Movesense sensors: JSON with packages of samples, each with its time in milliseconds.

Three layouts of the same: ``{"Samples": [{"MeasECGmV": {"Timestamp": 1, "Samples": []}}]}`` (``sbem2json``),
``{"Meas": {"ECG": [{"Timestamp": 1, "Samples": []}]}}`` (older logs) and ``{"data": [{"ecg": {...}}]}`` (Showcase). A
stream whose name ends with ``mV`` is in mV; the others are in steps of the sensor's converter, 18 bits over 1 V behind
a gain of 20. Other streams (acceleration, temperature) are left out.

Source: https://www.movesense.com/docs (``/Meas/ECG``); the amplifier's data sheet (MAX30003).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.packages import placed
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import field, head_of_json, load, samples
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

MILLIVOLTS_A_STEP = 1000 / (2**17 * 20)
FREQUENCIES = (125.0, 128.0, 200.0, 250.0, 256.0, 500.0, 512.0)
"""Hz that the sensors know. Packages have times of whole milliseconds: the nearest of these is meant."""

_LARGEST_BYTES = 32 * 1024**2
_MOST_OBJECTS = 300_000
_MOST_DEPTH = 6
_HEAD_BYTES = 64 * 1024
_STREAM = re.compile(r"(meas)?ecg(mv)?(/\d+)?", re.IGNORECASE)
_PACKAGES = re.compile(
    r'"(Meas\w+|TimeDetailed)"\s*:\s*\{|"Meas"\s*:\s*\{\s*"\w+"\s*:\s*\[|"ecg"\s*:\s*\{\s*"(Samples|Timestamp)"'
)


def recognises(file: RecordingFile) -> bool:
    """Whether a file is JSON with streams of a Movesense sensor."""
    return bool(head_of_json(file)) and _PACKAGES.search(file.peek(_HEAD_BYTES).decode("utf-8", "ignore")) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the ECG of a log."""
    document = load(file, _LARGEST_BYTES, _MOST_OBJECTS)
    streams: dict[str, list[tuple[float, list[Any]]]] = {}
    _collect(document, "", _MOST_DEPTH, streams)
    if not streams:
        raise RecordFormatError("Movesense: the log holds no ECG")
    name = next((name for name in streams if name.lower().endswith("mv")), next(iter(streams)))
    seconds, packages = zip(*streams[name], strict=True)
    joined = samples(list(chain.from_iterable(packages)))
    signal, frequency, notes = placed(joined, list(map(len, packages)), seconds, FREQUENCIES, given)
    unit = "mV"
    if not name.lower().endswith("mv"):
        signal, unit = given.scaled(signal, MILLIVOLTS_A_STEP)
        known = f"a step is {MILLIVOLTS_A_STEP * 1000:.4f} µV, from the sensor's documentation"
        notes = (*notes, *[known] * (given.unit is None))
    return assemble(
        [Channel("ECG", signal, unit, frequency)],
        source="Movesense",
        notes=notes,
        start_time=_start_time(document, seconds[0]),
        given=given,
    )


def _collect(value: Any, name: str, depth: int, streams: dict[str, list[tuple[float, list[Any]]]]) -> None:
    """Add the time in seconds and the samples of each package of an ECG to its stream."""
    if isinstance(value, list):
        for entry in value if depth else ():
            _collect(entry, name, depth - 1, streams)
    elif isinstance(value, dict):
        found = value.get("Samples")
        seconds = number(value.get("Timestamp")) if isinstance(found, list) and _STREAM.fullmatch(name) else None
        if isinstance(found, list) and seconds is not None:
            if found:
                streams.setdefault(name, []).append((seconds / 1000, found))
        elif depth:
            for key, inner in value.items():
                if isinstance(inner, dict | list):
                    _collect(inner, key, depth - 1, streams)


def _start_time(document: Any, first: float) -> datetime | None:
    """Return when the first package was recorded, where the log relates the sensor's clock to the world's."""
    entries = field(document, "Samples")
    for entry in entries if isinstance(entries, list) else ():
        microseconds = number(field(entry, "TimeDetailed", "utcTime"))
        milliseconds = number(field(entry, "TimeDetailed", "relativeTime"))
        if microseconds is not None and milliseconds is not None:
            try:
                return datetime.fromtimestamp(microseconds / 1e6, UTC) + timedelta(seconds=first - milliseconds / 1000)
            except (ValueError, OverflowError, OSError):
                return None
    return None


READER = Reader(
    name="Movesense",
    formats=(
        Format(
            name="Movesense",
            files=".json",
            devices="Movesense MD, HR+, HR2",
            read_by="mvkt",
            mind="lost packages are missing samples; give --lead: what is recorded depends on how the sensor is worn; "
            "up to 32 MB",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
