"""Tables of numbers: CSV, TSV, or one number a line, with or without names of columns and a column of times.

What the table does not state (the unit, often the sampling frequency) is the user's to give. Names may have units:
``time [s],I [mV],II [mV]``. Lines before the table may state ``sampling_frequency: 511.4``, ``unit: mV``,
``start_time: 2024-01-31T10:00:00``, ``age: 57`` and ``sex: female``, with or without a ``#`` before them; that is what
``mvkt convert`` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.column_values import check_thousands
from mvkt.ecg.formats.columns import LONGEST_LINE, read_cells, read_columns
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.frequency_by_value import frequency_by_value
from mvkt.ecg.formats.long_table import rows_of_leads, same_times
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.person_facts import facts_in_comments
from mvkt.ecg.formats.promised_length import truncation_notes
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.row_order import DAY, OrderedRows, in_order
from mvkt.ecg.formats.sample_times import Timing, spread
from mvkt.ecg.formats.table_dates import only_start, stated_age, stated_start
from mvkt.ecg.formats.table_facts import (
    stated_frequencies,
    stated_frequency,
    stated_leads,
    stated_unit,
)
from mvkt.ecg.formats.table_layout import Layout, layout_of
from mvkt.ecg.formats.table_roles import Clock, Lead, check_packages, roles_of, with_names
from mvkt.ecg.formats.table_text import content_of, last_row, rows_of
from mvkt.ecg.formats.table_times import scale_of, since_1970, timing_of_cells, timing_of_numbers
from mvkt.ecg.formats.table_units import in_millivolts, millivolts_of_one, with_units
from mvkt.ecg.formats.text import decode
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_DATE_LENGTH = 10


@dataclass(frozen=True, eq=False)
class _Times:
    """When the samples were taken, the rows in that order, and when the first one was."""

    timing: Timing
    rows: OrderedRows
    began: datetime | None


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
    content, ends = content_of(file)
    layout = layout_of(decode(content[:LONGEST_LINE]), whole=len(content) <= LONGEST_LINE)
    if layout is None:
        raise RecordFormatError("the file is no table of numbers with at most a row of names and one of units")
    leads, clock, left_out = roles_of(layout, given)
    leads = with_names(with_units(leads, stated_unit(layout.facts)), stated_leads(layout.facts), layout.facts)
    millivolts = {lead.column: millivolts_of_one(lead, layout.facts, given) for lead in leads}
    wanted: dict[int, Any] = {lead.column: np.float32 for lead in leads}
    if clock is not None and not clock.is_text:
        wanted[clock.column] = np.float64
        millivolts[clock.column] = 1e-9  # may count -32768
    needed = [*wanted, *([clock.column] if clock and clock.is_text else [])]
    rows = rows_of(content, layout, needed, ends=ends)
    facts = {"sampling rate": f"{rows.rate:g}", **layout.facts} if rows.rate else layout.facts
    layout = replace(layout, facts=facts)
    where = rows.content, rows.start, layout.separator.encode(), len(layout.kinds)
    voltages = [column for column in wanted if layout.in_millivolts[column]]
    found = read_columns(
        *where,
        wanted,
        comma=layout.comma,
        plain=layout.plain,
        in_millivolts=voltages,
        millivolts=millivolts,
        with_words=True,
        with_blank=clock is None,
    )
    columns = dict(zip(wanted, found, strict=True))
    clock = _filled(clock, columns)
    taken: slice | NDArray[Any] = slice(None)
    if layout.lead_names is not None and len(leads) == 1:
        leads, clock, columns, taken = _leads_of_rows(leads[0], clock, columns, read_cells(*where, layout.lead_names))

    def cells(column: int, *, last: bool = False) -> Iterator[str]:
        return read_cells(rows.content, last_row(*where[:2]) if last else rows.start, *where[2:], column)

    times = _times(layout, clock, [columns[lead.column] for lead in leads], columns, taken, cells, given)
    check_packages(leads, times.timing.frequency)
    for lead in leads if layout.lead_names is None and not any(layout.in_millivolts) else ():
        check_thousands(columns[lead.column], partial(cells, lead.column))
    columns = {column: values[times.rows.taken] for column, values in columns.items()}
    leads, columns, scaled = in_millivolts(leads, columns, layout.facts, given)
    there = max((len(columns[lead.column]) for lead in leads), default=0)
    began = stated_start(layout.facts) or times.began or only_start(layout.facts)
    age, sex = facts_in_comments([*layout.comments, *(f"{key}: {value}" for key, value in layout.facts.items())])
    return assemble(
        [
            Channel(
                lead.name,
                spread(columns[lead.column], times.timing.positions),
                lead.unit or stated_unit(layout.facts),
                times.timing.frequency,
            )
            for lead in leads
        ],
        source="table",
        notes=(
            *layout.notes,
            *rows.notes,
            *times.rows.notes,
            *times.timing.notes,
            *scaled,
            *truncation_notes(layout.facts, there, times.timing.frequency),
            *[f"left out columns that are no ECG: {', '.join(left_out[:12])}"] * bool(left_out),
        ),
        start_time=began,
        age=stated_age(layout.facts, began) if age is None else age,
        sex=sex,
        given=given,
    )


def _times(
    layout: Layout,
    clock: Clock | None,
    signals: Sequence[NDArray[Any]],
    columns: Mapping[int, NDArray[Any]],
    taken: slice | NDArray[Any],
    cells: Callable[..., Iterator[str]],
    given: UserFacts,
) -> _Times:
    """Settle when the samples were taken: by the column of times, what the table states, and what the user gives."""
    stated = stated_frequency(layout.facts)
    note: tuple[str, ...] = ()
    if stated is None and given.sampling_frequency is None and (clock is None or abs(layout.steps[clock.column]) == 1):
        differing = sorted(set(stated_frequencies(layout.facts)))
        if differing:
            listed = " and ".join(f"{rate:g}" for rate in differing[:4])
            raise RecordFormatError(
                f"the lines before the table state several sampling frequencies ({listed} Hz): give that of the ECG "
                "with sampling_frequency= (--sampling-frequency)"
            )
        stated, note = frequency_by_value(layout.comments)
    rows, began = OrderedRows(slice(None), np.empty(0), note), None
    if clock is None:
        timing = Timing(given.frequency_of(stated))
    elif clock.is_text:
        ends = next(cells(clock.column), ""), next(cells(clock.column, last=True), "")
        timing, rows = timing_of_cells(partial(cells, clock.column), ends, taken, signals, stated, given)
    else:
        rows = in_order(columns[clock.column], signals, (DAY, 1000 * DAY, 1e6 * DAY), given)
        scale = clock.scale or scale_of(rows.times)
        timing, began = timing_of_numbers(rows.times, scale, stated, given), since_1970(rows.times, scale)
        rows = replace(rows, notes=(*note, *rows.notes))
    if began is None and "time" in layout.kinds and rows.as_they_were:
        parts = [layout.kinds.index(kind) for kind in ("date", "time") if kind in layout.kinds]
        began = _moment(*(next(cells(column), "") for column in parts))
    return _Times(timing, rows, began)


def _filled(clock: Clock | None, columns: dict[int, NDArray[Any]]) -> Clock | None:
    """Return the column of times unless it is empty, as LabVIEW leaves it where it writes none."""
    return None if clock is not None and np.isnan(columns.get(clock.column, np.zeros(1))).all() else clock


def _leads_of_rows(
    lead: Lead, clock: Clock | None, columns: dict[int, NDArray[Any]], names: Iterable[str]
) -> tuple[list[Lead], Clock | None, dict[int, NDArray[Any]], NDArray[Any]]:
    """Return a column for each lead of a table that names the lead of each row, and the rows of the first lead."""
    rows = rows_of_leads(names)
    first = next(iter(rows.values()))
    if clock is not None and not clock.is_text and not same_times(columns[clock.column], rows):
        clock = None  # counts of all rows
    leads = [replace(lead, name=name, column=-1 - number) for number, name in enumerate(rows)]
    kept = {column: values[first] for column, values in columns.items()}
    values = columns[lead.column]
    return leads, clock, kept | {-1 - number: values[found] for number, found in enumerate(rows.values())}, first


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
