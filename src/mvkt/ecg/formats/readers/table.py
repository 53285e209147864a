"""Tables of numbers: CSV, TSV, or one number a line, with or without names of columns and a column of times.

What the table does not state (the unit, often the sampling frequency) is the user's to give. Names may have units:
``time [s],I [mV],II [mV]``. Lines before the table may state ``sampling_frequency: 511.4``, ``unit: mV``,
``start_time: 2024-01-31T10:00:00``, ``age: 57`` and ``sex: female``, with or without a ``#`` before them; that is what
``mvkt convert`` writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble, is_ecg_name, is_other_name
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, end_of_rows, read_cells, read_columns
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.person_facts import facts_in_comments
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, measured, measured_or_given, spread, timing_of
from mvkt.ecg.formats.table_facts import stated_frequency, stated_leads, stated_start, stated_unit, step_of
from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.table_layout import Layout, layout_of
from mvkt.ecg.formats.text import MISSING_CELLS, decode, is_number, utf16_of
from mvkt.ecg.formats.time_cells import is_time, seconds_of
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead, view_leads
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_BRACKETS = re.compile(r"(.{0,80}?)[\s_]*[\[(]([^\[(\])]{0,19}[^\[(\])\d])[\])]")  # "II (2)" is the second II
_AGAIN = re.compile(r"(.+)\.(\d{1,2})")
_TAIL = re.compile(r"(.{1,80}?)(?:[\s_]+(?=[^\s_,]{2})|,\s*|\s*/\s*)([^\s_,/\d]{1,12})")  # "lead V" is none in volts
_TIME = re.compile(
    r"(?:.*[\s_])?(?:time\w*|zeit\w*|temps|tiempo|tempo|t|elapsed.*|.*timestamp|s(ec(ond)?s?)?|m(illi)?s(econds)?)",
    re.IGNORECASE,
)
_INDEX = re.compile(
    r"|samples?([\s_]?(index|n(umber|r|o)?|#|id))?|index|idx|nr?|no|#|row|counter|seq\w*|unnamed.*", re.IGNORECASE
)
_DATE_LENGTH = 10
_SECONDS_OF_1990, _SECONDS_OF_2100 = 631_152_000, 4_102_444_800
_USUAL_FREQUENCIES = (50.0, 5000.0)
_FACTORS = (1.0, 1e3, 1e6, 1e9)
"""Of times without a unit: s, ms, µs or ns."""


@dataclass(frozen=True)
class _Lead:
    """A column of an ECG."""

    column: int
    name: str
    unit: str


@dataclass(frozen=True)
class _Clock:
    """The column of times; ``scale`` is its unit in seconds, or 0 where it states none."""

    column: int
    is_text: bool
    scale: float


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with rows of numbers, or soon has them."""
    text = as_text(file.head)
    if text is None or text.lstrip("\ufeff \t\r\n")[:1] in ("<", "{"):  # XML and JSON may have rows of numbers
        return False
    if layout_of(text, whole=file.size <= len(file.head)) is not None:
        return True
    longer = as_text(file.peek(LONGEST_LINE)) if file.size > len(file.head) else None  # below long comments
    return longer is not None and layout_of(longer, whole=file.size <= LONGEST_LINE) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read a table."""
    content = _content(file)
    layout = layout_of(decode(content[:LONGEST_LINE]), whole=len(content) <= LONGEST_LINE)
    if layout is None:
        raise RecordFormatError("the file is no table of numbers with at most a row of names and one of units")
    leads, clock, left_out = _roles(layout, given)
    leads = _with_names(leads, stated_leads(layout.facts))
    wanted: dict[int, Any] = {lead.column: np.float32 for lead in leads}
    if clock is not None and not clock.is_text:
        wanted[clock.column] = np.float64
    content, after = _without_lines_after(content, layout, [*wanted, *([clock.column] if clock else [])])
    where = content, _skip(content, layout.header_lines), layout.separator.encode(), len(layout.kinds)
    columns = dict(zip(wanted, read_columns(*where, wanted, comma=layout.comma, plain=layout.plain), strict=True))
    stated = stated_frequency(layout.facts)
    if clock is None:
        timing, began = Timing(given.frequency_of(stated)), None
    elif clock.is_text:
        began = None
        timing = measured_or_given(lambda: measured(seconds_of(read_cells(*where, clock.column)), stated), given)
    else:
        times = columns[clock.column]
        scale = clock.scale or _scale_of(times)
        timing, began = _timing(times, scale, stated, given), _since_1970(times, scale)
    unit, (millivolts, zero) = stated_unit(layout.facts), step_of(layout.facts)
    scaled = [] if unit or given.unit or not millivolts else [lead for lead in leads if _counts(lead.unit)]
    for lead in scaled:
        columns[lead.column] = (columns[lead.column] - zero) * millivolts
    if began is None and "time" in layout.kinds:
        began = _moment(
            *(next(read_cells(*where, column), "") for column in (*_dates(layout), layout.kinds.index("time")))
        )
    age, sex = facts_in_comments([*layout.comments, *(f"{key}: {value}" for key, value in layout.facts.items())])
    return assemble(
        [
            Channel(
                lead.name,
                spread(columns[lead.column], timing.positions),
                "mV" if lead in scaled else lead.unit or unit,
                timing.frequency,
            )
            for lead in leads
        ],
        source="table",
        notes=(
            *after,
            *timing.notes,
            *_scale_notes(millivolts if scaled else 0.0, zero),
            *[f"left out columns that are no ECG: {', '.join(left_out[:12])}"] * bool(left_out),
        ),
        start_time=stated_start(layout.facts) or began,
        age=age,
        sex=sex,
        given=given,
    )


def _content(file: RecordingFile) -> bytes:
    """Return the file as text that has ASCII's numbers, after a look at its size and its first line."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}: use EDF or WFDB")
    start = file.peek(LONGEST_LINE + 1)
    if len(start) > LONGEST_LINE and b"\n" not in start and b"\r" not in start:
        raise RecordFormatError(f"the table has a line of over {LONGEST_LINE:,} bytes: it is none of samples")
    content = file.read_bytes()
    wide = utf16_of(start)
    if wide:
        if file.size > LARGEST_BYTES // 8:
            raise RecordFormatError("a table as long as this must be UTF-8, not UTF-16")
        content = content.decode(wide, errors="replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\x1a\0\r\n ")  # ends of DOS, and of files that were laid out


def _without_lines_after(content: bytes, layout: Layout, needed: Sequence[int]) -> tuple[bytes, tuple[str, ...]]:
    """Return a table without lines after its last row, and a note on these; a row needs what its columns hold."""

    def is_row(cells: list[str]) -> bool:
        return any(cells) and all(
            is_time(cells[column])
            if layout.kinds[column] == "time"
            else is_number(cells[column]) or cells[column].lower() in MISSING_CELLS
            for column in needed
        )

    end = end_of_rows(
        content, _skip(content, layout.header_lines), layout.separator.encode(), len(layout.kinds), is_row
    )
    lines = content[end:].count(b"\n") or content[end:].count(b"\r")
    return content[:end], (f"lines left out after the last row: {lines}",) if lines else ()


def _skip(content: bytes, lines: int) -> int:
    """Return where the line of a number begins."""
    start = 0
    for _ in range(lines):
        ends = [at for mark in (b"\n", b"\r") if (at := content.find(mark, start, start + LONGEST_LINE)) >= 0]
        start = min(ends) + 1
        start += content[start - 1 : start + 1] == b"\r\n"
    return start


def _roles(layout: Layout, given: UserFacts) -> tuple[list[_Lead], _Clock | None, list[str]]:
    """Return the leads, the column of times, and the names of what is left out.

    A column of numbers that rise evenly is one of times or counts, whatever it is called: no ECG is a straight line.
    """
    named = [_name_and_unit(_without_count(name, layout.names)) for name in layout.names]
    named = named or [("", "")] * len(layout.kinds)
    clocks: list[tuple[int, _Clock]] = []
    leads, left_out = [], []
    for column, ((name, unit), kind, step) in enumerate(zip(named, layout.kinds, layout.steps, strict=True)):
        called_time = bool(name) and _TIME.fullmatch(name) is not None
        is_lead = millivolts_per(unit) is not None or (is_ecg_name(name) and not called_time) or len(named) == 1
        if kind == "time":
            clocks.append((1, _Clock(column, True, 1.0)))
        elif kind == "number" and not is_lead and (called_time or step not in (0, 1)):
            scale = SECONDS.get(unit.lower() or name.lower(), 0.0)
            clocks.append((0 if scale else 2 if called_time else 3, _Clock(column, False, scale)))
        elif kind == "number" and (is_lead or not (step == 1 or (layout.names and _INDEX.fullmatch(name)))):
            leads.append(_Lead(column, name or f"Channel {column + 1}", unit))
        elif not _INDEX.fullmatch(name):
            left_out.append(name)
    clock = min(clocks, key=lambda found: found[0])[1] if clocks else None
    if not layout.names:
        return _unnamed_leads(layout, leads, clock, given)
    kept = [lead for lead in leads if is_ecg_name(lead.name)] or [
        lead for lead in leads if not is_other_name(lead.name)
    ]
    if not kept:
        raise RecordFormatError(f"the table has no column of an ECG: {', '.join(layout.names[:12])}")
    return kept, clock, [*left_out, *[lead.name for lead in leads if lead not in kept]]


def _with_names(leads: list[_Lead], stated: Sequence[str]) -> list[_Lead]:
    """Return the leads with the names that lines before the table state, where no column is called as a lead."""
    if len(stated) != len(leads) or {normalise_lead(lead.name) for lead in leads} & set(STANDARD_LEADS):
        return leads
    return [replace(lead, name=name) for lead, name in zip(leads, stated, strict=True)]


def _unnamed_leads(
    layout: Layout, leads: list[_Lead], clock: _Clock | None, given: UserFacts
) -> tuple[list[_Lead], _Clock | None, list[str]]:
    """Take as many columns for leads as the user names, all or all but times and counts; one beside times of day."""
    columns = len(layout.kinds)
    wanted = len(view_leads(given.lead)) if given.lead else 0
    if columns == 1 or wanted == columns == layout.kinds.count("number"):
        return [_Lead(column, f"Channel {column + 1}", "") for column in range(columns)], None, []
    if leads and (wanted == len(leads) or (not wanted and clock is not None and clock.is_text and len(leads) == 1)):
        return leads, clock, []
    raise RecordFormatError(
        f"the table has {columns} columns without names, {len(leads)} of them neither times nor counts nor text; write "
        "names into its first line ('time [s],I [mV]') or name the leads with lead='I+II' (--lead I+II)"
    )


def _without_count(name: str, names: Sequence[str]) -> str:
    """Return the name of a column as it was before pandas made ``II.1`` of the second II."""
    again = _AGAIN.fullmatch(name)
    return again[1] if again and again[1] in names else name


def _name_and_unit(name: str) -> tuple[str, str]:
    """Split ``"I [mV]"``, ``"ecg (uV)"``, ``"ecg_mV"``, ``"time_ms"``, ``"t/s"`` and ``"ЭКГ, мВ"``."""
    bracketed = _BRACKETS.fullmatch(name)
    if bracketed:
        return bracketed[1].strip(), bracketed[2].strip()
    tail = _TAIL.fullmatch(name)
    scale = SECONDS.get(tail[2].lower(), 0.0) if tail else 0.0
    is_time = 0 < scale <= 1 or (scale > 1 and tail is not None and _TIME.fullmatch(tail[1]))  # "ecg_min" is the least
    if tail and (is_time or millivolts_per(tail[2]) is not None):
        return tail[1].strip(), tail[2]
    return name, ""


def _counts(unit: str) -> bool:
    """Whether a column has no unit, or one of the steps of a converter."""
    return not unit or re.fullmatch(r"adu|adc|counts?|lsb|raw|steps?|digits?", unit, re.IGNORECASE) is not None


def _scale_notes(millivolts: float, zero: float) -> tuple[str, ...]:
    return (f"a step is {millivolts * 1000:g} µV and {zero:g} is 0, as lines before the rows state",) * bool(millivolts)


def _scale_of(times: NDArray[Any]) -> float:
    """Return the unit of times in seconds by their steps; 0 where several are possible, or none."""
    steps = np.diff(times)
    if (steps == 1).all():
        return 0.0  # whole numbers may be samples as well as milliseconds
    step = float(np.median(steps)) if len(steps) else 0.0
    lowest, highest = _USUAL_FREQUENCIES
    return next((1 / factor for factor in _FACTORS if step > 0 and lowest <= factor / step <= highest), 0.0)


def _timing(times: NDArray[Any], scale: float, stated: float | None, given: UserFacts) -> Timing:
    """Settle the sampling frequency by a column of numbers, what the table states, and what the user gives."""
    if not scale and (np.diff(times) == 1).all():
        return Timing(given.frequency_of(stated))
    if scale:
        return timing_of(times.astype(np.float64) * scale, given, stated)
    if given.sampling_frequency is None and stated is None:
        raise RecordFormatError(
            "the unit of the column of times is unknown: call it 'time [s]' or 'time [ms]', or give the sampling "
            "frequency with sampling_frequency= (--sampling-frequency)"
        )
    frequency = given.frequency_of(stated)
    return Timing(frequency, None, (f"the times of the samples are of no use: they are joined at {frequency:g} Hz",))


def _dates(layout: Layout) -> list[int]:
    """Return the column of dates beside a column of times of day, if there is one."""
    return [column for column, kind in enumerate(layout.kinds) if kind == "date"][:1]


def _moment(*cells: str) -> datetime | None:
    text = " ".join(cells)
    return (time(text) or parse_time(text)) if len(text) > _DATE_LENGTH else None


def _since_1970(times: NDArray[Any], scale: float) -> datetime | None:
    """Return when the first sample was taken, where times are counted from 1970 on: they mean a year from 1990 on."""
    first = float(times[0]) * scale if len(times) and np.isfinite(times[0]) else 0.0
    return datetime.fromtimestamp(first, UTC) if _SECONDS_OF_1990 <= first < _SECONDS_OF_2100 else None


READER = Reader(
    name="table",
    formats=(
        Format(
            name="CSV, TSV, text",
            files=".csv, .tsv, .txt",
            devices="spreadsheets, scripts, mvkt convert",
            read_by="mvkt",
            mind="name the columns 'time [s],I [mV],II [mV]', or give --sampling-frequency, --unit and --lead; nothing "
            "of that is guessed; times may be numbers, times of day or dates with times; -32768 is a missing sample",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
