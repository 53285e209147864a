"""Dates as exports write them, in several languages; from a date of birth only the age is taken."""

from __future__ import annotations

import re
from datetime import date, datetime

_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan januar january janv janvier ene enero gen gennaio janeiro januari",
            "feb februar february févr février fév febrero febbraio fev fevereiro februari",
            "mar märz march mars mär mrz marzo março maart mrt marts",
            "apr april avr avril abr abril aprile",
            "may mai mayo mag maggio maio mei maj",
            "jun juni june juin junio giu giugno junho",
            "jul juli july juil juillet julio lug luglio julho",
            "aug august août ago agosto augustus augusti",
            "sep sept september septembre septiembre set settembre setembro",
            "oct oktober october okt octobre octubre ott ottobre out outubro",
            "nov november novembre noviembre novembro",
            "dec dezember december dez déc décembre dic diciembre dicembre dezembro des desember",
        ),
        start=1,
    )
    for word in words.split()
}
_PARTS = re.compile(r"[0-9]+|[^\W\d_]+")
_BETWEEN = frozenset({"de", "del", "d", "年", "月", "日", "년", "월", "일"})
_PATTERNS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d %H:%M:%S")


def parse_time(text: str) -> datetime | None:
    """Read a time with its date, the year first; None where it is anything else."""
    for pattern in _PATTERNS:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None


def parse_date(text: str) -> date | None:
    """Read a date: 1980-01-31, 31.01.1980, "Jan 31, 1980", "31 janv. 1980", 1980年1月31日; 1/2/1980 is none.

    The year has four digits.
    """
    parts = [part for part in _PARTS.findall(text[:60].casefold()) if part not in _BETWEEN]
    if len(parts) != 3:
        return None
    values = [_MONTHS.get(part, int(part) if part.isascii() and part.isdigit() else 0) for part in parts]
    if values[0] > 31:
        year, month, day = values
    elif parts[0] in _MONTHS:
        month, day, year = values
    else:
        day, month, year = values
        if "/" in text:
            day, month = (day, month) if day > 12 else (month, day) if month > 12 else (0, 0)
    try:
        return date(year, month, day) if 1000 <= year <= 9999 else None
    except (ValueError, OverflowError):
        return None


def age_at(born: date | None, recorded: datetime | None) -> float | None:
    """Return whole years between two dates, or None."""
    if born is None or recorded is None:
        return None
    before = (recorded.month, recorded.day) < (born.month, born.day)
    return float(recorded.year - born.year - before)
