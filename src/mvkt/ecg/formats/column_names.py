"""The name of a column and its unit, as scripts, spreadsheets, R and MATLAB write the two together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead

TIME = re.compile(
    r"(?:.*[\s_])?(?:time\w*|x[\s_]values?|zeit\w*|temps|tiempo|tempo|t|elapsed.*|.*timestamp|s(ec(ond)?s?)?|m(illi)?s(econds)?)",
    re.IGNORECASE,
)
"""What columns of times are called."""

_BRACKETS = re.compile(r"(.{0,80}?)[\s_]*[\[({<]([^\[(\])]{0,19}[^\[(\])\d])[\])}>]")  # "II (2)" is the second II
_ASIDE = re.compile(r"(.{1,80}?)[\s_]*[\[(]([^\[(\])]*[^\[(\])\d][^\[(\])]*)[\])]")
_WITHIN = re.compile(r"(.{0,80}?)[\s_]*[\[(]([^\W\d_]{1,12})[\])]\s*(.{0,80})")
_MANGLED = re.compile(r"(.{1,80}?)(?:\.\.|_)([^\W\d_]{1,12})[._]")
_AGAIN = re.compile(r"(.+)\.(\d{1,2})")
# "lead V" is none in volts, and "I_V" is.
_TAIL = re.compile(r"(.{1,80}?)(?:[\s_]+(?=[^\s_,]{2})|\.(?=s$|[^\s_,.]{2})|,\s*|\s*/\s*|:\s*)([^\s_,/:\d]{1,12})")
_CAMEL = re.compile(
    r"(.{0,80}?[^\W_])(?:In)?((?:Micro|Milli|Nano)[Vv]olts?|(?<=[a-z\d])(?:Volts?|MV|UV|Ms|Sec|Seconds|Millis)|[mu]V|Mv|Uv)"
)
"""``amplitudeMv``, ``ecgInMicroVolts``, ``timestampMs``."""

_IN_VOLTS = re.compile(r"(.{1,20})[\s_]V")


def without_count(name: str, names: Sequence[str]) -> str:
    """Return the name of a column as it was before pandas made ``II.1`` of the second II."""
    again = _AGAIN.fullmatch(name)
    return again[1] if again and again[1] in names else name


def name_and_unit(name: str) -> tuple[str, str]:
    """Split ``"I [mV]"``, ``"ecg_mV"``, ``"t/s"``, ``"ЭКГ, мВ"``, ``"I (mV) Run 1"``, R's ``"I..mV."``, ``"I_mV_"``.

    A name that is a unit of voltage, ``"mV"``, is that alone; one letter is no unit there. Of ``"ECG (II)"`` and
    ``"V1 (C1)"`` the lead is the name.
    """
    name, unit = _split(name)
    aside = _ASIDE.fullmatch(name)
    inside = [part for part in aside.groups() if _is_lead(part)] if aside else []
    return inside[0] if len(inside) == 1 else name, unit


def _split(name: str) -> tuple[str, str]:
    bracketed = _BRACKETS.fullmatch(name)
    if bracketed and not _is_lead(bracketed[2]):
        return bracketed[1].strip(), bracketed[2].strip()
    within = _WITHIN.fullmatch(name)
    if within and _is_unit(within[2]):
        return f"{within[1]} {within[3]}".strip(), within[2]
    mangled = _MANGLED.fullmatch(name)
    if mangled and _is_unit(mangled[2]):
        return mangled[1], mangled[2]
    tail = _TAIL.fullmatch(name)
    scale = SECONDS.get(tail[2].lower(), 0.0) if tail else 0.0
    is_time = 0 < scale <= 1 or (scale > 1 and tail is not None and TIME.fullmatch(tail[1]))  # "ecg_min" is the least
    if tail and (is_time or millivolts_per(tail[2]) is not None):
        return re.sub(r"[\s_]+in$", "", tail[1].strip()), tail[2]  # "Spannung in mV"
    camel = _CAMEL.fullmatch(name)
    if camel and len(camel[2]) > 1 and not _is_lead(name) and _is_unit(camel[2]):
        return camel[1], camel[2]
    volts = _IN_VOLTS.fullmatch(name)
    if volts and _is_lead(volts[1]):
        return volts[1], "V"
    return ("", name) if len(name) > 1 and millivolts_per(name) is not None else (name, "")


def _is_lead(text: str) -> bool:
    return normalise_lead(text) in STANDARD_LEADS


def _is_unit(text: str) -> bool:
    return millivolts_per(text) is not None or text.lower() in SECONDS
