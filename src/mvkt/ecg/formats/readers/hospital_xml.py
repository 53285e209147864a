"""XML of hospitals, where ECGDataKit misreads it or refuses all of it for a fault in a part that no recording needs.

Average beats (``Median`` in MUSE, ``repbeats`` in Sierra, ``TYPICAL_CYCLE`` in Mortara) and leads without samples are
not needed. Dates in other orders than the format's would be lost, and leads that are longer or shorter than Sierra
states would run into one another.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead, view_leads
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

_MUSE_DATE = re.compile(rb"<(AcquisitionDate|DateofBirth)>\s*(\d{1,2})([-/.])(\d{1,2})\3(\d{4})\s*<")
_MONTHS = 12
_COMMA = re.compile(rb"""((?:\sresolution\s*=\s*["']|\sUNITS_PER_MV\s*=\s*["']|<signalresolution>)\s*\d{1,9}),(\d)""")
_AGE, _AGE_UNIT = re.compile(rb"<PatientAge>([^<]{1,80})<"), re.compile(rb"<AgeUnits>([^<]{1,80})<")
_SIERRA_AGE = re.compile(rb"<(years|months|weeks|days|hours)>\s*(\d[\d.,]{0,9})\s*<")
_LONGEST_AGE = 1000
_SEX = re.compile(rb"<(?:Gender|sex)>([^<]{1,80})<")
_BEATS, _MEDIAN = (b"repbeats", b"TYPICAL_CYCLE"), re.compile(rb"<WaveformType>\s*Median")
_SAMPLES = re.compile(rb"""<WaveFormData\s*(?:/>|>\s*</)|\sDATA\s*=\s*["']["']""")
_NAME = re.compile(rb"""(?:<LeadID>\s*|<CHANNEL\s[^<>]{0,400}?\bNAME\s*=\s*["']\s*)(\w{1,10})""")
_DATA = re.compile(rb"""(?:<WaveFormData>|\sDATA\s*=\s*["'])([^<>"']*)""")
_SAMPLE_SIZE = re.compile(rb"<LeadSampleSize>\s*(\d{1,3})\s*<")
_CHANNEL = re.compile(rb"<CHANNEL\s[^<>]*/>")
_PROMISED = re.compile(rb"<Lead(?:Sample|Byte)CountTotal>[^<]*</Lead(?:Sample|Byte)CountTotal>")
_DURATION = re.compile(rb"""(<CHANNEL\b[^<>]{0,400}?)\sDURATION\s*=\s*["'][^"'<>]*["']""")
_SIERRA = re.compile(rb"<parsedwaveforms\b([^<>]*)>([^<]*)<")


def in_usual_forms(content: bytes) -> bytes:
    """Return MUSE with dates, and Sierra and Mortara with steps, as the library reads them.

    MUSE has the month first; where a day cannot be a month, all dates of the file have the day first. A step may have
    a decimal comma.
    """
    content = _COMMA.sub(rb"\1.\2", content)
    found = _MUSE_DATE.findall(content) if b"<AcquisitionDate>" in content else []
    if any(mark == b"." or int(first) > _MONTHS for _, first, mark, _, _ in found):
        return _MUSE_DATE.sub(rb"<\1>\5-\4-\2<", content)
    return content


def without_unneeded(content: bytes, given: UserFacts = NOTHING) -> tuple[bytes, tuple[str, ...]]:
    """Return a file without what a recording does not need, and notes on it.

    That are average beats, leads without samples, damaged ones that are neither standard nor named by the user, and how
    many samples MUSE and Mortara promise.
    """
    empty: list[str] = []
    damaged: list[str] = []
    names = {normalise_lead(name.decode()) for name in _NAME.findall(content)}
    wanted = set(view_leads(given.lead)) if given.lead else set[str]()
    needed = wanted if wanted and wanted <= names else set(STANDARD_LEADS)

    def is_kept(lead: bytes) -> bool:
        found = _NAME.search(lead)
        name = found[1].decode() if found else "unnamed"
        is_empty = _SAMPLES.search(lead) is not None
        if not is_empty and (normalise_lead(name) in needed or (found and not _is_damaged(lead))):
            return True
        (empty if is_empty else damaged).append(name)
        return False

    for name in _BEATS:
        content = _with_kept(content, name, lambda _: False)
    content = _with_kept(content, b"Waveform", lambda waveform: _MEDIAN.search(waveform) is None)
    content = _with_kept(content, b"LeadData", is_kept)
    content = _CHANNEL.sub(lambda channel: channel[0] if is_kept(channel[0]) else b"", content)
    notes = [f"left out leads without samples: {', '.join(empty[:12])}"] * bool(empty)
    notes += [f"left out damaged leads: {', '.join(damaged[:12])}"] * bool(damaged)
    content, promises = _PROMISED.subn(b"", content)
    content, durations = _DURATION.subn(rb"\1", content)
    notes += ["truncated: not as many samples are there as the file promises"] * bool(promises + durations)
    return content, tuple(notes)


def _is_damaged(lead: bytes) -> bool:
    """Whether the samples of a lead cannot be decoded."""
    stored, stated = _DATA.search(lead), _SAMPLE_SIZE.search(lead)
    size = int(stated[1]) if stated else 2
    try:
        content = base64.b64decode(b"".join(stored[1].split()), validate=True) if stored else b""
    except binascii.Error:
        return True
    return not content or size not in (1, 2, 4) or len(content) % size > 0


def _with_kept(content: bytes, name: bytes, is_kept: Callable[[bytes], bool]) -> bytes:
    """Return XML without some of its elements of a name; each place is looked at once, however many begin."""
    start, end = re.compile(rb"<%b[\s>]" % name), b"</%b>" % name
    pieces, at = [], 0
    while (found := start.search(content, at)) and (stop := content.find(end, found.end())) >= 0:
        element = content[found.start() : stop + len(end)]
        pieces += [content[at : found.start()], element if is_kept(element) else b""]
        at = stop + len(end)
    return b"".join([*pieces, content[at:]])


def check_sierra(content: bytes, read: int) -> None:
    """Refuse a file of Sierra with more samples of all leads than were read: each lead would begin in another.

    Args:
        content: In UTF-8.
        read: Samples of all leads.

    Raises:
        RecordFormatError: There are more.
    """
    found = _SIERRA.search(content)
    if found is None or b"XLI" in found[1]:
        return
    there = len(found[2].split())
    if b"Base64" in found[1]:
        try:
            there = len(base64.b64decode(found[2])) // 2
        except binascii.Error:
            return
    if there > read:
        raise RecordFormatError(
            f"Philips Sierra XML: the file states {read:,} samples of all leads and holds {there:,}: it is damaged"
        )


def age_in(content: bytes) -> float | None:
    """Return years where MUSE states an age with its unit, ``18 MONTHS``, or Sierra has an element for the unit."""
    found, unit = _AGE.search(content), _AGE_UNIT.search(content)
    if found and unit:
        return parse_age(*(part[1].decode("utf-8", errors="replace") for part in (found, unit)))
    _, _, after = content.partition(b"<age")
    stated = _SIERRA_AGE.findall(after[:_LONGEST_AGE].partition(b"</age>")[0])
    ages = [parse_age(f"{count.decode()} {name.decode()}") for name, count in stated]
    return next((age for age in ages if age), None)


def sex_in(content: bytes) -> Sex | None:
    """Return the sex where a file has it as a word (``Female``, ``weiblich``) instead of its code."""
    found = _SEX.search(content)
    return parse_sex(found[1].decode("utf-8", errors="replace")) if found else None
