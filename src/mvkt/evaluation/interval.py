"""A figure with its interval."""

from __future__ import annotations

from pydantic import model_validator

from mvkt.stored import Part


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
