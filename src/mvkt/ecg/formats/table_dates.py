"""The dates that lines before a table state: when the recording began, and when its person was born."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from mvkt.ecg.formats.dates import age_at, parse_date, parse_time
from mvkt.ecg.formats.time_cells import is_stamp, is_time

_DATE_LENGTH = 10
_STARTS = ("start time", "starttime", "start", "start date", "date", "datetime", "recorded", "recording date", "time")
_OF_OTHERS = re.compile(
    r"print|export|creat|import|upload|download|modif|chang|birth|firmware|calibrat|\b(?:end|stop|dob|version)\b|druck|ende|gebur",
    re.IGNORECASE,
)
"""Of keys of other moments than the beginning of a recording."""

_BIRTHS = re.compile(
    r"\bdob\b|birth|gebur|geboren|naissance|n[ée]e? le|nacimiento|nascimento|nascita|fødsel|född|födelse|urodzen|"
    r"narozen|szület|doğum|рожд|народж|γέννησ|出生|生年月日|생년월일|לידה|الميلاد|วันเกิด|ngày sinh",
    re.IGNORECASE,
)
_SINCE_1970 = re.compile(r"(1\d{9})(?:\.\d+|\d{3})?")


def stated_start(facts: Mapping[str, str]) -> datetime | None:
    """Return the first known fact that is a date with a time, or a date and a time that are facts of their own."""
    found = [facts[key] for key in _STARTS if key in facts]
    whole = [text for text in found if len(text) > _DATE_LENGTH or _SINCE_1970.fullmatch(text)]
    pairs = [f"{date} {clock}" for date in found for clock in found if ":" not in date and is_time(clock)]
    return next((moment for text in [*whole, *pairs] if (moment := _moment(text))), None)


def only_start(facts: Mapping[str, str]) -> datetime | None:
    """Return the only date with a time there is, whatever it is called in any language, but of a beginning."""
    found = {
        moment
        for key, text in facts.items()
        if len(text) > _DATE_LENGTH and not _OF_OTHERS.search(key) and (moment := parse_time(text))
    }
    return found.pop() if len(found) == 1 else None


def stated_age(facts: Mapping[str, str], recorded: datetime | None) -> float | None:
    """Return the age at a recording by the date of birth; None where either is unknown."""
    born = {date for key, text in facts.items() if _BIRTHS.search(key) and (date := parse_date(text))}
    return age_at(born.pop(), recorded) if len(born) == 1 else None


def _moment(text: str) -> datetime | None:
    """Return a date with a time, also in digits alone or counted from 1970 on."""
    since = _SINCE_1970.fullmatch(text)
    if since:
        return datetime.fromtimestamp(int(since[1]), UTC)
    digits = re.sub(r"\D", "", text)[:14] if is_stamp(text) else ""
    return datetime.strptime(digits, "%Y%m%d%H%M%S") if digits else parse_time(text)
