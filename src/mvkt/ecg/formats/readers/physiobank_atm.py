"""CSV of the PhysioBank ATM and of ``rdsamp -c -H -v``: quoted names, quoted units, quoted times.

``'Elapsed time','MLII','V5'``, then ``'hh:mm:ss.mmm','mV','mV'``, then a row a sample; ``-`` is a missing one. Times
are minutes and seconds with milliseconds, so the sampling frequency is that of all rows together; a whole number where
the last time allows it.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

import numpy as np
from numpy.typing import DTypeLike

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.column_values import USUAL_RATES
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, read_cells, read_columns, whole_rows
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, gap_notes, measured_or_given, positions_of, spread, timeline
from mvkt.ecg.formats.table_text import plain_bytes
from mvkt.ecg.formats.text import is_number
from mvkt.ecg.formats.units import is_other_unit, millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_HEADER = re.compile(r"'(Elapsed time|Time|Time and date|sample #)'(,'[^'\r\n]*')+", re.IGNORECASE)
_UNITS = re.compile(r"\s*'(?!ms'|us')", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,9}(?:\.\d{1,9})?)")
_CLOCK_AND_DATE = re.compile(r"(\d\d?:\d\d:\d\d)\S* (\d\d)/(\d\d)/(\d{4})")
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
    content = plain_bytes(file)
    names, units, start = _header(content)
    wanted: dict[int, DTypeLike] = {
        column: np.float32
        for column, unit in enumerate(units)
        if column and (millivolts_per(unit) is not None or (given.unit and not is_other_unit(unit)))
    }
    if not wanted:
        raise RecordFormatError(
            "PhysioBank ATM: no column has a unit of voltage; if one is an ECG, give its unit with unit= (--unit)"
        )
    content, cut = whole_rows(content, start, b",", len(names))
    columns = read_columns(content, start, b",", len(names), wanted, comma=False)
    is_counted = (units[0] or names[0]).lower().startswith("sample")
    timing = (_counted if is_counted else _timing)(content, start, len(names), len(columns[0]), given)
    left_out = ", ".join(f"{names[n][:40]} ({units[n][:20]})" for n in range(1, len(names)) if n not in wanted)
    return assemble(
        [
            Channel(names[column], spread(signal, timing.positions), units[column], timing.frequency)
            for column, signal in zip(wanted, columns, strict=True)
        ],
        source="PhysioBank ATM",
        start_time=_start_time(next(read_cells(content, start, b",", len(names), 0), ""), units[0]),
        notes=(*cut, *timing.notes, *[f"left out what is no voltage: {left_out}"] * bool(left_out)),
        given=given,
    )


def _start_time(cell: str, unit: str) -> datetime | None:
    """Return when the first sample was taken: ``[10:00:00.000 01/05/2024]`` below ``hh:mm:ss.mmm dd/mm/yyyy``."""
    found = _CLOCK_AND_DATE.fullmatch(cell.strip("'[] ")) if "dd/mm/yyyy" in unit else None
    return parse_time(f"{found[4]}-{found[3]}-{found[2]} {found[1]}") if found else None


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


def _counted(content: bytes, start: int, width: int, rows: int, given: UserFacts) -> Timing:
    """Return where samples belong that are counted, and have no times."""
    frequency = given.frequency_of(None)
    cells = list(read_cells(content, start, b",", width, 0))
    positions = positions_of(np.array(cells, dtype=np.float64)) if all(map(is_number, cells)) else None
    return Timing(frequency, positions, gap_notes(positions, frequency))


def _timing(content: bytes, start: int, width: int, rows: int, given: UserFacts) -> Timing:
    if rows < 2:
        return Timing(given.frequency_of(None))
    return measured_or_given(lambda: _measured(content, start, width, rows), given)


def _measured(content: bytes, start: int, width: int, rows: int) -> Timing:
    """Return Hz by the first and the last time, and by all of them where these mean no whole number.

    Raises:
        RecordFormatError: The times are not those of regular samples, with or without gaps.
    """
    began = _seconds(content, start)
    ended = _after(began, _seconds(content, _last_row(content)))
    if ended <= began:
        raise RecordFormatError("PhysioBank ATM: the times do not rise")
    frequency = (rows - 1) / (ended - began)
    whole = _whole(frequency, rows - 1, ended - began)
    is_regular = _is_regular(content, start, rows, began, whole or frequency)
    if whole in USUAL_RATES and is_regular:  # 249 Hz may be 250 with a row lost in each second
        return Timing(whole)
    seconds = np.array([_after(began, _time(cell)) for cell in read_cells(content, start, b",", width, 0)])
    try:
        measured, positions = timeline(seconds)
    except RecordFormatError:
        if is_regular:  # more samples than milliseconds
            return Timing(whole or frequency)
        raise RecordFormatError("PhysioBank ATM: the samples were not taken at regular times") from None
    if positions is None:
        return Timing(whole or frequency)
    measured = _whole(measured, int(positions[-1]), ended - began) or measured
    return Timing(measured, positions, gap_notes(positions, measured))


def _whole(frequency: float, steps: int, seconds: float) -> float:
    """Return the whole number of Hz that fits the first and the last time; 0 where none does."""
    whole = float(round(frequency))
    return whole if whole and abs(steps / whole - seconds) <= _ROUNDING else 0.0


def _is_regular(content: bytes, start: int, rows: int, began: float, frequency: float) -> bool:
    """Whether the times of some rows between are those of regular samples."""
    for probe in range(1, _PROBES):
        at = content.find(b"\n", start + (len(content) - start) * probe // _PROBES) + 1
        row = content.count(b"\n", start, at)
        if not at or row >= rows:
            continue
        late = _after(began, _seconds(content, at)) - began - row / frequency
        if abs(late) > 2 * _ROUNDING + 2 / frequency:
            return False
    return True


def _after(began: float, seconds: float) -> float:
    """A time of day on the next day, where it lies before the first one by more than half a day."""
    return seconds + _DAY if seconds < began - _DAY / 2 else seconds


def _last_row(content: bytes) -> int:
    return content.rfind(b"\n", 0, len(content.rstrip())) + 1


def _seconds(content: bytes, at: int) -> float:
    """Read the time at the beginning of a row."""
    return _time(content[at : at + 64].partition(b",")[0].decode("ascii", errors="replace"))


def _time(cell: str) -> float:
    """Read a time: ``'0:00.004'``, ``'1:02:03.004'``, or seconds."""
    clock = _CLOCK.match(cell.strip().strip("'[] "))
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
