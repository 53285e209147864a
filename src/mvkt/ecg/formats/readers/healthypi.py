"""CSV of ProtoCentral's HealthyPi: the exports of HealthyPi Studio, and of the app of the watch HealthyPi Move.

Studio: lines that begin with ``# HealthyPi Studio``, a row of names with units (``Time (s),ECG I (mV)``), rows, and
more lines that begin with ``#`` for events. Move: the single column ``ECG(mV)`` with two decimals, without any time;
the watch records at 128 Hz.

Source: the two programs, https://github.com/Protocentral.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import DTypeLike

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.columns import LARGEST_BYTES, read_columns, whole_rows
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, measured_or_given, spread, timing_of
from mvkt.ecg.formats.table_text import plain_bytes
from mvkt.ecg.formats.text import lines_of, number
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

MOVE_FREQUENCY = 128.0

_STUDIO = "# HealthyPi Studio"
_MOVE = re.compile(r"ECG\(mV\)\r?\n(-?\d{1,4}\.\d\d\r?\n){1,}")
_MOVE_NAME = re.compile(r"ecg_recording_\d+_\d{8}_\d{6}", re.IGNORECASE)
_NAMED = re.compile(r"([^()]{1,80}?)\s*\(([^()]{0,20})\)")
_HEAD_BYTES = 64 * 1024
_RATE = re.compile(r"([\d.]{1,12})\s*Hz")
_CLOCKS = ("timestamp", "datetime")


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins as an export of Studio or of Move does."""
    text = (as_text(file.head) or "").lstrip("\ufeff")
    return text.startswith(_STUDIO) or _MOVE.match(text) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an export of one of the two."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"HealthyPi: a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}")
    content = plain_bytes(file)
    return (
        _read_studio(content, given) if content.startswith(_STUDIO.encode()) else _read_move(content, file.name, given)
    )


def _read_move(content: bytes, name: str, given: UserFacts) -> Record:
    known = _MOVE_NAME.search(name) is not None
    if not known and given.sampling_frequency is None:
        raise RecordFormatError(
            "HealthyPi: the file does not state its sampling frequency, and it is not guessed; HealthyPi Move has "
            "128 Hz: give it with sampling_frequency=128 (--sampling-frequency 128)"
        )
    start = content.find(b"\n") + 1
    (signal,) = read_columns(content, start, b"", 1, {0: np.float32}, comma=False)
    frequency = given.frequency_of(MOVE_FREQUENCY if known else None)
    note = "128 Hz is that of HealthyPi Move: the file does not state it, its name is one of the app's"
    return assemble(
        [Channel("ECG", signal, "mV", frequency)],
        source="HealthyPi",
        notes=(note,) if given.sampling_frequency is None else (),
        given=given,
    )


def _read_studio(content: bytes, given: UserFacts) -> Record:
    facts, names, separator, start = _layout(content)
    events = content.find(b"\n#", start - 1)
    content = content if events < 0 else content[: events + 1]
    named = [_NAMED.fullmatch(name) for name in names]
    units = [found[2] if found else "" for found in named]
    content, cut = whole_rows(content, start, separator, len(names))
    wanted: dict[int, DTypeLike] = {
        column: np.float32 for column, unit in enumerate(units) if millivolts_per(unit) is not None
    }
    if not wanted:
        raise RecordFormatError("HealthyPi: no column has a unit of voltage")
    seconds = names[0].lower().replace(" ", "") == "time(s)"
    if seconds:
        wanted[0] = np.float64
    columns = dict(zip(wanted, read_columns(content, start, separator, len(names), wanted, comma=False), strict=True))
    clock = columns.pop(0) if seconds else None
    rows = len(next(iter(columns.values())))
    timing = _timing(content, start, separator, names, rows, facts, given) if clock is None else timing_of(clock, given)
    return assemble(
        [
            Channel(
                found[1] if (found := named[column]) else "",
                spread(signal, timing.positions),
                units[column],
                timing.frequency,
            )
            for column, signal in columns.items()
        ],
        source="HealthyPi",
        notes=(*cut, *timing.notes),
        start_time=parse_time((facts.get("created") or facts.get("recording date") or "").strip()),
        given=given,
    )


def _layout(content: bytes) -> tuple[Mapping[str, str], list[str], bytes, int]:
    """Return what the ``#`` lines state, the names of the columns, what separates them, and where the rows begin."""
    facts: dict[str, str] = {}
    start = 0
    for line in lines_of(content[:_HEAD_BYTES].decode("utf-8", errors="replace"))[:-1]:
        start = content.find(b"\n", start) + 1
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            facts.setdefault(key.strip().lower(), value.strip())
        elif line.strip():
            mark = next((mark for mark in "\t;," if mark in line), ",")
            return facts, [name.strip().strip('"') for name in line.split(mark)], mark.encode(), start
    raise RecordFormatError("HealthyPi: the export has no row of names")


def _stated(facts: Mapping[str, str]) -> float | None:
    rate = _RATE.match(facts.get("sampling rate", ""))
    return number(rate[1]) if rate else None


def _timing(
    content: bytes, start: int, separator: bytes, names: Sequence[str], rows: int, facts: Mapping[str, str],
    given: UserFacts,
) -> Timing:  # fmt: skip
    """Return the sampling frequency by the dates in the first column, or else as the export states it."""
    if names[0].lower() not in _CLOCKS or rows < 3:
        return Timing(given.frequency_of(_stated(facts)))
    return measured_or_given(lambda: Timing(_clock_frequency(content, start, separator, rows)), given)


def _clock_frequency(content: bytes, start: int, separator: bytes, rows: int) -> float:
    """Return Hz by the first and the last date in the first column."""
    last = content.rfind(b"\n", 0, len(content.rstrip())) + 1
    began, ended = (_date(content[at : at + 64].partition(separator)[0]) for at in (start, last))
    if began is None or ended is None or (began.tzinfo is None) != (ended.tzinfo is None) or ended <= began:
        raise RecordFormatError("HealthyPi: the times of the samples are no dates that rise")
    return float(f"{(rows - 1) / (ended - began).total_seconds():.5g}")


def _date(cell: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(cell.decode("ascii", errors="replace").strip())
    except ValueError:
        return None


READER = Reader(
    name="HealthyPi",
    formats=(
        Format(
            name="HealthyPi Studio, HealthyPi Move",
            files=".csv",
            devices="ProtoCentral HealthyPi 5 and 6, HealthyPi Move",
            read_by="mvkt",
            mind="Studio: columns with a unit of voltage; Move: 128 Hz are not in the file and taken only from a name "
            "that its app gives, give --sampling-frequency 128 otherwise",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
