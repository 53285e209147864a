"""Exports of rows ``key,value`` and then one sample a line, in a language that is not known.

The Apple Watch and the Galaxy Watch write such files, with keys in the language of the telephone. What a row means
is known by its value: only one is a frequency, only one a unit of voltage. Where that is not so the file is refused
rather than read into the wrong fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.broken_rows import whole_lines
from mvkt.ecg.formats.column_names import name_and_unit
from mvkt.ecg.formats.dates import age_at, parse_date, parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.table_facts import HERTZ, is_rate, quantity, rate_of, stated_frequency, stated_leads
from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.text import bare, lines_of, numbers, read_text
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.leads import LIMB_LEADS, STANDARD_LEADS, is_word_for_lead, normalise_lead
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LOWEST_FREQUENCY = 20.0
"""Below it "1,000 Hz" was not meant as one and a bit."""

_HIGHEST_FREQUENCY = 2000.0
_LIKELY_FREQUENCY = 100.0
"""From here on a number with one word beside it may be the sampling frequency in a language that is not known."""

_NUMBER = r"([0-9]+(?:[.,][0-9]+)?)\s*"
_RATE = re.compile(rf"{_NUMBER}(?:{HERTZ}|sps)\.?", re.IGNORECASE)
_NUMBER_AND_WORD = re.compile(_NUMBER + r"([^\W\d_][^\d\s,;]{0,20})")
_FACT = re.compile(r"[:=]\s*[^\s\"']")
_BEGINS_NUMBER = re.compile(r"[-+\u2212]?[0-9]")
_SEVERAL_CELLS = re.compile(
    r"[;\t:|]\s*\S|\d\.\d*(?:[eE][-+]?\d+)?,\s*\S|\d,\s*\d*\.|,\s*[-+]|,[^,]*,\s*\S|\"\s*,\s*\S"
)
_LEAD = re.compile(r"[^0-9]{0,30}?(?<![A-Za-z])(I{1,3}|aV[RLF]|V[1-6])")
_HIGHEST_ROWS = 40


@dataclass(frozen=True)
class Rows:
    """The rows before the samples.

    Attributes:
        pairs: Key and value of each; keys in lower case and with single spaces. A key may be there twice: Swedish has
            one word for a device and a unit.
        first: Index of the line at which the samples begin; the number of lines where there are none.
    """

    pairs: tuple[tuple[str, str], ...]
    first: int

    @property
    def values(self) -> Mapping[str, str]:
        """The values by key, of keys that are there twice the first."""
        return dict(reversed(self.pairs))

    @classmethod
    def of(cls, lines: list[str]) -> Rows:
        """Read them from the lines of a file, up to the first number or the fortieth row."""
        pairs: list[tuple[str, str]] = []
        for index, line in enumerate(lines):
            if _BEGINS_NUMBER.match(bare(line)):
                return cls(tuple(pairs), index)
            mark = min((mark for mark in ",;\t" if mark in line), key=line.index, default=",")
            key, _, value = line.lstrip("\ufeff").partition(mark)
            if _FACT.search(key):  # none of cells: "rate: 250,0 Hz"
                key, value = line, ""
            value = quantity(value, mark)
            key = " ".join(bare(key).replace("’", "'").casefold().split())
            if key:
                pairs.append((key, bare(value)))
            if len(pairs) > _HIGHEST_ROWS:
                break
        return cls(tuple(pairs), len(lines))

    @classmethod
    def of_head(cls, file: RecordingFile) -> Rows:
        """Read them from the beginning of a file; none where it is no text."""
        return cls.of(lines_of(as_text(file.head) or ""))


def begins_table(file: RecordingFile) -> bool:
    """Whether names of columns and then several cells follow the rows: then these stand before a table."""
    lines = lines_of(as_text(file.head) or "")
    first = Rows.of(lines).first
    return 0 < first < len(lines) and bool(lines[first - 1].strip()) and _has_several_cells(lines[first:])


def _has_several_cells(lines: Sequence[str]) -> bool:
    return any(_SEVERAL_CELLS.search(bare(line)) for line in lines)


def recognises(file: RecordingFile) -> bool:
    """Whether rows with a frequency or a unit stand before a column of numbers."""
    rows = Rows.of_head(file)
    lines = lines_of(as_text(file.head) or "")
    if any(_is_unit_of_time(key) and not value[:1].isdigit() for key, value in rows.pairs):  # units, of a table
        return False
    if (
        sum(bool(value) for _, value in rows.pairs) < 2
        or rows.first >= len(lines)
        or _has_several_cells(lines[rows.first :])
    ):
        return False
    return any(
        _RATE.fullmatch(value)
        or millivolts_per(value) is not None
        or (not value.isascii() and _LIKELY_FREQUENCY <= _frequency(value) <= _HIGHEST_FREQUENCY)
        for _, value in rows.pairs
    )


def _is_unit_of_time(key: str) -> bool:
    return key.strip("()[] ") in SECONDS


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an export in a language that is not known."""
    return read_rows(file, given, {}, "watch export")


def read_rows(file: RecordingFile, given: UserFacts, keys: Mapping[str, str], source: str) -> Record:
    """Read an export.

    Neither the name nor the date of birth of its owner is kept, only the age.

    Args:
        file: The export.
        given: The user's facts.
        keys: Known keys and what they mean: rate, unit, lead, recorded, born.
        source: For the record.
    """
    lines = lines_of(read_text(file))
    rows = Rows.of(lines)
    samples, notes = whole_lines("\n".join(lines[rows.first :]))
    meant = {keys[key]: value for key, value in reversed(rows.pairs) if key in keys}
    others = [value for key, value in rows.pairs if key not in keys and value]
    times = [time for value in others if (time := parse_time(value))]
    recorded = parse_time(meant["recorded"]) if "recorded" in meant else times[0] if len(times) == 1 else None
    born = parse_date(meant["born"]) if "born" in meant else None if keys else _birthday(others)
    lead = _lead(meant.get("lead"), rows.pairs)
    try:
        rate, guessed = _rate(meant, others, rows.pairs)
    except RecordFormatError:
        if given.sampling_frequency is None:
            raise
        rate, guessed = None, ()
    channel = Channel(
        name=lead or given.lead or "I",
        signal=numbers(samples, rows.first + 1),
        unit=_unit(meant, others) or _unit_of_column(rows.pairs),
        sampling_frequency=given.frequency_of(rate),
    )
    return assemble(
        [channel],
        source=source,
        notes=(
            *notes,
            *guessed,
            *["the file does not name its lead: taken as I, as of a watch"] * (not (lead or given.lead)),
        ),
        start_time=recorded,
        age=age_at(born, recorded),
        given=given,
    )


def _rate(
    meant: Mapping[str, str], others: list[str], pairs: Sequence[tuple[str, str]]
) -> tuple[float | None, tuple[str, ...]]:
    """Return the sampling frequency, or None where no row is one; and a note where it is known by its size alone."""
    found = [meant["rate"]] if "rate" in meant else [value for value in others if _RATE.fullmatch(value)]
    if not found and (stated := [value for key, value in pairs if is_rate(key, value)]):
        meant, found = {**meant, "rate": stated[0]}, stated
    interval = stated_frequency(dict(pairs))
    if not found and "rate" not in meant and interval is not None:
        return interval, ()
    if not found and "rate" not in meant:
        likely = [value for value in others if _LIKELY_FREQUENCY <= _frequency(value) <= _HIGHEST_FREQUENCY]
        note = (
            f"{_frequency(likely[0]):g}, in a row of its own, is taken for the sampling frequency in Hz"
            if len(likely) == 1
            else ""
        )
        return (_frequency(likely[0]), (note,)) if note else (None, ())
    if not found:
        return None, ()
    alone = re.fullmatch(_NUMBER, meant.get("rate", ""))
    frequency = rate_of(alone[1]) if alone else _frequency(found[0]) if len(found) == 1 else 0.0
    if frequency < _LOWEST_FREQUENCY:
        shown = " and ".join(repr(value) if _RATE.fullmatch(value) else "no number" for value in found[:3])
        raise RecordFormatError(f"the sampling frequency of the ECG is {shown}; expected one, such as '512 hertz'")
    return frequency, ()


def _frequency(value: str) -> float:
    """Return the number of a row of a number and a word; 0 of any other."""
    matched = _RATE.fullmatch(value) or _NUMBER_AND_WORD.fullmatch(value)
    return rate_of(matched[1]) if matched else 0.0


def _unit(meant: Mapping[str, str], others: list[str]) -> str:
    """Return the unit, or nothing where no row is one."""
    if "unit" in meant:
        return meant["unit"]
    found = [value for value in others if millivolts_per(value) is not None]
    if len(found) > 1:
        raise RecordFormatError(f"two rows of the file could be its unit: {found[0]} and {found[1]}")
    return found[0] if found else ""


def _unit_of_column(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the unit in the last row, where that is the name of a table's column, ``Lead I (mV)``; else nothing."""
    name, value = pairs[-1] if pairs else ("", "")
    return "" if value else name_and_unit(name)[1]


def _lead(stated: str | None, pairs: Sequence[tuple[str, str]]) -> str:
    """Return the lead; empty where no row names one, or several do.

    A row is that of the lead when its value begins with its key, "Lead,Lead I", "リード,リードI", or is a limb lead and
    nothing else. The names of people may end in III, and versions be called V2.
    """
    if stated is not None:
        match = _LEAD.fullmatch(stated)
        return match[1] if match else stated
    last = pairs[-1] if pairs else ("", "")
    if not last[1] and normalise_lead(last[0]) in STANDARD_LEADS:
        return normalise_lead(last[0])  # the name of a table's column
    again = [value[len(key) :].strip() for key, value in pairs if value.casefold().startswith(key)]
    again += [normalise_lead(value) for key, value in pairs if is_word_for_lead(key)]
    found = {lead for lead in again if _LEAD.fullmatch(lead)} | {value for _, value in pairs if value in LIMB_LEADS}
    found = found or set(stated_leads(dict(pairs)))
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
