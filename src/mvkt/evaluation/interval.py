"""A figure with its interval, and what all parts of a result have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    """Nothing changes, nothing unknown is accepted, and no NaN or infinity gets in."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(Frozen):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.low > self.high:
            raise ValueError(f"an interval goes from low to high, not from {self.low} to {self.high}")
        return self
