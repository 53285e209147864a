"""The names of a table's columns, with their units, in the lines before its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from mvkt.ecg.formats.text import bare, is_number
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead

SECONDS = {
    **dict.fromkeys(
        ("s", "sec", "secs", "second", "seconds", "sek", "sekunden", "sekund", "secondes", "segundos"), 1.0
    ),
    **dict.fromkeys(("secondi", "sn", "saniye", "másodperc", "δευτ", "с", "сек", "сек.", "秒", "초", "วินาที"), 1.0),
    **dict.fromkeys(("ثانية", "שניות"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisec", "millisecond", "milliseconds", "millisekunden", "millis"), 1e-3),
    **dict.fromkeys(("мс", "мсек", "毫秒", "ミリ秒", "밀리초", "มิลลิวินาที"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microseconds", "micros"), 1e-6),
    **dict.fromkeys(("ns", "nanoseconds", "nanos"), 1e-9),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}
"""Units of time, as tables write them."""

COMMENT_MARKS = "#%/;!*-> \t"

_OTHER_UNIT = re.compile(r"|[hmsf:.,]+|mmhg|nu|ohm|bpm|%|a\.?u\.?|adu|count(s)?|°?c|g|hz|raw|-", re.IGNORECASE)
_LONGEST_UNIT = 12
_NO_NAME = re.compile(r"[-+.,=:]*(\d|$)")
_BEFORE_A_NAME = re.compile(r"\s+(?![\[(\s])")
_BETWEEN_NAMES = re.compile(r"\s{2,}(?![\[(])|\t|(?<=[\])])\s+")
_TITLES = re.compile(
    r"(?!.*unit)(channel|lead|signal|column)?[\s_]*(titles?|names?|labels?|channels?|leads?)[=:]", re.IGNORECASE
)
_UNITS = re.compile(r".*(unit|range).*[=:]", re.IGNORECASE)
_FACT = re.compile(r"[^:=]{1,60}[:=]\s*(\S.*)")
_MATLAB_COMMENT = re.compile(r"\s*(?:%+|//+)\s*(?=\w)")
_TYPES = frozenset(
    ["double", "float", "int", "integer", "real", "number", "numeric", "string", "str", "text", "char", "bool"]
    + [f"{kind}{bits}" for kind in ("float", "int", "uint") for bits in (8, 16, 32, 64)]
)
"""Types of columns, which databases write below their names."""

_LABVIEW_COMMENT = "Comment"
"""Names a last column that rows of LabVIEW need not have."""

_CHANNELS = re.compile(r"(\d{1,2}) channels?", re.IGNORECASE)


def names_of(
    above: Sequence[str],
    comments: Sequence[str],
    cut: Callable[[str], list[str]],
    width: int,
    unnamed: Mapping[str, bool],
) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, and how many lines above the rows are names and units.

    Args:
        above: The lines before the first row that are no comments.
        comments: Those that are.
        cut: Cuts a line into its cells.
        width: Number of columns.
        unnamed: Whether the ``first`` and the ``last`` column may be without a name and without its separator: counts
            of rows, and what follows a separator at the end of all rows.
    """

    def cells_of(line: str) -> list[str]:
        line = _MATLAB_COMMENT.sub("", line)
        line = _TITLES.sub("", line) if width > 1 and not cut(line)[0].endswith(("=", ":")) else line
        return _fitted(line, cut(line), width, unnamed)

    if len(above) > 1 and {cell.lower() for cell in cut(above[-1])} <= _TYPES:
        names, used = names_of(above[:-1], comments, cut, width, unnamed)
        return names, used + bool(names)
    if width == 1 and above and _is_fact(above[-1]):
        return (), 0
    index = _index_name(cells_of(above[-1])) if len(above) > 1 and width > 1 else ""
    names, used = _named(above[:-1], comments, cut, width, cells_of) if index else ((), 0)
    if names and all(names[1:]):
        return (names[0] or index, *names[1:]), used + 1
    return _named(above, comments, cut, width, cells_of)


def _named(
    above: Sequence[str],
    comments: Sequence[str],
    cut: Callable[[str], list[str]],
    width: int,
    cells_of: Callable[[str], list[str]],
) -> tuple[tuple[str, ...], int]:
    rows = [cells for line in reversed(above[-2:]) if (cells := cells_of(line))]
    if not rows or len(rows[0]) != width or rows[0][0][-1:] in ("=", ":") or not _are_names(rows[0]):
        titles = _titles(above, cut, width) or _listed(above, cut, width)
        if titles:
            return titles, 0
    if len(rows) == 2 and len(rows[0]) == len(rows[1]) == width:
        for units, names in (rows, rows[::-1]):
            if _are_units(units) and _are_names(names):
                return _with_units(names, units), 2
    if rows and len(rows[0]) == width and _are_names(rows[0]):
        return tuple(rows[0]), 1
    row = cells_of(comments[-1].lstrip(COMMENT_MARKS)) if comments and not above and width > 1 else []
    if len(row) == width and _are_names(row):
        return tuple(row), 0  # as numpy.savetxt writes a header
    return (), 0


def _index_name(cells: Sequence[str]) -> str:
    """Return the name that pandas writes below the others for an index, ``time,,``; empty where a line is none."""
    return cells[0] if not any(cells[1:]) and _NO_NAME.match(cells[0]) is None and not _is_unit(cells[0]) else ""


def _is_fact(line: str) -> bool:
    """Whether the line above the only column states something, as ``fs: 250`` does; ``ch1: I`` is its name."""
    found = _FACT.fullmatch(line.strip())
    return found is not None and normalise_lead(found[1]) not in STANDARD_LEADS


def _fitted(line: str, cells: list[str], width: int, unnamed: Mapping[str, bool]) -> list[str]:
    """Return as many cells as there are columns, where white space or separators at the end allow it."""
    if len(cells) != width and " " in line:
        apart = (_BETWEEN_NAMES.split(line.strip()), _BEFORE_A_NAME.split(line.strip()))
        widths = (width, width - 1) if unnamed["first"] else (width,)
        cells = next((again for wide in widths for again in apart if len(again) == wide), cells)
    if len(cells) == width - 1 and any(unnamed.values()):
        return [*cells, ""] if unnamed["last"] else ["", *cells]
    while len(cells) > width and (not cells[-1] or cells[-1] == _LABVIEW_COMMENT):
        cells.pop()
    return cells


def _titles(above: Sequence[str], cut: Callable[[str], list[str]], width: int) -> tuple[str, ...]:
    """Return names that stand in a line with a key, as LabChart writes them: ``ChannelTitle=``, then a cell each."""
    keyed = [cells for line in above if len(cells := cut(line)) in (width, width + 1) and cells[0][-1:] in ("=", ":")]
    titles = next((cells for cells in keyed if _TITLES.fullmatch(cells[0]) and _are_names(cells[1:])), None)
    if titles is None:
        return ()
    units = [cells[1:] for cells in keyed if _UNITS.fullmatch(cells[0]) and len(cells) == len(titles)]
    last = [[cell.split()[-1] if cell.split() else "" for cell in cells] for cells in units]
    voltages = (cells for cells in reversed(last) if any(millivolts_per(cell) is not None for cell in cells))
    found = next(voltages, [""] * (len(titles) - 1))
    names = _with_units(titles[1:], found)
    return names if len(names) == width else ("time", *names)


def _listed(above: Sequence[str], cut: Callable[[str], list[str]], width: int) -> tuple[str, ...]:
    """Return names and units that stand in a line each, as AcqKnowledge writes them below ``2 channels``."""
    for position, line in enumerate(above):
        found = _CHANNELS.fullmatch(line.strip())
        listed = [bare(text) for text in above[position + 1 : position + 1 + 2 * int(found[1])]] if found else []
        if not found or len(listed) != 2 * int(found[1]) or not 0 <= width - int(found[1]) <= 2:
            continue
        named = _with_units(listed[::2], listed[1::2])
        heads = [cut(row) for row in above[position + 1 + len(listed) :]]
        unit = next((cells[0] for cells in heads if cells and cells[0].lower() in SECONDS), "")
        names = ((f"time [{unit}]", *named) if unit else named) + ("",) * 2
        return names[:width] if not any(names[width:]) else ()
    return ()


def counts_samples(row: Sequence[str], before: Sequence[str]) -> bool:
    """Whether a row is none of samples but states how many there are of each channel, as in AcqKnowledge's text."""
    numbers = [cell for cell in row if cell]
    channels = [cell for cell in before if re.fullmatch(r"CH\d+", cell)]
    return len(numbers) == len(channels) > 0 and len(set(numbers)) == 1 and numbers[0].isdigit()


def _with_units(names: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    plain = [unit.strip("[]() ") for unit in units]
    return tuple(f"{name} [{unit}]" if unit else name for name, unit in zip(names, plain, strict=True))


def _are_names(cells: Sequence[str]) -> bool:
    named = [cell for cell in cells if cell]
    return bool(named) and named[0][-1] not in ":=" and not any(map(_NO_NAME.match, named))


def _are_units(cells: Sequence[str]) -> bool:
    """Whether cells are units: all of them known, or most with a voltage among them, and the others short."""
    known = [_is_unit(cell) for cell in cells]
    others = [cell for cell, is_known in zip(cells, known, strict=True) if not is_known]
    voltages = [cell for cell in cells if millivolts_per(cell.strip("[]() ")) is not None]
    short = all(len(cell) <= _LONGEST_UNIT and not is_number(cell) for cell in others)
    filled = sum(is_known and bool(cell) for is_known, cell in zip(known, cells, strict=True))
    return not others or (short and len(voltages) > 0 and filled > len(others))


def _is_unit(cell: str) -> bool:
    unit = cell.strip("[]() ")
    return unit.lower() in SECONDS or millivolts_per(unit) is not None or _OTHER_UNIT.fullmatch(unit) is not None
