"""The unit of a table's samples: of the column, of the lines before the table, or the step of a converter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.converter_steps import scale_of_samples, step_of
from mvkt.ecg.formats.table_facts import stated_unit
from mvkt.ecg.formats.table_roles import Lead
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError

_FIRST = 4096
"""Samples that are looked at for decimals."""


def millivolts_of_one(lead: Lead, facts: Mapping[str, str], given: UserFacts) -> float:
    """Return mV of 1 in the column of a lead; 0 where that is not known."""
    step, _ = _step(lead, facts, given, whole=True)
    return step or millivolts_per(given.unit or lead.unit or stated_unit(facts)) or 0.0


def with_units(leads: Sequence[Lead], stated: str) -> list[Lead]:
    """Return the leads with units that a line lists, one for each: ``Units: mV, uV``."""
    for units in (re.split(r"\s*[,;|]\s*", stated), stated.split()):
        if len(units) == len(leads) > 1 and all(millivolts_per(unit) for unit in units):
            return [replace(lead, unit=lead.unit or unit) for lead, unit in zip(leads, units, strict=True)]
    return [*leads]


def in_millivolts(
    leads: Sequence[Lead], columns: Mapping[int, NDArray[Any]], facts: Mapping[str, str], given: UserFacts
) -> tuple[list[Lead], dict[int, NDArray[Any]], tuple[str, ...]]:
    """Return leads of steps of a converter in mV, where lines before the table state the step, and a note on it.

    Args:
        leads: Of the table.
        columns: Their samples, and others.
        facts: What lines before the table state.
        given: The user's facts; where the unit is among them, nothing is changed.

    Raises:
        RecordFormatError: These lines state a unit and a step, and the samples may be in either.
    """
    found, scaled, notes = [], dict(columns), dict[str, None]()
    scale = scale_of_samples(facts)
    if given.unit and scale and any(_counts(lead.unit) for lead in leads):
        notes[f"the unit {given.unit} was given and is taken; the lines before the rows state {scale}"] = None
    for lead in leads:
        _check_scale(lead, columns[lead.column], facts, given)
        samples = columns[lead.column][:_FIRST]
        step, zero = _step(lead, facts, given, whole=bool((samples == np.floor(samples))[np.isfinite(samples)].all()))
        if step:
            scaled[lead.column] = (columns[lead.column] - zero) * step
            notes[f"a step is {step * 1000:g} µV and {zero:g} is 0, as lines before the rows state"] = None
        found.append(replace(lead, unit="mV") if step else lead)
    return found, scaled, tuple(notes)


def _step(lead: Lead, facts: Mapping[str, str], given: UserFacts, *, whole: bool) -> tuple[float, float]:
    """Return mV of a step, and the number that stands for 0; zeros where the column is none of steps."""
    if not given.unit and lead.unit[:1].isdigit():  # "I [10 uV]"
        facts = {**facts, "unit": lead.unit}
    elif given.unit or not _counts(lead.unit) or not _counts(stated_unit(facts)):
        return 0.0, 0.0
    return step_of(facts, whole=whole)


def _check_scale(lead: Lead, samples: NDArray[Any], facts: Mapping[str, str], given: UserFacts) -> None:
    """Refuse whole numbers for which both a unit and a scale are stated."""
    unit, scale = stated_unit(facts), scale_of_samples(facts)
    first = samples[:_FIRST][np.isfinite(samples[:_FIRST])]
    if given.unit or not _counts(lead.unit) or _counts(unit) or not scale or (first != np.floor(first)).any():
        return
    raise RecordFormatError(
        f"the lines before the table state the unit {unit[:20]} and also {scale}: whether its whole numbers are in "
        "this unit or steps of a converter is not guessed; if they are in it, give it with unit= (--unit)"
    )


def _counts(unit: str) -> bool:
    """Whether a column has no unit, or one of the steps of a converter."""
    return not unit or re.fullmatch(r"adu|adc|counts?|lsb|raw|steps?|digits?", unit, re.IGNORECASE) is not None
