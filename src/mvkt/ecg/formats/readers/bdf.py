"""BDF and BDF+: EDF with samples of 24 bits, as BioSemi's recorders and some Holters write it.

The header is that of EDF, with the byte 255 and ``BIOSEMI`` for a version. ``Status`` and annotations are left out; the
starts of the data records in the annotations of BDF+D make its gaps. The lowest digital value of 24 bits is a missing
sample.

Source: https://www.biosemi.com/faq/file_format.htm; https://www.edfplus.info/specs/edfplus.html for the ``+``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import age_at, parse_date
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.edf_gaps import with_gaps
from mvkt.ecg.formats.readers.json_file import number
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import Told
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

_VERSION = b"\xffBIOSEMI"
_LARGEST_BYTES = 1024**3
_MISSING = -(2**23)
_MOST_SIGNALS = 1024
_LONGEST_RECORD = 1e6
_FIXED_BYTES = 256
_FIXED = {
    "patient": (8, 80),
    "recording": (88, 80),
    "date": (168, 8),
    "time": (176, 8),
    "bytes": (184, 8),
    "kind": (192, 44),
    "records": (236, 8),
    "duration": (244, 8),
    "signals": (252, 4),
}
"""Where the fields of the first 256 bytes begin, and how long they are."""

_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_ANNOTATIONS = "BDF Annotations"
_ONSET = re.compile(rb"([+-]\d{1,12}(?:\.\d{1,9})?)(?:\x15[\d.]*)?\x14")
_SEXES: dict[str, Sex] = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class _Signal:
    """One signal of the header."""

    label: str
    unit: str
    physical: tuple[float | None, float | None]
    digital: tuple[float | None, float | None]
    samples: int
    offset: int


@dataclass(frozen=True)
class _Header:
    """What the header states; of the person only what :func:`_person` takes."""

    patient: str
    start: datetime | None
    kind: str
    records: int
    duration: float
    bytes: int
    signals: tuple[_Signal, ...]

    @property
    def record_bytes(self) -> int:
        return 3 * sum(signal.samples for signal in self.signals)


def recognises(file: RecordingFile) -> bool:
    """Whether the version is that of BDF."""
    return file.head.startswith(_VERSION)


def read(file: RecordingFile, told: Told) -> Record:
    """Read the ECG among the signals of a file."""
    if file.size > _LARGEST_BYTES:
        raise RecordFormatError(f"BDF: {file.size:,} bytes are more than is read of BDF ({_LARGEST_BYTES:,})")
    content = file.read_bytes()
    header = _header(content)
    records, notes = _records(content, header)
    channels = [_channel(records, signal, header) for signal in _wanted(header.signals)]
    if header.kind.startswith("BDF+D"):
        meta = {
            "record_onsets": _onsets(records, header),
            "record_duration": header.duration,
            "num_records": len(records),
        }
        channels, gaps = with_gaps(channels, meta)
        notes += gaps
    sex, age = _person(header) if header.kind.startswith("BDF+") else (None, None)
    return assemble(channels, source="BDF", notes=notes, start_time=header.start, age=age, sex=sex, told=told)


def _header(content: bytes) -> _Header:
    fixed = {name: content[at : at + width].decode("latin-1").strip() for name, (at, width) in _FIXED.items()}
    try:
        count, length = int(fixed["signals"]), int(fixed["bytes"])
        duration, records = float(fixed["duration"]), int(fixed["records"])
        if not 1 <= count <= _MOST_SIGNALS or length != _FIXED_BYTES * (count + 1) or len(content) < length:
            raise ValueError(count)
        if not 0 < duration < _LONGEST_RECORD:
            raise ValueError(duration)
        signals = _signals(content, count)
    except (ValueError, OverflowError):
        raise RecordFormatError("BDF: the header is damaged") from None
    start = _start(fixed["date"], fixed["time"], unknown=fixed["recording"].startswith("Startdate X"))
    return _Header(fixed["patient"], start, fixed["kind"], records, duration, length, signals)


def _signals(content: bytes, count: int) -> tuple[_Signal, ...]:
    columns: list[list[str]] = []
    at = _FIXED_BYTES
    for width in _WIDTHS:
        cells = [content[at + width * n : at + width * (n + 1)] for n in range(count)]
        columns.append([cell.decode("latin-1").strip() for cell in cells])
        at += width * count
    signals, offset = [], 0
    for label, _, unit, low, high, lowest, highest, _, samples, _ in zip(*columns, strict=True):
        number_of_samples = int(samples)
        if number_of_samples < 0:
            raise ValueError(samples)
        physical, digital = (number(low), number(high)), (number(lowest), number(highest))
        signals.append(_Signal(label, unit, physical, digital, number_of_samples, offset))
        offset += 3 * number_of_samples
    return tuple(signals)


def _start(day: str, clock: str, *, unknown: bool) -> datetime | None:
    """Read ``02.08.51`` and ``20.15.30``; years from 85 on are of the last century, as EDF+ has it."""
    try:
        found = datetime.strptime(f"{day} {clock}", "%d.%m.%y %H.%M.%S")
    except ValueError:
        return None
    year = found.year % 100 + (1900 if found.year % 100 >= 85 else 2000)
    found = found.replace(year=year)
    return None if unknown and found.date() == date(1985, 1, 1) else found


def _records(content: bytes, header: _Header) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return the data records ``(records, bytes)``, and a note where some of them are not there."""
    if not header.record_bytes:
        raise RecordFormatError("BDF: the file promises no samples")
    there = (len(content) - header.bytes) // header.record_bytes
    count = there if header.records < 0 else min(there, header.records)
    if count < 1:
        raise RecordFormatError("BDF: the file holds no whole data record")
    data = np.frombuffer(content, np.uint8, count * header.record_bytes, header.bytes)
    truncated = f"truncated: {count:,} of {header.records:,} data records are there"
    return data.reshape(count, -1), (truncated,) if header.records > count else ()


def _wanted(signals: Sequence[_Signal]) -> list[_Signal]:
    """Return the signals that are named like an ECG, or else all that are voltages."""
    voltages = [
        signal
        for signal in signals
        if signal.samples and signal.label not in (_ANNOTATIONS, "Status") and millivolts_per(signal.unit) is not None
    ]
    named = [signal for signal in voltages if _is_ecg(signal.label)]
    if not voltages:
        raise RecordFormatError("BDF: no signal of the file has a unit of voltage")
    return named or voltages


def _is_ecg(label: str) -> bool:
    return normalise_lead(label) in STANDARD_LEADS or re.search(r"ecg|ekg", label, re.IGNORECASE) is not None


def _channel(records: NDArray[np.uint8], signal: _Signal, header: _Header) -> Channel:
    low, high = signal.physical
    lowest, highest = signal.digital
    if low is None or high is None or lowest is None or highest is None or highest <= lowest or low == high:
        raise RecordFormatError(f"BDF: the header states no scale of signal {signal.label}")
    part = records[:, signal.offset : signal.offset + 3 * signal.samples].reshape(-1, 3)
    counts = part[:, 0].astype(np.int32) | part[:, 1].astype(np.int32) << 8 | part[:, 2].astype(np.int32) << 16
    counts -= (counts >= 2**23) * np.int32(2**24)
    values = ((counts - lowest) * ((high - low) / (highest - lowest)) + low).astype(np.float32)
    values[counts == _MISSING] = np.nan
    return Channel(signal.label, values, signal.unit, signal.samples / header.duration)


def _onsets(records: NDArray[np.uint8], header: _Header) -> list[float]:
    """Return when each data record begins, in seconds; nothing where one does not state it."""
    signal = next((signal for signal in header.signals if signal.label == _ANNOTATIONS), None)
    if signal is None:
        return []
    texts = records[:, signal.offset : signal.offset + 3 * signal.samples]
    found = [_ONSET.match(text.tobytes()) for text in texts]
    return [float(onset[1]) for onset in found if onset] if all(found) else []


def _person(header: _Header) -> tuple[Sex | None, float | None]:
    """Return sex and age from ``code sex birthdate name``; nothing else of it is kept."""
    fields = header.patient.split()
    born = parse_date(fields[2].replace("-", " ")) if len(fields) > 2 else None
    return _SEXES.get(fields[1]) if len(fields) > 1 else None, age_at(born, header.start)


READER = Reader(
    name="BDF",
    formats=(
        Format(
            name="BDF, BDF+",
            files=".bdf",
            devices="BioSemi and other recorders of 24 bits",
            read_by="mvkt",
            mind="signals that are no ECG are left out; gaps of BDF+D are NaN; the lowest value of 24 bits is a "
            "missing sample",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
