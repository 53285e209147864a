"""OpenSignals: text of BITalino and biosignalsplux, with a line of JSON about each device before the rows.

``# OpenSignals Text File Format``, then ``# {"ADDRESS": {...}}``, then ``# EndOfHeader`` and one row a sample, tabs
between the cells. Of a device the header has the names of the columns, what sensor is at each analogue one, its bits
and the sampling rate. The numbers are those of the converter; the transfer function is that of the sensor's data
sheet: mV = (number / 2^bits - 1/2) * volts / gain * 1000.

Source: data sheets *Electrocardiography (ECG) Sensor* of BITalino (3.3 V, gain 1100) and biosignalsplux (3 V, gain
1000; sensors made since have 1019, which the header does not state it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.columns import LARGEST_BYTES, read_columns, whole_rows
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import gap_notes, positions_of, spread
from mvkt.ecg.formats.table_text import plain_bytes
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_FIRST = re.compile(r"\s*#\s*OpenSignals Text File Format", re.IGNORECASE)
_END = b"EndOfHeader"
_LONGEST_HEADER = 256 * 1024
_SCALES = {"bitalino": (3.3, 1100.0), "biosignalsplux": (3.0, 1000.0)}
"""Volts and gain of the ECG sensor, by the beginning of the device's name."""

_MOST_BITS = 24
_LARGEST_WIDTH = 256


class _Device:
    """The header's part on one device."""

    def __init__(self, about: Mapping[str, Any], first: int) -> None:
        self.about = about
        self.columns = [str(name) for name in _listed(about, "column")]
        self.first = first
        self.frequency = number(about.get("sampling rate"))
        self.counter = first + self.columns.index("nSeq") if "nSeq" in self.columns else None

    def ecg(self) -> Iterator[tuple[int, str, float | None]]:
        """Yield the column of the file, the name and the bits of each ECG sensor."""
        sensors, labels = _listed(self.about, "sensor"), [str(label) for label in _listed(self.about, "label")]
        bits = _listed(self.about, "resolution")
        for position, sensor in enumerate(sensors):
            if "ECG" not in str(sensor).upper():
                continue
            label = labels[position] if position < len(labels) else ""
            own = len(self.columns) - len(sensors) + position
            own = self.columns.index(label) if label in self.columns else own
            if not 0 <= own < len(self.columns):
                raise RecordFormatError("OpenSignals: the header has fewer columns than sensors")
            # The bits are listed for every column, or for the analogue ones alone.
            where = own if len(bits) == len(self.columns) else position
            yield self.first + own, label, number(bits[where]) if where < len(bits) else None

    def scale(self) -> tuple[float, float]:
        """Return volts and gain of the ECG sensor.

        Raises:
            RecordFormatError: The device is none whose data sheet is known.
        """
        name = str(self.about.get("device", "")).lower()
        found = next((scale for known, scale in _SCALES.items() if name.startswith(known)), None)
        if found is None:
            raise RecordFormatError(f"OpenSignals: the scale of the device {name[:40]!r} is not known")
        return found


def recognises(file: RecordingFile) -> bool:
    """Whether the first line is that of OpenSignals."""
    return _FIRST.match((as_text(file.head) or "").lstrip("\ufeff")) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the ECG sensors of a file."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"OpenSignals: a file of {file.size:,} bytes is longer than {LARGEST_BYTES:,}")
    content = plain_bytes(file)
    start, devices = _header(content)
    found = [(device, *sensor) for device in devices for sensor in device.ecg()]
    if not found:
        listed = ", ".join(str(sensor)[:20] for device in devices for sensor in _listed(device.about, "sensor")[:12])
        raise RecordFormatError(f"OpenSignals: no column is of an ECG sensor; the header names {listed or 'none'}")
    wanted: dict[int, DTypeLike] = {column: np.float64 for _, column, _, _ in found}
    wanted |= {device.counter: np.float64 for device, *_ in found if device.counter is not None}
    width = _width(content, start, sum(len(device.columns) for device in devices))
    content, cut = whole_rows(content, start, b"\t", width)
    columns = dict(zip(wanted, read_columns(content, start, b"\t", width, wanted, comma=False), strict=True))
    notes: dict[str, None] = dict.fromkeys(cut)
    channels = []
    for device, column, label, bits in found:
        frequency = given.frequency_of(device.frequency)
        positions = None if device.counter is None else positions_of(columns[device.counter])
        notes |= dict.fromkeys(
            (*(_scale_notes(device) if given.unit is None else ()), *gap_notes(positions, frequency))
        )
        signal, unit = _scaled(columns[column], device, bits, given)
        channels.append(
            Channel(f"ECG {label}" if len(found) > 1 else "ECG", spread(signal, positions), unit, frequency)
        )
    return assemble(
        channels, source="OpenSignals", notes=list(notes), start_time=_start_time(devices[0].about), given=given
    )


def _header(content: bytes) -> tuple[int, list[_Device]]:
    """Return where the rows begin, and the devices."""
    end = content.find(_END, 0, _LONGEST_HEADER)
    start = content.find(b"\n", end) + 1 if end >= 0 else 0
    line = next((line for line in content[: max(end, 0)].splitlines() if b"{" in line), b"")
    try:
        document = json.loads(line[line.find(b"{") :].decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        document = None
    if not start or not isinstance(document, Mapping):
        raise RecordFormatError("OpenSignals: the header is damaged or incomplete")
    devices: list[_Device] = []
    for about in document.values():
        if isinstance(about, Mapping):
            devices.append(_Device(about, sum(len(device.columns) for device in devices)))
    return start, devices


def _listed(about: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = about.get(key)
    return value if isinstance(value, list) else []


def _width(content: bytes, start: int, promised: int) -> int:
    """Return how many cells a row has; rows end with a tab, which begins no further cell."""
    row = content[start : start + _LONGEST_HEADER].partition(b"\n")[0].rstrip(b"\r")
    cells = row.count(b"\t") + 1
    if cells not in (promised, promised + 1) or cells > _LARGEST_WIDTH:
        raise RecordFormatError(f"OpenSignals: the header names {promised} columns; a row has {cells} cells")
    return cells


def _converted(device: _Device) -> bool:
    """Whether the file has been converted to the sensors' units already."""
    return device.about.get("convertedValues") in (1, True, "1")


def _scaled(counts: NDArray[Any], device: _Device, bits: float | None, given: UserFacts) -> tuple[NDArray[Any], str]:
    """Return samples and their unit."""
    if _converted(device):
        return counts, "mV"
    if given.unit is not None:
        return given.scaled(counts, 0.0)
    if bits is None or bits not in range(1, _MOST_BITS + 1):
        raise RecordFormatError("OpenSignals: the header states no bits (resolution) of the column of the ECG")
    volts, gain = device.scale()
    return given.scaled(counts, volts / gain * 1000 / 2.0**bits, zero=2.0**bits / 2)


def _scale_notes(device: _Device) -> tuple[str, ...]:
    if _converted(device):
        return ()
    volts, gain = device.scale()
    return (f"amplitudes by the sensor's data sheet: {volts:g} V and a gain of {gain:g}",)


def _start_time(about: Mapping[str, Any]) -> datetime | None:
    """Read ``"date": "2024-5-1"`` and ``"time": "10:00:00.0"``."""
    try:
        return datetime.strptime(f"{about.get('date')} {str(about.get('time')).partition('.')[0]}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


READER = Reader(
    name="OpenSignals",
    formats=(
        Format(
            name="OpenSignals",
            files=".txt",
            devices="BITalino, biosignalsplux",
            read_by="mvkt",
            mind="ECG sensors only, by the transfer functions of their data sheets; biosignalsplux sensors of a gain "
            "of 1019 come out 2 % too large; give --lead: the header does not name it",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
