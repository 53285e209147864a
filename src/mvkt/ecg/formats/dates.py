"""Dates as exports write them, in several languages; from a date of birth only the age is taken."""

from __future__ import annotations

import re
import unicodedata
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
_STEMS = {
    stem: number
    for number, stems in enumerate(
        (
            "янв січ sty tammi oca ιαν يناير ינו בינו იან հունվ қаң",
            "фев лют lut helmi şub φεβ فبراير פבר בפבר თებ փետ ақп",
            "мар бер maalis már μαρ مارس מרץ במרץ მარ մար нау",
            "апр кві kwi huhti nis ápr απρ أبريل אפר באפר აპრ ապր сәу",
            "мая май тра touko máj μαϊ μάι μαΐ مايو מאי במאי maj мај maig maí maij მაი մայ мам",
            "июн чер cze kesä haz jún ιουν يونيو יונ ביונ јун jūn juny ივნ հունի мау",
            "июл лип lip heinä tem júl ιουλ يوليو יול ביול јул jūl juliol ივლ հուլ шіл",
            "авг сер sie elo ağu αυγ أغسطس אוג באוג ágú აგვ օգո там",
            "сен вер wrz syys eyl szep σεπ سبتمبر ספט בספט сеп სექ սեպ қыр",
            "окт жов paź loka eki οκτ أكتوبر אוק באוק ოქტ հոկ қаз",
            "ноя лис lis marras kas νοε نوفمبر נוב בנוב нов ნოე նոյ қар",
            "дек гру gru joulu ara δεκ ديسمبر דצמ בדצמ дец დეკ դեկ жел",
        ),
        start=1,
    )
    for stem in stems.split()
}
"""How months begin in languages that inflect them."""

_PLACEHOLDER_YEARS = frozenset({1, 1600, 1601, 1753, 1800, 1900, 1901, 1904, 1970, 1980, 1985, 2000, 2001})
_PLACEHOLDER_DAYS = frozenset(
    {date(1858, 11, 17), date(1899, 12, 30), date(1899, 12, 31), date(1969, 12, 31), date(1980, 1, 6)}
)
_THAI_MONTHS = {
    word: f" {number}. "
    for number, words in enumerate(
        (
            *("มกราคม ม.ค.", "กุมภาพันธ์ ก.พ.", "มีนาคม มี.ค.", "เมษายน เม.ย.", "พฤษภาคม พ.ค.", "มิถุนายน มิ.ย."),
            *("กรกฎาคม ก.ค.", "สิงหาคม ส.ค.", "กันยายน ก.ย.", "ตุลาคม ต.ค.", "พฤศจิกายน พ.ย.", "ธันวาคม ธ.ค."),
        ),
        start=1,
    )
    for word in words.split()
}
"""Their letters have marks that part words."""

_FIRST_YEAR = 1904
_PLACEHOLDER_BIRTHS = frozenset({date(year, 1, 1) for year in (1, 1600, 1601, 1753, 1800, 1900, 1901, 1904)})
_PARTS = re.compile(r"[0-9]+|[^\W\d_]+")
_BETWEEN = frozenset({"de", "del", "d", "年", "月", "日", "년", "월", "일", "г", "р", "r", "thg", "tháng"})
HALVES_BEFORE = "上午|下午|午前|午後|오전|오후"
HALVES_AFTER = r"[ap]\.?\s?m\b\.?|[πμ]\.?\s?μ\b\.?|d[eu]\.|ص|م|(?-i:SA|CH|ÖÖ|ÖS)\b"
"""Of the day, before and after its time, as alternatives of a pattern."""

_AFTERNOONS = ("p", "下午", "午後", "오후", "μ", "du", "م", "ch", "ös")
_CLOCK = re.compile(
    rf"(?:at\s|um\s|T|\b)?(?P<before>{HALVES_BEFORE})?\s*(?<!\d)(?P<h>\d{{1,2}}):(?P<m>\d{{2}})(?::(?P<s>\d{{2}})(?:[.,](?P<f>\d{{1,20}}))?)?"
    rf"\s*(?P<half>{HALVES_AFTER})?\s*(?P<zone>(?:Z|UTC|GMT)\b|[+-]\d{{2}}:?\d{{2}})?(?![:\d])",
    re.IGNORECASE,
)
_CALENDAR_OF_THAILAND = (2400, 543)
"""From which year on dates are those of the Buddhist calendar, and how many years it is ahead."""

_LONGEST = 60
_PATTERNS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d %H:%M:%S")


def parse_time(text: str) -> datetime | None:
    """Read a time with its date, in the orders of :func:`parse_date`; None where it is anything else.

    ``2024-01-31 10:11:12 +0100``, ``31.01.2024, 10:11``, ``Jan 31, 2024 at 1:02:03 PM``, ``2024/01/31 午後1:02:03``.
    """
    for pattern in _PATTERNS:
        try:
            return in_common_era(datetime.strptime(text, pattern))
        except ValueError:
            continue
    if "T" in text:
        try:
            return in_common_era(datetime.fromisoformat(text))
        except ValueError:
            return None
    return _clock_and_date(text[:_LONGEST])


def hour_of_day(hour: int, half: str) -> int:
    """Return the hour from 0 to 23 of one of a half of the day; as it is where no half is stated."""
    return hour % 12 + 12 * half.casefold().startswith(_AFTERNOONS) if half else hour


def in_common_era(moment: datetime) -> datetime:
    """Return a time with the year as most of the world counts it, also of the Buddhist calendar."""
    return moment.replace(year=_common_year(moment.year))


def _common_year(year: int) -> int:
    least, ahead = _CALENDAR_OF_THAILAND
    return year - ahead if year >= least else year


def _clock_and_date(text: str) -> datetime | None:
    clock = _CLOCK.search(text)
    day = parse_date(f"{text[: clock.start()]} {text[clock.end() :]}") if clock else None
    if clock is None or day is None:
        return None
    hour = hour_of_day(int(clock["h"]), clock["half"] or clock["before"] or "")
    zone = re.sub(":|^(UTC|GMT)$", "", (clock["zone"] or "").upper()) or "Z" * bool(clock["zone"])
    try:
        moment = datetime(
            day.year, day.month, day.day, hour, int(clock["m"]), int(clock["s"] or 0),
            int(f"{clock['f'] or 0:0<6}"[:6]),
        )  # fmt: skip
        return moment if not zone else moment.replace(tzinfo=datetime.strptime(zone[:5], "%z").tzinfo)
    except ValueError:
        return None


def is_placeholder(moment: datetime) -> bool:
    """Whether a time is what clocks and anonymisers write for an unknown one: the first second of certain years.

    Until 1904 nobody recorded an ECG with a clock, and the first second of 1970 is that of Unix in any time zone.
    """
    day = moment.date()
    if day.year < _FIRST_YEAR or day in _PLACEHOLDER_DAYS | _PLACEHOLDER_BIRTHS:
        return True
    if day == date(1970, 1, 1) and not (moment.minute or moment.second):
        return True
    first_second = not (moment.hour or moment.minute or moment.second)
    return (day.month, day.day) == (1, 1) and day.year in _PLACEHOLDER_YEARS and first_second


def parse_date(text: str) -> date | None:
    """Read a date: 1980-01-31, 31.01.1980, "Jan 31, 1980", "31 janv. 1980", 1980年1月31日; 1/2/1980 is none.

    The year has four digits.
    """
    text = text[:60]
    for word in _THAI_MONTHS if not text.isascii() else ():
        text = text.replace(word, _THAI_MONTHS[word])
    parts = [part for part in _PARTS.findall(unicodedata.normalize("NFC", text.casefold())) if part not in _BETWEEN]
    if len(parts) == 4:  # one may be a day of the week
        parts = [part for part in parts if part.isdigit() or _month(part)]
    if len(parts) != 3:
        return None
    values = [int(part) if part.isascii() and part.isdigit() else _month(part) for part in parts]
    if values[0] > 31:
        year, month, day = values
    elif not parts[0].isdigit():
        month, day, year = values
    else:
        day, month, year = values
        if "/" in text:
            day, month = (day, month) if day > 12 else (month, day) if month > 12 else (0, 0)
    try:
        return date(_common_year(year), month, day) if 1000 <= year <= 9999 else None
    except (ValueError, OverflowError):
        return None


def _month(word: str) -> int:
    """Return the number of a month, or 0."""
    return _MONTHS.get(word) or next((number for stem, number in _STEMS.items() if word.startswith(stem)), 0)


def age_at(born: date | None, recorded: datetime | None) -> float | None:
    """Return whole years between two dates, or None where one is unknown; 1 January 1900 is such a date of birth."""
    if born is None or recorded is None or born in _PLACEHOLDER_BIRTHS or is_placeholder(recorded):
        return None
    return years_between(born, recorded)


def years_between(born: date, recorded: datetime) -> float:
    """Return whole years between two dates, whatever they stand for."""
    before = (recorded.month, recorded.day) < (born.month, born.day)
    return float(recorded.year - born.year - before)
