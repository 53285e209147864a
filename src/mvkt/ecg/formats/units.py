"""Units of voltage, as files write them."""

from __future__ import annotations

_MILLIVOLTS = {"nv": 1e-6, "uv": 1e-3, "mcv": 1e-3, "mv": 1.0, "v": 1e3}
_WORDS = {"nanovolt": "nv", "microvolt": "uv", "millivolt": "mv", "volt": "v"}


def millivolts_per(unit: str) -> float | None:
    """Return how many mV one of a unit is, or None for what is no unit of voltage.

    ``uV`` is written with either Greek letter, a u or HealthKit's ``mcV``; units may be in capitals (``MICROVOLTS``)
    or spelled out.
    """
    key = unit.strip().lower().replace("µ", "u").replace("μ", "u")
    return _MILLIVOLTS.get(_WORDS.get(key.removesuffix("s"), key))
