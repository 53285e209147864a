"""Tables of numbers: CSV, TSV, or one number a line, with or without names of columns and a column of times.

What the table does not state (the unit, often the sampling frequency) is the user's to give. Names may have units:
``time [s],I [mV],II [mV]``. Lines before the table may state ``sampling_frequency: 511.4``, ``unit: mV``,
``start_time: 2024-01-31T10:00:00``, ``age: 57`` and ``sex: female``, with or without a ``#`` before them; that is what
``mvkt convert`` writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble, is_ecg_name
from mvkt.ecg.formats.column_names import TIME, name_and_unit, without_count
from mvkt.ecg.formats.columns import LONGEST_LINE, read_cells, read_columns
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.long_table import check_times, rows_of_leads
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.person_facts import facts_in_comments
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, spread
from mvkt.ecg.formats.table_facts import (
    frequency_by_value,
    stated_frequency,
    stated_leads,
    stated_start,
    stated_unit,
    step_of,
)
from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.table_layout import Layout, layout_of
from mvkt.ecg.formats.table_text import content_of, line_start, without_lines_after
from mvkt.ecg.formats.table_times import fall, scale_of, since_1970, timing_of_cells, timing_of_numbers
from mvkt.ecg.formats.text import decode
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.leads import STANDARD_LEADS, is_other_name, normalise_lead, view_leads
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_INDEX = re.compile(
    r"|samples?([\s_]?(index|n(umber|r|o)?|#|id))?|index|idx|nr?|no|#|row|counter|seq\w*|unnamed.*", re.IGNORECASE
)
_DATE_LENGTH = 10


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
    content = content_of(file)
    layout = layout_of(decode(content[:LONGEST_LINE]), whole=len(content) <= LONGEST_LINE)
    if layout is None:
        raise RecordFormatError("the file is no table of numbers with at most a row of names and one of units")
    leads, clock, left_out = _roles(layout, given)
    leads = _with_names(leads, stated_leads(layout.facts))
    wanted: dict[int, Any] = {lead.column: np.float32 for lead in leads}
    if clock is not None and not clock.is_text:
        wanted[clock.column] = np.float64
    content, after = without_lines_after(content, layout, [*wanted, *([clock.column] if clock else [])])
    where = content, line_start(content, layout.header_lines), layout.separator.encode(), len(layout.kinds)
    voltages = [column for column in wanted if layout.in_millivolts[column]]
    found = read_columns(*where, wanted, comma=layout.comma, plain=layout.plain, in_millivolts=voltages)
    columns = dict(zip(wanted, found, strict=True))
    clock = _filled(clock, columns)
    rows: slice | NDArray[Any] = slice(None)
    if layout.lead_names is not None and len(leads) == 1:
        leads, columns, rows = _leads_of_rows(leads[0], clock, columns, read_cells(*where, layout.lead_names))
    stated = stated_frequency(layout.facts)
    by_value: tuple[str, ...] = ()
    if stated is None and given.sampling_frequency is None and (clock is None or layout.steps[clock.column] == 1):
        stated, by_value = frequency_by_value(layout.comments)
    began, falling = None, False
    if clock is None:
        timing = Timing(given.frequency_of(stated))
    elif clock.is_text:
        timing, falling = timing_of_cells(lambda: read_cells(*where, clock.column), rows, stated, given)
    else:
        times = columns[clock.column]
        falling = fall(times)
        times = times[::-1] if falling else times
        scale = clock.scale or scale_of(times)
        timing, began = timing_of_numbers(times, scale, stated, given), since_1970(times, scale)
    if falling:
        columns = {column: values[::-1] for column, values in columns.items()}
    unit, (millivolts, zero) = stated_unit(layout.facts), step_of(layout.facts)
    scaled = [] if unit or given.unit or not millivolts else [lead for lead in leads if _counts(lead.unit)]
    for lead in scaled:
        columns[lead.column] = (columns[lead.column] - zero) * millivolts
    if began is None and "time" in layout.kinds and not falling:
        parts = [layout.kinds.index(kind) for kind in ("date", "time") if kind in layout.kinds]
        began = _moment(*(next(read_cells(*where, column), "") for column in parts))
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
            *by_value,
            *["the times of the samples fall: rows are read from the last one to the first"] * falling,
            *timing.notes,
            *_scale_notes(millivolts if scaled else 0.0, zero),
            *[f"left out columns that are no ECG: {', '.join(left_out[:12])}"] * bool(left_out),
        ),
        start_time=stated_start(layout.facts) or began,
        age=age,
        sex=sex,
        given=given,
    )


def _roles(layout: Layout, given: UserFacts) -> tuple[list[_Lead], _Clock | None, list[str]]:
    """Return the leads, the column of times, and the names of what is left out.

    A column of numbers that rise evenly is one of times or counts, whatever it is called: no ECG is a straight line.
    """
    named = [name_and_unit(without_count(name, layout.names)) for name in layout.names]
    named = named or [("", "")] * len(layout.kinds)
    named = [(name, "mV" if each else unit) for (name, unit), each in zip(named, layout.in_millivolts, strict=True)]
    clocks: list[tuple[tuple[bool, int], _Clock]] = []  # of several, one whose times do not stand still
    leads, left_out = [], []
    for column, ((name, unit), kind, step) in enumerate(zip(named, layout.kinds, layout.steps, strict=True)):
        called_time = bool(name) and TIME.fullmatch(name) is not None
        is_count = called_time or (step == 1 and normalise_lead(name) not in STANDARD_LEADS)  # R calls them X
        is_lead = millivolts_per(unit) is not None or (is_ecg_name(name) and not is_count) or len(named) == 1
        if kind == "time":
            clocks.append(((layout.constant[column], 1), _Clock(column, True, 1.0)))
        elif kind == "number" and not is_lead and (called_time or step not in (0, 1) or _counts_time(unit, step)):
            scale = SECONDS.get(unit.lower() or name.lower(), 0.0)
            order = 0 if scale else 2 if called_time else 3
            clocks.append(((layout.constant[column], order), _Clock(column, False, scale)))
        elif kind == "number" and (is_lead or not (step == 1 or (layout.names and _is_index(name, step)))):
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


def _counts_time(unit: str, step: float) -> bool:
    return step == 1 and unit.lower() in SECONDS


def _is_index(name: str, step: float) -> bool:
    """Whether a column is called as one of counts; one of samples counts them only where it rises evenly."""
    return _INDEX.fullmatch(name) is not None and (step != 0 or name.lower() not in ("sample", "samples"))


def _filled(clock: _Clock | None, columns: dict[int, NDArray[Any]]) -> _Clock | None:
    """Return the column of times unless it is empty, as LabVIEW leaves it where it writes none."""
    return None if clock is not None and np.isnan(columns.get(clock.column, np.zeros(1))).all() else clock


def _leads_of_rows(
    lead: _Lead, clock: _Clock | None, columns: dict[int, NDArray[Any]], names: Iterable[str]
) -> tuple[list[_Lead], dict[int, NDArray[Any]], NDArray[Any]]:
    """Return a column for each lead of a table that names the lead of each row, and the rows of the first lead."""
    rows = rows_of_leads(names)
    first = next(iter(rows.values()))
    if clock is not None and not clock.is_text:
        check_times(columns[clock.column], rows)
    leads = [replace(lead, name=name, column=-1 - number) for number, name in enumerate(rows)]
    kept = {column: values[first] for column, values in columns.items()}
    values = columns[lead.column]
    return leads, kept | {-1 - number: values[found] for number, found in enumerate(rows.values())}, first


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
    wanted = len(view_leads(given.lead)) if given.lead else len(stated_leads(layout.facts))
    if columns == 1 or wanted == columns == layout.kinds.count("number"):
        units = ["mV" if each else "" for each in layout.in_millivolts]
        return [_Lead(column, f"Channel {column + 1}", unit) for column, unit in enumerate(units)], None, []
    if leads and (wanted == len(leads) or (not wanted and clock is not None and clock.is_text and len(leads) == 1)):
        return leads, clock, []
    raise RecordFormatError(
        f"the table has {columns} columns without names, {len(leads)} of them neither times nor counts nor text; write "
        "names into its first line ('time [s],I [mV]') or name the leads with lead='I+II' (--lead I+II)"
    )


def _counts(unit: str) -> bool:
    """Whether a column has no unit, or one of the steps of a converter."""
    return not unit or re.fullmatch(r"adu|adc|counts?|lsb|raw|steps?|digits?", unit, re.IGNORECASE) is not None


def _scale_notes(millivolts: float, zero: float) -> tuple[str, ...]:
    return (f"a step is {millivolts * 1000:g} µV and {zero:g} is 0, as lines before the rows state",) * bool(millivolts)


def _moment(*cells: str) -> datetime | None:
    text = " ".join(cells)
    return (time(text) or parse_time(text)) if len(text) > _DATE_LENGTH else None


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
