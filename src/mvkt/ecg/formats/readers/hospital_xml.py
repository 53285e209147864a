"""XML of hospitals, where ECGDataKit misreads it or refuses all of it for a fault in a part that no recording needs.

Average beats (``derivation`` and series of ``REPRESENTATIVE_BEAT`` in aECG, ``Median`` in MUSE, ``repbeats`` in Sierra,
``TYPICAL_CYCLE`` in Mortara) and leads without samples are not needed. Numbers with a decimal comma would be taken for
absent ones, and the scale for 1; dates in other orders than the format's would be lost.
"""

from __future__ import annotations

import re

from mvkt.ecg.formats.dates import parse_date, parse_time
from mvkt.ecg.formats.lead_codes import lead_of_code
from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead
from mvkt.ecg.record import Sex

_COMMA = re.compile(rb"""(<(?:\w+:)?(?:scale|origin|increment)\s[^>]*?\bvalue\s*=\s*["']\s*-?\d+),(?=\d)""")
_MUSE_DATE = re.compile(rb"<(AcquisitionDate|DateofBirth)>\s*(\d{1,2})([-/.])(\d{1,2})\3(\d{4})\s*<")
_AECG_DATE = re.compile(
    rb"""(<(?:\w+:)?(?:birthTime|head|low|high|effectiveTime)\s[^>]*?\bvalue\s*=\s*["'])"""
    rb"""(\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ][^"']{1,30})?)(?=["'])"""
)
_MARKED_DATE = re.compile(rb"""value=["']\d{1,4}[-./]\d{1,2}[-./]""")
_CODE = re.compile(
    rb"""(<(?:\w+:)?sequence\b[^>]*>(?:\s|<!--.*?-->|<(?:\w+:)?id\b[^>]*>)*<(?:\w+:)?code\b)([^>]*?)(/?>)""", re.DOTALL
)
_ATTRIBUTE = re.compile(rb"""\s(code|displayName)\s*=\s*(["'])(.*?)\2""", re.DOTALL)
_MONTHS = 12
_AGE = re.compile(rb"<PatientAge>\s*([^<]{1,10}?)\s*</PatientAge>\s*<AgeUnits>\s*([^<]{1,20}?)\s*<")
_SEX = re.compile(
    rb"""<(?:Gender|sex)>\s*([^<]{1,20}?)\s*<|<(?:\w+:)?administrativeGenderCode\s[^>]*?\bcode="([^"]{1,20})\""""
)
_DERIVED = re.compile(rb"<((?:\w+:)?derivation|repbeats|TYPICAL_CYCLE)[\s>].*?</\1>", re.DOTALL)
_BEATS = re.compile(
    rb"<((?:\w+:)?series|Waveform)[\s>](?:(?!</\1>).)*?(?:REPRESENTATIVE_BEAT|<WaveformType>\s*Median).*?</\1>",
    re.DOTALL,
)
_LEAD = re.compile(rb"<((?:\w+:)?sequence|LeadData)[\s>].*?</\1>", re.DOTALL)
_SAMPLES = re.compile(rb"<(?:\w+:)?(?:digits|WaveFormData)\s*(?:/>|>\s*</)")
_NAME = re.compile(rb"_ECG_LEAD_(\w{1,10})|<LeadID>\s*(\w{1,10})")
_STRANGE = re.compile(rb"<(?:\w+:)?digits>[^<]*?[^\s\d.,eE+<-]")
_PROMISED = re.compile(rb"<Lead(?:Sample|Byte)CountTotal>[^<]*</Lead(?:Sample|Byte)CountTotal>")


def in_usual_forms(content: bytes) -> bytes:
    """Return aECG or MUSE with decimal points, codes of leads and dates as the library reads them.

    MUSE has the month first; where a day cannot be a month, all dates of the file have the day first.
    """
    found = _MUSE_DATE.findall(content) if b"<AcquisitionDate>" in content else []
    if any(mark == b"." or int(first) > _MONTHS for _, first, mark, _, _ in found):
        content = _MUSE_DATE.sub(rb"<\1>\5-\4-\2<", content)
    content = _COMMA.sub(rb"\1.", content)
    content = _CODE.sub(_usual_code, content) if b"sequence" in content else content
    return _AECG_DATE.sub(_plain_date, content) if _MARKED_DATE.search(content) else content


def _usual_code(found: re.Match[bytes]) -> bytes:
    """Write the code of a lead as ``MDC_ECG_LEAD_II``; as it came where it is none."""
    stated = {name: value.decode("utf-8", errors="replace") for name, _, value in _ATTRIBUTE.findall(found[2])}
    if "_ECG_LEAD_" in stated.get(b"code", "").upper():
        return found[0]
    lead = next((lead for name in (b"code", b"displayName") if (lead := lead_of_code(stated.get(name, "")))), None)
    return found[0] if lead is None else found[1] + f' code="MDC_ECG_LEAD_{lead.upper()}"'.encode() + found[3]


def _plain_date(found: re.Match[bytes]) -> bytes:
    """Write a date as HL7 has it, 20200203 or 20200203101112; as it came where it is none."""
    text = found[2].decode()
    moment, day = parse_time(text), parse_date(text)
    plain = f"{moment:%Y%m%d%H%M%S}" if moment else f"{day:%Y%m%d}" if day else text
    return found[1] + plain.encode()


def without_unneeded(content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a file without what a recording does not need, and notes on it.

    That are average beats, leads without samples, damaged ones that are not standard, and how many samples MUSE
    promises.
    """
    empty: list[str] = []
    damaged: list[str] = []

    def kept(lead: re.Match[bytes]) -> bytes:
        found = _NAME.search(lead[0])
        name = (found[1] or found[2]).decode() if found else "unnamed"
        is_empty = _SAMPLES.search(lead[0]) is not None
        if is_empty or (_STRANGE.search(lead[0]) and normalise_lead(name) not in STANDARD_LEADS):
            (empty if is_empty else damaged).append(name)
            return b""
        return lead[0]

    content = _LEAD.sub(kept, _BEATS.sub(b"", _DERIVED.sub(b"", content)))
    notes = [f"left out leads without samples: {', '.join(empty[:12])}"] * bool(empty)
    notes += [f"left out damaged leads: {', '.join(damaged[:12])}"] * bool(damaged)
    content, promises = _PROMISED.subn(b"", content)
    notes += ["truncated: not as many samples are there as the file promises"] * bool(promises)
    return content, tuple(notes)


def age_in(content: bytes) -> float | None:
    """Return years where MUSE states an age with its unit: ``18 MONTHS`` are one and a half."""
    found = _AGE.search(content)
    return parse_age(b" ".join(found.groups()).decode("utf-8", errors="replace")) if found else None


def sex_in(content: bytes) -> Sex | None:
    """Return the sex where a file has it as a word (``Female``, ``weiblich``) instead of its code."""
    found = _SEX.search(content)
    return parse_sex((found[1] or found[2]).decode("utf-8", errors="replace")) if found else None
