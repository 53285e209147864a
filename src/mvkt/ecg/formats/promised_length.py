"""How many samples the lines before a table promise, and a note where fewer are there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.truncated import truncation

_SAMPLES = re.compile(
    r"(?:(?:total )?(?:number|num|no\.?|n|nr|count|total|anzahl(?: der)?|nombre|número|numero)(?: (?:of|d[ei]|an))? ?)?"
    r"(?:samples?|data ?points|points|datenpunkte|messwerte|abtastwerte|échantillons|muestras|campioni|amostras)"
    r"(?: (?:count|number|total|per lead|per channel))?|sig ?len"
)
_DURATION = re.compile(
    r"^(?:record\w* |total |ecg )?(?:duration|length)|dauer|durée|duraci|durata|duração|длительн|时长|時長|时间长"
)
_LASTS = re.compile(r"(\d{1,6}(?:[.,]\d{1,9})?)\s*([^\W\d_]{1,12})")
_ROUNDED_SECONDS, _ROUNDED = 1.0, 0.02
"""By so much a duration may be rounded up."""


def truncation_notes(facts: Mapping[str, str], there: int, frequency: float) -> tuple[str, ...]:
    """Return a note where a table has fewer samples than the lines before it promise.

    Args:
        facts: What these lines state: ``number of samples: 5000``, ``duration: 20 s``.
        there: Samples of a lead.
        frequency: Hz.
    """
    for key, value in facts.items():
        if _SAMPLES.fullmatch(key) and value.isdecimal() and value.isascii():
            return truncation(there, float(value))
    for key, value in facts.items():
        lasts = _LASTS.fullmatch(value) if _DURATION.search(key) else None
        seconds = SECONDS.get(lasts[2].lower(), 0.0) * float(lasts[1].replace(",", ".")) if lasts else 0.0
        if there < (seconds - max(_ROUNDED_SECONDS, _ROUNDED * seconds)) * frequency:
            return truncation(there, seconds * frequency)
    return ()
