"""Lead names and views.

A *view* is a named set of leads: one lead (``"II"``), leads joined by ``+`` (``"I+II+V2"``), ``"limb"`` or
``"12-lead"``. Leads are always names, never positions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import LeadError

LIMB_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF")
CHEST_LEADS = ("V1", "V2", "V3", "V4", "V5", "V6")
STANDARD_LEADS = LIMB_LEADS + CHEST_LEADS

NAMED_VIEWS: Mapping[str, tuple[str, ...]] = {"limb": LIMB_LEADS, "12-lead": STANDARD_LEADS}

_CANONICAL = {lead.lower(): lead for lead in STANDARD_LEADS}
_ALIASES = {
    # "D" is the Spanish, Portuguese and French "dérivation"; "ML" are Holter leads in limb position.
    **{f"{prefix}{roman}": roman.upper() for prefix in ("d", "ml") for roman in ("i", "ii", "iii")},
    **{f"{prefix}{n}": roman for prefix in ("lead", "d") for n, roman in (("1", "I"), ("2", "II"), ("3", "III"))},
    **{f"{lead}{suffix}": _CANONICAL[lead] for lead in ("avr", "avl", "avf") for suffix in ("+",)},
    "la-ra": "I",  # by their electrodes, as in EDF
    "ll-ra": "II",
    "ll-la": "III",
}

_ELECTRODES = re.compile(r"(?<![a-z])(la-ra|ll-ra|ll-la)(?![a-z])")
_WORDS = re.compile(r"[a-z]+\d*|[^\W\d_a-z]+|\d+")

_NO_PLACE = re.compile(
    r"ecg|ekg|ele[ck]trocardiogramm?|elektrokardiogramm|heart|leads?|ch|chan|channel|kanal|canale?|derivation|derivacion|"
    r"ableitung|sig|signal|data|values?|samples?|voltage|amplitude|trace|wave|waveform|raw|filt|filtered|single|unnamed|"
    r"unknown|col|column|adc|analog|ref|wct|экг|канал|心电图?|心電図?|심전도"
)
"""Words of names that any channel of an ECG may have."""


def _unaccented(name: str) -> str:
    return "".join(
        character for character in unicodedata.normalize("NFKD", name) if not unicodedata.combining(character)
    )


_LEAD = _unaccented(
    "lead|derivation|derivacion|deriva(?:cao|coes|ti[ea])|derivacio|sadapan|derivazion[ei]|derivasyon|ableitung|avledning|afledning|afleiding|odprowadzeni[ea]|"
    "svod|zvod|odvod|elvezetes|kytkenta|отведени[ея]|відведення|απαγωγη|导联|導聯|誘導|リード|리드|유도|القطب|لید|מוליך|"
    "लीड|ลีด|đao trinh|dao trinh|اشتقاق"
)
"""What a lead is called, before or after its name."""

_OTHER_NAME = re.compile(
    r"\b(eeg|eog|emg|resp\w*|imped\w*|press\w*|pcg|phono\w*|sp?o2|pleth|ppg|abp|art|bp|cvp|pap|icp|co2|temp\w*|flow|snore|"
    r"chin|event\w*|status|acc\w*|gyro\w*|battery|quality|sqi|hr|heart\s?rate|rate|bpm|rri?|ibi|(r|q|s|p|t)?[\s-]*(peak|wave|beat|onset|offset)s?|qrs|annot\w*|"
    r"st|pvc|labels?|mark\w*|other|class\w*|trigger\w*|phase|id|index|number)\b",
    re.IGNORECASE,
)

_ALTERED = re.compile(r"\b(filt|inv|neg|rev|minus|median|mean|avg|averag|templ|abs|diff)", re.IGNORECASE)
"""Words of names whose signal is another than that of the lead."""

_UNIT = re.compile(
    r"(?:[\s_.,/(\[-]+(?:[nu\u00b5\u03bcm]v|(?:nano|micro|milli)?volts?)|(?P<bare>[_(\[]v))[)\]]?$", re.IGNORECASE
)
"""At the end of a name; a bare V may also be a lead on the chest."""

_AFTER_A_WORD = re.compile(r".+[\s.:/_-](I{1,3}|[aA][vV][RLFrlf]|[vV][1-6])")
_BEFORE = re.compile(rf"((mdc|nom)_ecg_(lead|elec_potl)_|(ecg|ekg)[\s_:-]*)*((channel|{_LEAD})[\s_:.-]*(?=[ivad]))?")
_AFTER = re.compile(rf"(?<=.)[\s_:.-]*({_LEAD})$")


def is_other_name(name: str) -> bool:
    """Whether a channel is called by what is no ECG: another signal, or marks in one."""
    return _OTHER_NAME.search(name.replace("_", " ")) is not None


@lru_cache(maxsize=1024)
def normalise_lead(name: str) -> str:
    """Return the standard name of a lead, or the name as it came when it is not one of the twelve.

    ``MLII`` is II, ``MDC_ECG_LEAD_I`` is I, ``"Lead I"``, ``"Ableitung I"`` and ``"I誘導"`` are I, ``avr`` is
    aVR. The name of a lead may follow any word that names no other signal: ``"Abl. I"``. A bare channel number is not a
    lead name, and an inverted lead (``-aVR``) is another lead than the one it inverts: both are kept as they are. A
    unit after the name counts for nothing: ``"ECG II (mV)"``, ``I_V``.
    """
    stripped = name.strip()
    without_unit = _UNIT.sub("", stripped)
    if without_unit != stripped and (lead := normalise_lead(without_unit)) in STANDARD_LEADS:
        return lead
    key = _AFTER.sub("", _BEFORE.sub("", _unaccented(stripped).lower(), count=1))
    key = re.sub(r"(?<!i)[\s_]|[\s_](?!i)|(?<=^v)-(?=\d$)", "", key)  # "I II" are two
    return _CANONICAL.get(key) or _ALIASES.get(key) or _lead_among_words(stripped) or stripped


def _lead_among_words(name: str) -> str | None:
    """Return the lead in a name whose other words leave open where electrodes were: ``ecg.lead.I``, ``ch1: V5``.

    A pair of electrodes is a lead as well: ``ECG_LA-RA`` is I. What was filtered is another signal than the lead.
    """
    plain = _unaccented(name).lower()
    pair = _ELECTRODES.search(plain)
    if pair:
        return _ALIASES[pair[0]]
    words = [] if plain.startswith(("-", "+")) else _WORDS.findall(plain)
    left = [word for word in words if not _NO_PLACE.fullmatch(word.rstrip("0123456789")) or word.startswith("filt")]
    if len(left) == 1:
        return _CANONICAL.get(left[0]) or _ALIASES.get(left[0])
    after = _AFTER_A_WORD.fullmatch(name) if len(left) == 2 and len(left[0]) > 1 and left[0] not in _CANONICAL else None
    return _CANONICAL[after[1].lower()] if after and not (is_other_name(name) or _ALTERED.search(name)) else None


def is_word_for_lead(key: str) -> bool:
    """Whether a key is, or has in it, what a lead is called in some language: ``avledning``, ``I誘導``."""
    return re.search(_LEAD, _unaccented(key).casefold()) is not None


def names_no_place(name: str) -> bool:
    """Whether the name of a channel leaves open where its electrodes were: ``ECG``, ``ECG1``, ``Ch1``, ``lead``, none.

    Names that may mean a place (``V1``, ``CM5``, ``ECG II``, ``x``) do not, and neither do unknown words.
    """
    unit = _UNIT.search(name)
    plain = name[: unit.start()] if unit and not unit["bare"] else name
    words = re.findall(r"[^\W\d_]+", _unaccented(plain.lower()))
    return all(map(_NO_PLACE.fullmatch, words)) and normalise_lead(name) not in STANDARD_LEADS


def view_leads(view: str) -> tuple[str, ...]:
    """Return the leads of a view, in order.

    Raises:
        LeadError: The view is empty or names a lead twice.
    """
    if view in NAMED_VIEWS:
        return NAMED_VIEWS[view]
    leads = tuple(normalise_lead(part) for part in view.split("+"))
    if not all(leads) or len(set(leads)) != len(leads):
        raise LeadError(
            f"{view!r} is not a view: expected one lead ('I'), different leads joined by '+' ('I+II+V2'), "
            f"or one of {', '.join(map(repr, NAMED_VIEWS))}"
        )
    return leads


def follow_from(leads: Collection[str]) -> frozenset[str]:
    """Return these leads and the limb leads that can be computed from them (:func:`derive_limb_leads`)."""
    return frozenset(leads) | (frozenset(LIMB_LEADS) if len({"I", "II", "III"} & set(leads)) > 1 else frozenset())


def derive_limb_leads(signals: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Add the limb leads that follow from two of I, II and III (Einthoven and Goldberger).

    Recorded leads are never replaced, and with fewer than two of I, II and III nothing is added.
    """
    known = dict(signals)
    if "I" not in known and "II" in known and "III" in known:
        known["I"] = known["II"] - known["III"]
    if "II" not in known and "I" in known and "III" in known:
        known["II"] = known["I"] + known["III"]
    if "I" not in known or "II" not in known:
        return known
    i, ii, half = known["I"], known["II"], np.float32(0.5)
    if "III" not in known:
        known["III"] = ii - i
    if "aVR" not in known:
        known["aVR"] = -(i + ii) * half
    if "aVL" not in known:
        known["aVL"] = i - ii * half
    if "aVF" not in known:
        known["aVF"] = ii - i * half
    return known
