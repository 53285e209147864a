"""A horizontal axis for the drawings that the page makes itself, in percent of its width."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_MOST_STEPS = 7


@dataclass(frozen=True)
class Axis:
    """An axis from a round number to a round number.

    Attributes:
        ticks: Round numbers, rising; the first and the last are the ends.
        digits: That a tick needs behind the point.
    """

    ticks: tuple[float, ...]
    digits: int

    @classmethod
    def covering(cls, values: Iterable[float]) -> Axis:
        """Make an axis that holds all values, all of them between 0 and 1."""
        low, high = min(found := list(values)), max(found)
        for step in _STEPS:
            first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
            last = max(last, first + 1)
            if last - first <= _MOST_STEPS:
                break
        digits = 3 if step < 0.01 else 2 if step < 0.1 else 1
        return cls(tuple(round(place * step, 6) for place in range(first, last + 1)), digits)

    def at(self, value: float) -> str:
        """Return the place of a value, as a length of CSS and SVG."""
        return f"{100 * (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0]):.2f}%"

    def width(self, low: float, high: float) -> str:
        """Return the length of a stretch; 0 when it does not rise."""
        return f"{max(0.0, 100 * (high - low) / (self.ticks[-1] - self.ticks[0])):.2f}%"
