"""Leads that an XML file has as lists of whole numbers, with one step and one sampling frequency for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.text import number, numbers
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError

_A_STEP = re.compile(r"\s*(per|/)\s*(lsb|bit|step|digit|count|adu)s?\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class LeadNumbers:
    """One lead.

    Attributes:
        name: As the file has it.
        words: Its numbers.
        promised: How many the file promises; None where it does not.
    """

    name: str
    words: Sequence[str]
    promised: float | None


@dataclass(frozen=True)
class Scale:
    """What the numbers mean.

    Attributes:
        step: Of a number, in the unit; None where the file states none.
        unit: As the file has it; empty where it states none.
        sampling_frequency: In Hz; None where the file states none.
        invalid: The number of a sample that was not recorded.
    """

    step: float | None
    unit: str
    sampling_frequency: float | None
    invalid: float | None = None


def words_of(text: str) -> list[str]:
    """Return the numbers of a list with commas, spaces or both between them; nothing of two commas is none."""
    return text.replace(",", " ").split()


def hertz(value: str, unit: str) -> float | None:
    """Return a sampling frequency in Hz; None where its unit is not known. Without a unit it is in Hz."""
    factor = {"": 1.0, "hz": 1.0, "khz": 1000.0, "sps": 1.0}.get(unit.strip().lower())
    stated = number(value)
    return None if factor is None or stated is None else stated * factor


def channels_of(
    leads: Iterable[LeadNumbers], scale: Scale, family: str, given: UserFacts
) -> tuple[list[Channel], list[str]]:
    """Return a channel for each lead, and notes on those that are shorter than the file promises.

    Args:
        leads: In the order of the file.
        scale: Of all of them.
        family: The name of the format, for messages.
        given: What the user states.

    Raises:
        RecordFormatError: There is no step, or no sampling frequency.
    """
    if scale.step is None or scale.step <= 0:
        raise RecordFormatError(f"{family}: the file states no amplitude of a step")
    frequency = given.frequency_of(scale.sampling_frequency)
    channels: list[Channel] = []
    notes = []
    for lead in leads:
        counts, fault = np.empty(0), ""
        try:
            counts = numbers([word for word in lead.words if word.strip()], 1)
        except RecordFormatError:
            fault = f"{family}: the samples of lead {lead.name[:10]} are no numbers: the file is damaged"
        if scale.invalid is not None:
            counts[counts == scale.invalid] = np.nan
        if lead.promised is not None and 0 < len(counts) < lead.promised:
            notes.append(
                f"lead {lead.name[:10]} is truncated: {len(counts):,} of {lead.promised:,.0f} samples are there"
            )
        elif lead.promised is not None and 0 < lead.promised < len(counts):
            notes.append(f"lead {lead.name[:10]} has {len(counts):,} samples; the file promises {lead.promised:,.0f}")
        channels.append(Channel(lead.name, counts * scale.step, _A_STEP.sub("", scale.unit), frequency, fault))
    return channels, notes
