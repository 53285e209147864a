"""The step of a converter that lines before a table state: ``gain: 200 adu/mV``, ``lsb: 0.5 uV``, ``unit: 10 uV``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mvkt.ecg.formats.text import is_number
from mvkt.ecg.formats.units import millivolts_per

UNIT_KEYS = (
    "unit",
    "units",
    "einheit",
    "unité",
    "unidad",
    "unità",
    "unidade",
    "eenheid",
    "единица",
    "单位",
    "単位",
    "단위",
)
"""What lines call the unit of samples."""

_STEPS = r"(?:adu|adc|counts?|lsbs?|bits?|steps?|units?|digits?)"
_GAIN = re.compile(rf"(\d+(?:[.,]\d+)?)\s*{_STEPS}?\s*(?:/|per)\s*([^\W\d_]{{0,2}}v)", re.IGNORECASE)
_SOME_VOLTS = re.compile(r"(\d+(?:[.,]\d+)?(?:e-?\d+)?)\s*([^\W\d_]{0,2}v)", re.IGNORECASE)
_STEP_KEYS = re.compile(r"(?:\d )?(?:\w+ )?(?:resolution|lsb|lsb ?value|step|quantum|auflösung|résolution|resolución)")
_PER_STEP = re.compile(rf"([^\W\d_]{{0,2}}v)\s*(?:/|per)\s*{_STEPS}")
STEP = re.compile(rf"(\d+(?:[.,]\d+)?)\s*([^\W\d_]{{0,2}}v)\s*(?:/|per)\s*{_STEPS}", re.IGNORECASE)
_SCALE_KEYS = ("gain", "adc gain", "scale", "scale factor", "scaling", "scaling factor", "factor", "multiplier", "lsb")
_ZERO_KEYS = ("baseline", "zero", "adc zero", "zero level", "offset")


def step_of(facts: Mapping[str, str], *, whole: bool = True) -> tuple[float, float]:
    """Return mV of a step of the converter, and the number that stands for 0; zeros where none or several are stated.

    ``gain: 200 adu/mV``, ``resolution: 5 uV/LSB``; the zero is that of a key such as ``baseline``, or else 0.

    Args:
        facts: Of the lines before the table.
        whole: Whether the samples are whole numbers: only then ``resolution: 5 uV`` is their step.
    """
    zeros = (facts.get(key, "").partition(" ")[0] for key in _ZERO_KEYS)
    zero = next((float(text.replace(",", ".")) for text in zeros if is_number(text)), 0.0)
    steps = {step for key, value in facts.items() if (step := step_in(key, value, whole=whole))}
    return (steps.pop(), zero) if len(steps) == 1 else (0.0, 0.0)  # several may be of a lead each


def scale_of_samples(facts: Mapping[str, str]) -> str:
    """Return the line that states a scale or a zero of stored numbers, as ``gain: 200``; empty where none does."""
    for key, value in facts.items():
        first = value.partition(" ")[0]
        is_scale = key in _SCALE_KEYS and is_number(value) and float(value.replace(",", ".")) not in (0.0, 1.0)
        is_zero = key in _ZERO_KEYS and is_number(first) and float(first.replace(",", ".")) != 0
        if is_scale or is_zero or _step(value):
            return f"{key[:40]}: {value[:40]}"
    return ""


def step_in(key: str, value: str, *, whole: bool = True) -> float:
    """Return mV of a step that a line states, as ``gain: 200 adu/mV``, ``lsb: 0.5 uV``, ``unit: 10 uV``; else 0.

    Args:
        key: In small letters.
        value: What follows it.
        whole: As for :func:`step_of`.
    """
    is_step = key in UNIT_KEYS or (whole and _STEP_KEYS.fullmatch(key) is not None)
    some = _SOME_VOLTS.fullmatch(value) if is_step else None
    per_step = _PER_STEP.fullmatch(key) if is_number(value) else None
    some = some or (_SOME_VOLTS.fullmatch(f"{value} {per_step[1]}") if per_step else None)
    if some:
        return (millivolts_per(some[2]) or 0.0) * float(some[1].replace(",", "."))
    return _step(value)


def _step(value: str) -> float:
    found = _GAIN.fullmatch(value) or STEP.fullmatch(value)
    millivolts = millivolts_per(found[2]) if found else None
    number = float(found[1].replace(",", ".")) if found else 0.0
    if not millivolts or not number:
        return 0.0
    return millivolts / number if _GAIN.fullmatch(value) else millivolts * number
