"""CSV of the PhysioBank ATM and of ``rdsamp -c -H -v``: quoted names, quoted units, quoted times.

``'Elapsed time','MLII','V5'``, then ``'hh:mm:ss.mmm','mV','mV'``, then a row a sample; ``-`` is a missing one. Times
are minutes and seconds with milliseconds, so the sampling frequency is that of all rows together; a whole number where
the last time allows it.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import DTypeLike

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, read_columns, whole_rows
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, measured_or_given
from mvkt.ecg.formats.text import is_number
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_HEADER = re.compile(r"'(Elapsed time|Time|Time and date|sample #)'(,'[^'\r\n]*')+", re.IGNORECASE)
_UNITS = re.compile(r"\s*'(?!ms'|us')", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,9}(?:\.\d{1,9})?)")
_DAY = 86_400.0
_ROUNDING = 0.0011
"""Seconds: times are cut off after milliseconds."""

_PROBES = 16


def recognises(file: RecordingFile) -> bool:
    """Whether the first two lines are names and units as the ATM quotes them."""
    lines = (as_text(file.head) or "").lstrip("\ufeff").splitlines()[:2]
    return len(lines) == 2 and _HEADER.fullmatch(lines[0].strip()) is not None and _UNITS.match(lines[1]) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the signals of an export."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"PhysioBank ATM: a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}")
    content = file.read_bytes()
    names, units, start = _header(content)
    wanted: dict[int, DTypeLike] = {
        column: np.float32 for column, unit in enumerate(units) if column and millivolts_per(unit) is not None
    }
    if not wanted:
        raise RecordFormatError("PhysioBank ATM: no column has a unit of voltage")
    content, cut = whole_rows(content, start, b",", len(names))
    columns = read_columns(content, start, b",", len(names), wanted, comma=False)
    timing = _timing(content, start, len(columns[0]), units[0] or names[0], given)
    left_out = ", ".join(f"{names[n][:40]} ({units[n][:20]})" for n in range(1, len(names)) if n not in wanted)
    return assemble(
        [
            Channel(names[column], signal, units[column], timing.frequency)
            for column, signal in zip(wanted, columns, strict=True)
        ],
        source="PhysioBank ATM",
        notes=(*cut, *timing.notes, *[f"left out what is no voltage: {left_out}"] * bool(left_out)),
        given=given,
    )


def _header(content: bytes) -> tuple[list[str], list[str], int]:
    """Return names, units, and where the first row begins."""
    first = content.find(b"\n", 0, LONGEST_LINE)
    second = content.find(b"\n", first + 1, first + LONGEST_LINE)
    if min(first, second) < 0:
        raise RecordFormatError("PhysioBank ATM: the file holds no samples")
    names, units = (
        [cell.strip().strip("'") for cell in line.decode("utf-8-sig", errors="replace").strip().split(",")]
        for line in (content[:first], content[first + 1 : second])
    )
    if len(names) != len(units):
        raise RecordFormatError(f"PhysioBank ATM: {len(names)} columns have names and {len(units)} have units")
    return names, units, second + 1


def _timing(content: bytes, start: int, rows: int, unit: str, given: UserFacts) -> Timing:
    if unit.lower().startswith("sample") or rows < 2:
        return Timing(given.frequency_of(None))
    return measured_or_given(lambda: Timing(_frequency(content, start, rows)), given)


def _frequency(content: bytes, start: int, rows: int) -> float:
    """Return Hz by the first and the last time.

    Raises:
        RecordFormatError: The times between are not those of regular samples.
    """
    began = _seconds(content, start)
    ended = _after(began, _seconds(content, _last_row(content)))
    if ended <= began:
        raise RecordFormatError("PhysioBank ATM: the times do not rise")
    frequency = (rows - 1) / (ended - began)
    whole = round(frequency)
    if whole and abs((rows - 1) / whole - (ended - began)) <= _ROUNDING:
        frequency = float(whole)
    for probe in range(1, _PROBES):
        at = content.find(b"\n", start + (len(content) - start) * probe // _PROBES) + 1
        row = content.count(b"\n", start, at)
        if (
            at
            and row < rows
            and abs(_after(began, _seconds(content, at)) - began - row / frequency) > 2 * _ROUNDING + 2 / frequency
        ):
            raise RecordFormatError("PhysioBank ATM: the samples were not taken at regular times, or rows are missing")
    return frequency


def _after(began: float, seconds: float) -> float:
    """A time of day on the next day, where it lies before the first one by more than half a day."""
    return seconds + _DAY if seconds < began - _DAY / 2 else seconds


def _last_row(content: bytes) -> int:
    return content.rfind(b"\n", 0, len(content.rstrip())) + 1


def _seconds(content: bytes, at: int) -> float:
    """Read the time at the beginning of a row: ``'0:00.004'``, ``'1:02:03.004'``, or seconds."""
    cell = content[at : at + 64].partition(b",")[0].decode("ascii", errors="replace").strip().strip("'[] ")
    clock = _CLOCK.match(cell)
    if clock is None or not is_number(clock[3]):
        raise RecordFormatError("PhysioBank ATM: a time is none of minutes, seconds and milliseconds")
    seconds = int(clock[1] or 0) * 3600 + int(clock[2] or 0) * 60 + float(clock[3])
    return seconds if math.isfinite(seconds) else 0.0


READER = Reader(
    name="PhysioBank ATM",
    formats=(
        Format(
            name="PhysioBank ATM",
            files=".csv",
            devices="PhysioNet's PhysioBank ATM, rdsamp",
            read_by="mvkt",
            mind="the sampling frequency follows from all times together; signals that are no voltage are left out",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
