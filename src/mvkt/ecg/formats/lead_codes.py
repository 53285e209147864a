"""Codes of leads in ISO/IEEE 11073-10101, as FHIR and aECG write them: by number, by reference, or as plain names."""

from __future__ import annotations

import re

from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead

_NUMBERS = {
    **dict(zip(range(131329, 131337), ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"), strict=True)),
    **dict(zip(range(131389, 131393), ("III", "aVR", "aVL", "aVF"), strict=True)),
}
"""Of block 2: ``MDC_ECG_ELEC_POTL_I`` is 2 * 65,536 + 257."""

_OF_SCP = dict(zip((1, 2, 61, 62, 63, 64, *range(3, 9)), STANDARD_LEADS, strict=True))
"""In the block of leads, ``2:1``, and in SCP-ECG, ``5.6.3-9-1``."""

_IN_A_BLOCK = re.compile(r"(?:2:|5\.6\.3-9-)(\d{1,3})")

_REFERENCE = re.compile(r"(?:(?:MDC|NOM)_)?(?:ECG_)?(?:(?:ELEC_POTL|LEAD)_)?(\w{1,8})", re.IGNORECASE)


def lead_of_code(text: str) -> str | None:
    """Return the standard lead that a code or a name of it stands for; None of any other.

    Codes of HL7's second version have parts: ``131329^MDC_ECG_ELEC_POTL_I^MDC``.
    """
    return next((lead for part in text.split("^") if (lead := _lead(part.strip()))), None)


def _lead(text: str) -> str | None:
    if text.isdecimal() and len(text) < 10:
        return _NUMBERS.get(int(text))
    in_a_block = _IN_A_BLOCK.fullmatch(text)
    if in_a_block:
        return _OF_SCP.get(int(in_a_block[1]))
    written = _REFERENCE.fullmatch(text)
    lead = normalise_lead(written[1] if written else text[:64])
    return lead if lead in STANDARD_LEADS else None
