"""XML of hospitals, where ECGDataKit misreads it or refuses all of it for a fault in a part that no recording needs.

Average beats (``derivation`` and series of ``REPRESENTATIVE_BEAT`` in aECG, ``Median`` in MUSE, ``repbeats`` in Sierra,
``TYPICAL_CYCLE`` in Mortara) and leads without samples are not needed. Numbers with a decimal comma would be taken for
absent ones, and the scale for 1.
"""

from __future__ import annotations

import re

from mvkt.ecg.formats.person_facts import parse_sex
from mvkt.ecg.record import Sex

_COMMA = re.compile(rb"""(<(?:\w+:)?(?:scale|origin|increment)\s[^>]*?\bvalue\s*=\s*["']\s*-?\d+),(?=\d)""")
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


def with_points(content: bytes) -> bytes:
    """Return an aECG file with a decimal point in its scales, origins and increments."""
    return _COMMA.sub(rb"\1.", content)


def without_unneeded(content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a file without average beats and without leads that have no samples, and a note on these leads."""
    empty: list[str] = []

    def kept(lead: re.Match[bytes]) -> bytes:
        if not _SAMPLES.search(lead[0]):
            return lead[0]
        name = _NAME.search(lead[0])
        empty.append((name[1] or name[2]).decode() if name else "unnamed")
        return b""

    content = _LEAD.sub(kept, _BEATS.sub(b"", _DERIVED.sub(b"", content)))
    return content, (f"left out leads without samples: {', '.join(empty[:12])}",) if empty else ()


def sex_in(content: bytes) -> Sex | None:
    """Return the sex where a file has it as a word (``Female``, ``weiblich``) instead of its code."""
    found = _SEX.search(content)
    return parse_sex((found[1] or found[2]).decode("utf-8", errors="replace")) if found else None
