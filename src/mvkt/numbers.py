"""Numbers as people read them: one way to write figures, intervals, shares, p-values, counts and times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import model_validator

from mvkt.stored import Part

ABSENT = "–"
_SMALLEST_P = 0.001


class Interval(Part):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.low > self.high:
            raise ValueError(f"an interval goes from low to high, not from {self.low} to {self.high}")
        return self


def number(value: float, digits: int = 3) -> str:
    """Write ``0.846``; a minus sign is a minus sign, and nothing is ``-0.000``."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """Write ``+0.012`` or ``−0.004``."""
    text = number(value, digits)
    return text if text.startswith("−") or float(text) == 0 else f"+{text}"


def limits(interval: Interval, digits: int = 3) -> str:
    """Write ``0.821 to 0.869``."""
    return f"{number(interval.low, digits)} to {number(interval.high, digits)}"


def with_limits(interval: Interval | None, digits: int = 3, absent: str = ABSENT) -> str:
    """Write ``0.846 (0.821 to 0.869)``."""
    return absent if interval is None else f"{number(interval.value, digits)} ({limits(interval, digits)})"


def signed_limits(interval: Interval, digits: int = 3) -> str:
    """Write ``−0.003 to +0.005``."""
    return f"{signed(interval.low, digits)} to {signed(interval.high, digits)}"


def signed_with_limits(interval: Interval, digits: int = 3) -> str:
    """Write ``+0.001 (−0.003 to +0.005)``."""
    return f"{signed(interval.value, digits)} ({signed_limits(interval, digits)})"


def percent(share: float, digits: int = 0) -> str:
    """Write ``23 %``."""
    return f"{number(100 * share, digits)} %"


def percent_with_limits(interval: Interval | None, absent: str = ABSENT) -> str:
    """Write ``23 % (20 to 27)``."""
    if interval is None:
        return absent
    low, high = (number(100 * end, 0) for end in (interval.low, interval.high))
    return f"{percent(interval.value)} ({low} to {high})"


def p_value(p: float) -> str:
    """Write ``0.014`` or ``<0.001``."""
    return f"<{_SMALLEST_P}" if p < _SMALLEST_P else number(p)


def p_equals(p: float) -> str:
    """Write ``p = 0.014`` or ``p <0.001``."""
    return f"p {p_value(p)}" if p < _SMALLEST_P else f"p = {p_value(p)}"


def count(value: int) -> str:
    """Write ``1,234``."""
    return f"{value:,}"


def plural(value: int, noun: str) -> str:
    """Write ``1 record`` or ``1,234 records``."""
    return f"{count(value)} {noun}" + ("" if value == 1 else "s")


def duration(seconds: float) -> str:
    """Write ``9.94 s``, ``3 min 20 s``, ``4 min``, ``2 h 5 min`` or ``24 h``."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.3g} s"
    if whole < 3600:
        return _in_two_units(whole, "min", "s")
    return _in_two_units(round(seconds / 60), "h", "min")


def _in_two_units(value: int, large: str, small: str) -> str:
    whole, rest = divmod(value, 60)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    write.__name__: write
    for write in (
        *(number, signed, limits, with_limits, signed_limits, signed_with_limits),
        *(percent, percent_with_limits, p_value, p_equals, count, plural, duration),
    )
}
"""The functions of this module by name, for templates."""
