"""Tables of numbers: CSV, TSV, or one number a line, with or without names of columns and a column of times.

What the table does not say (the unit, often the sampling frequency) must be told. Names may have units:
``time [s],I [mV],II [mV]``. Lines that begin with ``#`` may state ``# sampling_frequency: 511.4``, ``# unit: mV``,
``# start_time: 2024-01-31T10:00:00``, ``# age: 57`` and ``# sex: female``; that is what ``mvkt convert`` writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, read_columns
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import number, time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import gap_notes, spread, timeline
from mvkt.ecg.formats.text import bare, decode, is_number, lines_of
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import SAME_FREQUENCY, Told
from mvkt.ecg.leads import view_leads
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

_MOST_COLUMNS = 64
_BRACKETS = re.compile(r"([^\[(]{0,80}?)[\s_]*[\[(]([^\])]{1,20})[\])]")
_TAIL = re.compile(r"(.{1,80}?)[\s_]+([numµμ]v)", re.IGNORECASE)
_TIME = re.compile(r"time\w*|zeit|temps|tiempo|tempo|t|elapsed.*|.*timestamp|s(ec(ond)?s?)?|m(illi)?s(econds)?", re.I)
_INDEX = re.compile(r"|sample(s|_?n(umber|r|o))?|index|idx|nr?|no|#", re.IGNORECASE)
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nanoseconds"), 1e-9),
}
_USUAL_FREQUENCIES = (50.0, 5000.0)
_SEXES: dict[str, Sex] = {"female": "female", "male": "male"}


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    Attributes:
        facts: What its ``#`` lines state.
        separator: Between cells; empty for one column.
        names: Of the columns; empty where there are none.
        columns: How many.
        header_lines: How many lines come before the first row.
        comma: Whether the decimal mark is a comma.
    """

    facts: Mapping[str, str]
    separator: str
    names: tuple[str, ...]
    columns: int
    header_lines: int
    comma: bool


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with rows of numbers, after at most one row of names."""
    text = as_text(file.head)
    return text is not None and _layout(text) is not None


def _layout(text: str) -> Layout | None:
    facts: dict[str, str] = {}
    names: tuple[str, ...] = ()
    lines = lines_of(text.lstrip("\ufeff"))
    separator = ""
    for index, line in enumerate(lines):
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            facts[key.strip().lower()] = value.strip()
        elif bare(line):
            separator = separator if names else _separator(line)
            cells = _cells(line, separator)
            if _is_row(cells):
                comma = separator != "," and any("," in other for other in lines[index : index + 40])
                fits = len(cells) == len(names or cells) <= _MOST_COLUMNS
                return Layout(facts, separator, names, len(cells), index, comma) if fits else None
            if names and (len(cells) != len(names) or not all(map(_is_unit, cells))):
                return None
            names = (
                tuple(f"{name} [{unit}]" for name, unit in zip(names, cells, strict=True)) if names else tuple(cells)
            )
    return None


def _is_row(cells: list[str]) -> bool:
    values = [cell for cell in cells if cell]
    return any(map(is_number, values)) and all(is_number(value) or value.lower() in ("nan", "na") for value in values)


def _is_unit(cell: str) -> bool:
    return cell.lower() in _SECONDS or millivolts_per(cell) is not None or not cell


def _separator(line: str) -> str:
    """Return what separates the cells of the first line; a quoted number has no separator in it."""
    unquoted = re.sub(r'"[^"]{0,80}"', "", line)
    return next((mark for mark in "\t;," if mark in unquoted), "")


def _cells(line: str, separator: str) -> list[str]:
    return [bare(cell).strip("'") for cell in line.split(separator)] if separator else [bare(line).strip("'")]


def read(file: RecordingFile, told: Told) -> Record:
    """Read a table."""
    content = _content(file)
    layout = _layout(decode(content[:LONGEST_LINE]))
    if layout is None:
        raise RecordFormatError("the file is no table of numbers with at most one row of names")
    leads, clock, scale = _roles(layout, told)
    wanted: dict[int, Any] = {column: np.float32 for column, _, _ in leads}
    if clock is not None:
        wanted[clock] = np.float64
    columns = dict(
        zip(
            wanted,
            read_columns(
                content, _skip(content, layout.header_lines), layout.separator.encode(), layout.columns, wanted,
                comma=layout.comma,
            ),
            strict=True,
        )
    )  # fmt: skip
    stated = number(layout.facts.get("sampling_frequency"))
    frequency, positions = _frequency(columns.get(-1 if clock is None else clock), scale, stated, told)
    units = [told.unit_of(unit or layout.facts.get("unit", "")) for _, _, unit in leads]
    return assemble(
        [
            Channel(name, spread(columns[column], positions), unit, frequency)
            for (column, name, _), unit in zip(leads, units, strict=True)
        ],
        source="table",
        notes=gap_notes(positions, frequency),
        start_time=time(layout.facts.get("start_time")),
        age=number(layout.facts.get("age")),
        sex=_SEXES.get(layout.facts.get("sex", "")),
        told=told,
    )


def _content(file: RecordingFile) -> bytes:
    """Return the file as text that has ASCII's numbers, after a look at its size and its first line."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}: use EDF or WFDB")
    start = file.peek(LONGEST_LINE + 1)
    if len(start) > LONGEST_LINE and b"\n" not in start and b"\r" not in start:
        raise RecordFormatError(f"the table has a line of over {LONGEST_LINE:,} bytes: it is none of samples")
    content = file.read_bytes()
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        if file.size > LARGEST_BYTES // 8:
            raise RecordFormatError("a table as long as this must be UTF-8, not UTF-16")
        content = content.decode("utf-16", errors="replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")


def _skip(content: bytes, lines: int) -> int:
    """Return where the line of a number begins."""
    start = 0
    for _ in range(lines):
        ends = [at for mark in (b"\n", b"\r") if (at := content.find(mark, start, start + LONGEST_LINE)) >= 0]
        start = min(ends) + 1
        start += content[start - 1 : start + 1] == b"\r\n"
    return start


def _roles(layout: Layout, told: Told) -> tuple[list[tuple[int, str, str]], int | None, float]:
    """Tell leads from times: columns, names and units of the leads, the column of times, its unit in seconds or 0."""
    if not layout.names:
        return _roles_without_names(layout, told)
    parsed = [_name_and_unit(name) for name in layout.names]
    leads: list[tuple[int, str, str]] = []
    clock, scale = None, 0.0
    for column, (name, unit) in enumerate(parsed):
        if _TIME.fullmatch(name) and clock is None and millivolts_per(unit) is None:
            clock, scale = column, _SECONDS.get(unit.lower() or name.lower(), 0.0)
        elif not _INDEX.fullmatch(name):
            leads.append((column, name, unit))
    if not leads:
        raise RecordFormatError(f"the table has no column of an ECG: {', '.join(layout.names[:12])}")
    return leads, clock, scale


def _roles_without_names(layout: Layout, told: Told) -> tuple[list[tuple[int, str, str]], int | None, float]:
    said = len(view_leads(told.lead)) if told.lead else 0
    if layout.columns > 1 and said != layout.columns:
        raise RecordFormatError(
            f"the table has {layout.columns} columns without names; write them into its first line ('time [s],I [mV]') "
            "or name them all with lead='I+II' (--lead I+II)"
        )
    return [(column, f"Channel {column + 1}", "") for column in range(layout.columns)], None, 0.0


def _name_and_unit(name: str) -> tuple[str, str]:
    """Split ``"I [mV]"``, ``"ecg (uV)"`` and ``"ecg_mV"``."""
    bracketed = _BRACKETS.fullmatch(name)
    tail = _TAIL.fullmatch(name)
    if bracketed:
        return bracketed[1].strip(), bracketed[2].strip()
    return (tail[1].strip(), tail[2]) if tail else (name, "")


def _frequency(
    times: NDArray[Any] | None, scale: float, stated: float | None, told: Told
) -> tuple[float, NDArray[np.int64] | None]:
    """Settle the sampling frequency from the column of times, what the file states, and what is told."""
    if times is None:
        return told.frequency_of(stated), None
    if not scale and (np.diff(times) == 1).all():
        return told.frequency_of(stated), None  # whole numbers may be samples as well as milliseconds
    measured, positions = timeline(times.astype(np.float64) * (scale or 1.0))
    if not scale:
        lowest, highest = _USUAL_FREQUENCIES
        factor = next((f for f in (1.0, 1e3) if lowest <= measured * f <= highest), None)
        if factor is None:
            raise RecordFormatError("the unit of the column of times is unknown: call it 'time [s]' or 'time [ms]'")
        measured *= factor
    if stated is not None:
        if abs(stated - measured) > SAME_FREQUENCY * stated:
            raise RecordFormatError(f"the table states {stated:g} Hz, and its column of times says {measured:g} Hz")
        measured = stated
    return told.frequency_of(measured), positions


READER = Reader(
    name="table",
    formats=(
        Format(
            name="CSV, TSV, text",
            files=".csv, .tsv, .txt",
            devices="spreadsheets, scripts, mvkt convert",
            read_by="mvkt",
            mind="name the columns 'time [s],I [mV],II [mV]', or say --sampling-frequency, --unit and --lead; nothing "
            "of that is guessed; -32768 is a missing sample",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
