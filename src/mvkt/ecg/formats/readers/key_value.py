"""Exports of rows ``key,value`` and then one sample a line, in a language that is not known.

The Apple Watch and the Galaxy Watch write such files, with keys in the language of the telephone. What a row means
is told by its value: only one is a frequency, only one a unit of voltage. Where that is not so the file is refused
rather than read into the wrong fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import age_at, parse_date, parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import bare, lines_of, numbers, read_text
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import Told
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LOWEST_FREQUENCY = 20.0
"""Below it "1,000 Hz" was not meant as one and a bit."""

_HERTZ = (
    "hz hertz hercios herc herce herców herca herci hertze hertzů hertzi hertsiä гц герц герца герцев "
    "赫兹 赫茲 ヘルツ 헤르츠 เฮิรตซ์ هرتز הרץ χερτζ"
)
_RATE = re.compile(rf"([0-9]+(?:[.,][0-9]+)?)\s*(?:{'|'.join(_HERTZ.split())})", re.IGNORECASE)
_BEGINS_NUMBER = re.compile(r"[-+\u2212]?[0-9]")
_LEAD = re.compile(r"[^0-9]{0,30}?(?<![A-Za-z])(I{1,3}|aV[RLF]|V[1-6])")
_HIGHEST_ROWS = 40


@dataclass(frozen=True)
class Rows:
    """The rows before the samples.

    Attributes:
        values: By key, in lower case and with single spaces.
        first: Index of the line at which the samples begin; the number of lines where there are none.
    """

    values: Mapping[str, str]
    first: int

    @classmethod
    def of(cls, lines: list[str]) -> Rows:
        """Read them from the lines of a file, up to the first number or the fortieth row."""
        values: dict[str, str] = {}
        for index, line in enumerate(lines):
            if _BEGINS_NUMBER.match(bare(line)):
                return cls(values, index)
            key, _, value = line.lstrip("\ufeff").partition("," if "," in line else ";")
            key = " ".join(bare(key).replace("’", "'").casefold().split())
            if key:
                values.setdefault(key, bare(value))
            if len(values) > _HIGHEST_ROWS:
                break
        return cls(values, len(lines))

    @classmethod
    def of_head(cls, file: RecordingFile) -> Rows:
        """Read them from the beginning of a file; none where it is no text."""
        return cls.of(lines_of(as_text(file.head) or ""))


def recognises(file: RecordingFile) -> bool:
    """Whether rows with a frequency or a unit stand before a column of numbers."""
    rows = Rows.of_head(file)
    lines = lines_of(as_text(file.head) or "")
    if len(rows.values) < 2 or rows.first >= len(lines):
        return False
    return any(_RATE.fullmatch(value) or millivolts_per(value) is not None for value in rows.values.values())


def read(file: RecordingFile, told: Told) -> Record:
    """Read an export in a language that is not known."""
    return read_rows(file, told, {}, "watch export")


def read_rows(file: RecordingFile, told: Told, keys: Mapping[str, str], source: str) -> Record:
    """Read an export.

    Neither the name nor the date of birth of its owner is kept, only the age.

    Args:
        file: The export.
        told: What the user says of it.
        keys: Known keys and what they mean: rate, unit, lead, recorded, born.
        source: For the record.
    """
    lines = lines_of(read_text(file))
    rows = Rows.of(lines)
    meant = {keys[key]: value for key, value in reversed([*rows.values.items()]) if key in keys}
    others = [value for key, value in rows.values.items() if key not in keys and value]
    times = [time for value in others if (time := parse_time(value))]
    recorded = parse_time(meant["recorded"]) if "recorded" in meant else times[0] if len(times) == 1 else None
    born = parse_date(meant["born"]) if "born" in meant else None if keys else _birthday(others)
    lead = _lead(meant.get("lead"), rows.values)
    channel = Channel(
        name=lead or told.lead or "I",
        signal=numbers(lines[rows.first :], rows.first + 1),
        unit=told.unit_of(_unit(meant, others)),
        sampling_frequency=told.frequency_of(_rate(meant, others)),
    )
    return assemble(
        [channel],
        source=source,
        notes=() if lead or told.lead else ("the file does not say which lead it is: taken as I, as of a watch",),
        start_time=recorded,
        age=age_at(born, recorded),
        told=told,
    )


def _rate(meant: Mapping[str, str], others: list[str]) -> float | None:
    """Return the sampling frequency, or None where no row is one."""
    found = [meant["rate"]] if "rate" in meant else [value for value in others if _RATE.fullmatch(value)]
    if not found:
        return None
    matched = _RATE.fullmatch(found[0]) if len(found) == 1 else None
    frequency = float(matched[1].replace(",", ".")) if matched else 0.0
    if frequency < _LOWEST_FREQUENCY:
        shown = " and ".join(repr(value[:40]) for value in found[:3])
        raise RecordFormatError(f"the sampling frequency of the ECG is {shown}; expected one, such as '512 hertz'")
    return frequency


def _unit(meant: Mapping[str, str], others: list[str]) -> str:
    """Return the unit, or nothing where no row is one."""
    if "unit" in meant:
        return meant["unit"]
    found = [value for value in others if millivolts_per(value) is not None]
    if len(found) > 1:
        raise RecordFormatError(f"two rows of the file could be its unit: {found[0]} and {found[1]}")
    return found[0] if found else ""


def _lead(stated: str | None, values: Mapping[str, str]) -> str:
    """Return the lead; empty where no row names one, or several do.

    A row is that of the lead when its value says its key again: "Lead,Lead I", "リード,リードI", "导联,导联 I". The
    names of people may end in III.
    """
    if stated is not None:
        match = _LEAD.fullmatch(stated)
        return match[1] if match else stated
    again = [value[len(key) :].strip() for key, value in values.items() if value.casefold().startswith(key)]
    found = {lead for lead in again if _LEAD.fullmatch(lead)}
    return found.pop() if len(found) == 1 else ""


def _birthday(values: list[str]) -> date | None:
    found = {day for value in values if not parse_time(value) and (day := parse_date(value))}
    return found.pop() if len(found) == 1 else None


READER = Reader(
    name="watch export",
    formats=(
        Format(
            name="Watch exports in other languages",
            files=".csv",
            devices="watches that write rows of key and value, then one sample a line",
            read_by="mvkt",
            mind="read by the values of the rows: one must be a frequency (512 Hz, 512ヘルツ), one a unit (µV, mV, V)",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
