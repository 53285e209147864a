"""Times in the cells of a table: ``10:00:00.004``, ``1:02.5``, ``2024-05-01T10:00:00.004+02:00``, ``0.004 sec``.

Only the time of day of a cell is taken: a recording runs on, so that a time which falls by more than half a day has
passed midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.dates import HALVES_AFTER, HALVES_BEFORE, hour_of_day, parse_time
from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.text import is_number
from mvkt.errors import RecordFormatError

_DAY = 86_400.0
_DATE = r"(?:\d{1,4}[-./]\s?\d{1,2}[-./]\s?\d{1,4}\.?|\d{8}|\d{4}[年년]\s?\d{1,2}[月월]\s?\d{1,2}[日일])"
_WORD = r"[^\W\d_]{2,9}\.?"
_WORDED = rf"(?:{_WORD},?\s+)?(?:\d{{1,2}}[-.\s/]+{_WORD}[-.\s/,]+\d{{2,4}}|{_WORD}\s+\d{{1,2}},?\s+\d{{4}})"
"""``31-May-2024``, ``May 31, 2024``, also after a day of the week."""

_ZONE = r"(?:\s*(?-i:Z|[A-Z]{3,5}))?(?:\s*[+-]\d\d?(?::?\d\d)?)?(?:\s*[\[(][^\W\d_][\w\s/+-]{1,40}[\])])?"
"""``Z``, ``+02:00``, ``UTC``, ``CEST``, ``GMT+0200 (CEST)``, ``+02:00[Europe/Berlin]``."""

_CLOCK = re.compile(
    rf"\[?(?:(?:{_DATE}|{_WORDED}|{_WORD}\s+{_WORD}\s+\d{{1,2}}|\d{{1,4}}\s+days?)(?:[T,_-]|\s)\s*)?(?P<before>{HALVES_BEFORE})?\s*"
    rf"(?:(?P<h>\d{{1,4}}):)?(?P<m>\d{{1,2}}):(?P<s>\d{{1,2}}(?:[.,]\d{{1,20}}|:\d{{3,9}})?)"
    rf"\s*(?P<half>{HALVES_AFTER})?{_ZONE}(?:\s+(?:{_DATE}|\d{{4}}))?\]?",
    re.IGNORECASE,
)
_WITH_WORDS = re.compile(r"(\d)\s?[時时點点시]\s?(\d\d?)\s?[分분]\s?(\d[\d.,]*)\s?[秒초]?")
"""``10時05分01.004秒``."""

_WITH_POINTS = re.compile(r"(.*(?<!\d))?(\d\d?)\.(\d\d)\.(\d\d[.,]\d{1,9})")
"""``10.05.01,004``, which is no date."""

_BASIC = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T?(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?P<s>[0-5]\d)"
    r"(?:[.,](?P<fraction>\d{1,9})|(?P<digits>\d{3}|\d{6}))?(?:Z|[+-]\d\d:?(?:\d\d)?)?"
)
"""``20240531T100000.004Z``, ``20240531100000004``."""

_FEWEST_DIGITS, _LONGEST = 14, 80
_WITH_UNIT = re.compile(r"([-+\d.,eE]{1,24}?)\s*([^\W\d_]{1,12})")
_ONLY_DATE = re.compile(rf"\[?{_DATE}")


def is_time(cell: str) -> bool:
    """Whether a cell is a time of day, with or without its date, or a number with a unit of time."""
    return _clock(cell) is not None or is_stamp(cell) or _with_unit(cell) is not None


def is_stamp(cell: str) -> bool:
    """Whether a cell is a date and a time in digits alone, ``20240531100000004``, with or without a ``T``."""
    return len(cell) >= _FEWEST_DIGITS and _BASIC.fullmatch(cell) is not None


def is_date(cell: str) -> bool:
    """Whether a cell is a date alone."""
    return _ONLY_DATE.fullmatch(cell) is not None


def seconds_of(cells: Iterable[str]) -> NDArray[np.float64]:
    """Return the time of each cell in seconds, rising over midnight.

    Raises:
        RecordFormatError: A cell is no time of day.
    """
    seconds = np.fromiter(map(_seconds, cells), dtype=np.float64)
    midnights = np.cumsum(np.diff(seconds, prepend=seconds[:1]) < -_DAY / 2)
    return seconds + _DAY * midnights


def check_dates(first: str, last: str, seconds: NDArray[np.float64]) -> None:
    """Refuse times of day whose dates pass by more days than these pass midnight.

    Args:
        first: The first cell.
        last: The last one.
        seconds: Of all of them, as :func:`seconds_of` returns them.

    Raises:
        RecordFormatError: The recordings of several days follow one another.
    """
    began, ended = parse_time(first), parse_time(last)
    days = (ended.date() - began.date()).days if began and ended and len(seconds) else 0
    if days > 0 and days > int(seconds[-1] // _DAY) - int(seconds[0] // _DAY):
        raise RecordFormatError("the dates of the samples go on by more days than their times: some days are missing")


def _seconds(cell: str) -> float:
    clock = _clock(cell)
    if clock is not None:
        hours = hour_of_day(int(clock["h"] or 0), clock["half"] or clock["before"] or "")
        return hours * 3600 + int(clock["m"]) * 60 + float(clock["s"].replace(",", ".").replace(":", "."))
    stamp = _BASIC.fullmatch(cell)
    if stamp is not None:
        fraction = float(f"0.{stamp['fraction'] or stamp['digits'] or 0}")
        return int(stamp["h"]) * 3600 + int(stamp["m"]) * 60 + int(stamp["s"]) + fraction
    seconds = _with_unit(cell)
    if seconds is None:
        raise RecordFormatError("a cell of the column of times is none: the file is damaged, or times are missing")
    return seconds


def _clock(cell: str) -> re.Match[str] | None:
    cell = _with_colons(cell) if len(cell) <= _LONGEST else ""
    return _CLOCK.fullmatch(cell) if ":" in cell else None


def _with_colons(cell: str) -> str:
    """Return a time with points or words between its parts as it is written elsewhere."""
    if cell.isascii():
        points = _WITH_POINTS.fullmatch(cell) if cell.count(".") > 1 and ":" not in cell else None
        return f"{points[1] or ''}{points[2]}:{points[3]}:{points[4]}" if points else cell
    return _WITH_WORDS.sub(r"\1:\2:\3", cell)


def _with_unit(cell: str) -> float | None:
    """Return the seconds of ``0.004 sec`` or ``4 ms``; None of any other cell."""
    found = _WITH_UNIT.fullmatch(cell)
    scale = SECONDS.get(found[2].lower()) if found else None
    return float(found[1].replace(",", ".")) * scale if found and scale and is_number(found[1]) else None
