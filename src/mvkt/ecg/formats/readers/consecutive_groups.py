"""Groups of the same leads that were recorded one after the other are one recording: sets of aECG, groups of DICOM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mvkt.ecg.formats.assemble import Channel

PAUSE_SECONDS = 1.0
"""What is recorded one after the other follows at once."""

_SAMPLES_OF_ROUNDING = 1.5
"""Times are rounded: a group may seem to begin before the end of that before it."""


def in_succession(
    groups: Sequence[Sequence[Channel]], beginnings: Sequence[float | None]
) -> tuple[list[list[Channel]], list[str]]:
    """Join groups of the same leads that follow one another, with missing samples for the pauses between them.

    Args:
        groups: Channels of one beginning each.
        beginnings: In seconds; None where it is not stated.

    Returns:
        As many groups: of those that are joined the first has all samples, and the others are empty. And notes.
    """
    places_of: dict[tuple[tuple[str, str, float], ...], list[int]] = {}
    for place, (group, beginning) in enumerate(zip(groups, beginnings, strict=True)):
        key = tuple(sorted((channel.name, channel.unit, channel.sampling_frequency) for channel in group))
        if beginning is not None and len({name for name, _, _ in key}) == len(key) and not any(c.fault for c in group):
            places_of.setdefault(key, []).append(place)
    joined, notes = [list(group) for group in groups], []
    for key, places in places_of.items():
        starts = {place: beginnings[place] or 0.0 for place in places}
        places = sorted(places, key=starts.__getitem__)
        if not key or len(places) < 2 or not _follow([groups[place] for place in places], sorted(starts.values())):
            continue
        first = groups[places[0]]
        for place in places:
            joined[place] = []
        joined[places[0]] = [
            _chained([_named(groups[place], channel.name) for place in places], sorted(starts.values()))
            for channel in first
        ]
        notes.append(f"joined {len(places)} parts of the same leads, which follow one another")
    return joined, notes


def _follow(groups: Sequence[Sequence[Channel]], starts: Sequence[float]) -> bool:
    """Whether each group begins where all channels of that before it end, or a short pause later."""
    for group, start, after in zip(groups, starts, starts[1:], strict=False):
        rounding = _SAMPLES_OF_ROUNDING / min(channel.sampling_frequency for channel in group)
        ends = [start + len(channel.signal) / channel.sampling_frequency for channel in group]
        if not all(end - rounding <= after <= end + PAUSE_SECONDS for end in ends):
            return False
    return True


def _named(group: Sequence[Channel], name: str) -> Channel:
    return next(channel for channel in group if channel.name == name)


def _chained(parts: Sequence[Channel], starts: Sequence[float]) -> Channel:
    pieces, length = [], 0
    for part, start in zip(parts, starts, strict=True):
        pause = max(0, round((start - starts[0]) * part.sampling_frequency) - length)
        pieces += [np.full(pause, np.nan, dtype=np.float32), part.signal]
        length += pause + len(part.signal)
    notes = dict.fromkeys(part.note for part in parts if part.note)
    return replace(parts[0], signal=np.concatenate(pieces), note="; ".join(notes))
