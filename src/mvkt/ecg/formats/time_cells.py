"""Times of day in the cells of a table: ``10:00:00.004``, ``1:02.5``, ``2024-05-01T10:00:00.004+02:00`` and the like.

Only the time of day of a cell is taken: a recording runs on, so that a time which falls by more than half a day has
passed midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import RecordFormatError

_DAY = 86_400.0
_DATE = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"
_WORD = r"[^\W\d_]{2,9}\.?"
_WORDED = rf"(?:{_WORD},?\s+)?(?:\d{{1,2}}[-.\s/]+{_WORD}[-.\s/,]+\d{{2,4}}|{_WORD}\s+\d{{1,2}},?\s+\d{{4}})"
"""``31-May-2024``, ``May 31, 2024``, also after a day of the week."""

_CLOCK = re.compile(
    rf"\[?(?:(?:{_DATE}|{_WORDED}|\d{{1,4}}\s+days?)[T\s,_-]\s*)?(?:(?P<h>\d{{1,4}}):)?(?P<m>\d{{1,2}}):(?P<s>\d{{1,2}}(?:[.,]\d{{1,9}}|:\d{{3,9}})?)"
    rf"\s*(?P<half>[ap]\.?m\.?)?\s*(?:Z|[+-]\d\d:?\d\d)?(?:\s+{_DATE})?\]?",
    re.IGNORECASE,
)
_BASIC = re.compile(r"\d{8}T(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d(?:[.,]\d{1,9})?)(?P<half>)(?:Z|[+-]\d\d:?(?:\d\d)?)?")
"""``20240531T100000.004Z``."""

_ONLY_DATE = re.compile(_DATE)


def is_time(cell: str) -> bool:
    """Whether a cell is a time of day, with or without its date."""
    return (":" in cell and _CLOCK.fullmatch(cell) is not None) or ("T" in cell and _BASIC.fullmatch(cell) is not None)


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


def _seconds(cell: str) -> float:
    clock = _CLOCK.fullmatch(cell) or _BASIC.fullmatch(cell)
    if clock is None:
        raise RecordFormatError("a cell of the column of times is none: the file is damaged, or times are missing")
    hours = int(clock["h"] or 0)
    if clock["half"]:
        hours = hours % 12 + 12 * (clock["half"][0] in "pP")
    return hours * 3600 + int(clock["m"]) * 60 + float(clock["s"].replace(",", ".").replace(":", "."))
