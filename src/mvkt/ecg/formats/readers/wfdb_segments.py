"""Multi-segment records of WFDB: their segments one after the other, each with formats, gains and signals of its own.

Source: WFDB Applications Guide, header(5), "Multi-segment records".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.dates import is_placeholder
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, WfdbSignal, beside, read_header
from mvkt.ecg.formats.readers.wfdb_signals import channels_of, in_unit
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.errors import RecordFormatError

_NO_RECORDING = "~"
_SAME_FREQUENCY = 1e-4
_SHOWN = 12


def segment_headers(header: Path, parsed: WfdbHeader) -> dict[str, WfdbHeader]:
    """Return the headers of the segments that were recorded, by name.

    Raises:
        RecordFormatError: One is absent or no header, or has segments itself.
    """
    names = [name for name in parsed.segments if name != _NO_RECORDING]
    found = {name: read_header(beside(header, f"{name}.hea")) for name in names}
    nested = next((name for name, segment in found.items() if segment.segments), None)
    if nested is not None:
        raise RecordFormatError(f"WFDB: segment {nested} of {header.name} has segments itself, which is not read")
    return found


def known_start(parsed: WfdbHeader) -> datetime | None:
    """Return when a recording began by its header, if that is no placeholder."""
    start = parsed.start_time
    return None if start is None or is_placeholder(start) else start


def start_of_segments(parsed: WfdbHeader, headers: Mapping[str, WfdbHeader]) -> datetime | None:
    """Return when a record of segments began, by the first of them that states when it did itself."""
    frames = 0
    for name, length in zip(parsed.segments, parsed.segment_lengths, strict=True):
        start = known_start(headers[name]) if name in headers else None
        if start is not None and parsed.sampling_frequency > 0:
            return start - timedelta(seconds=frames / parsed.sampling_frequency)
        frames += length
    return None


def joined(header: Path, parsed: WfdbHeader, given: UserFacts = NOTHING) -> list[Channel]:
    """Return the signals of a multi-segment record, voltages in mV, NaN where a segment lacks one.

    The first segment lists the signals: in a record of variable layout it has no samples. The signals of the others are
    found by name; where no name is the same, they are in the same order.

    Args:
        header: The path of the record's header.
        parsed: What is in it.
        given: What the user states.

    Raises:
        RecordFormatError: A segment is absent or disagrees with the record's header, or none was recorded.
    """
    headers = {name: in_unit(segment, given) for name, segment in segment_headers(header, parsed).items()}
    if not headers:
        raise RecordFormatError("all samples of the file are marked as missing: no segment of the record was recorded")
    variable = parsed.segment_lengths[0] == 0
    wanted = next(iter(headers.values())).signals
    total = sum(parsed.segment_lengths)
    if parsed.samples not in (None, total):
        raise RecordFormatError(
            f"header disagrees with its data: {header.name} promises {parsed.samples:,} samples a signal; its segments "
            f"have {total:,}"
        )
    channels = [_blank(signal, parsed, total) for signal in wanted]
    start, lost = 0, dict[str, None]()
    for name, length in zip(parsed.segments, parsed.segment_lengths, strict=True):
        if name != _NO_RECORDING and length:
            segment = headers[name]
            _check(name, segment, length, parsed)
            found = channels_of(header.with_name(f"{name}.hea"), replace(segment, samples=length))
            places = _places(wanted, segment.signals, variable=variable)
            lost |= dict.fromkeys(each.lead or "unnamed" for at, each in enumerate(segment.signals) if at not in places)
            for position, place in enumerate(places):
                if place is not None:
                    channels[position] = _filled(channels[position], found[place], start, total)
        start += length
    if lost:
        note = f"left out what the first segment has not: {', '.join([*lost][:_SHOWN])}"
        channels = [replace(channel, note="; ".join(filter(None, (channel.note, note)))) for channel in channels]
    return channels


def _blank(signal: WfdbSignal, parsed: WfdbHeader, frames: int) -> Channel:
    values = np.full(frames * signal.samples_per_frame, np.nan, dtype=np.float32)
    unit = "mV" if millivolts_per(signal.units) else signal.units
    return Channel(signal.lead, values, unit, parsed.sampling_frequency * signal.samples_per_frame)


def _check(name: str, segment: WfdbHeader, length: int, parsed: WfdbHeader) -> None:
    if segment.samples is not None and segment.samples != length:
        raise RecordFormatError(
            f"header disagrees with its data: segment {name} has {segment.samples:,} samples a signal, not {length:,}"
        )
    if abs(segment.sampling_frequency - parsed.sampling_frequency) > _SAME_FREQUENCY * parsed.sampling_frequency:
        raise RecordFormatError(
            f"WFDB: segment {name} has {segment.sampling_frequency:g} Hz, its record {parsed.sampling_frequency:g} Hz"
        )


def _places(wanted: Sequence[WfdbSignal], there: Sequence[WfdbSignal], *, variable: bool) -> list[int | None]:
    """Return where in a segment each signal of the record is; None where it is not there."""
    keys, names = _keys(there), {signal.lead for signal in (*wanted, *there)}
    found = [keys.index(key) if key in keys else None for key in _keys(wanted)]
    if variable or ("" not in names and any(place is not None for place in found)):
        return found
    return [place if place < len(there) else None for place in range(len(wanted))]


def _keys(signals: Sequence[WfdbSignal]) -> list[tuple[str, int]]:
    """Return the name of each signal, and which of that name it is."""
    counted: Counter[str] = Counter()
    keys = []
    for signal in signals:
        keys.append((signal.lead, counted[signal.lead]))
        counted[signal.lead] += 1
    return keys


def _filled(channel: Channel, part: Channel, start: int, total: int) -> Channel:
    """Put the samples of a segment into a channel, from a frame of all of them on."""
    fault = part.fault
    if not fault and (part.unit, part.sampling_frequency) != (channel.unit, channel.sampling_frequency):
        same_unit = part.unit == channel.unit
        fault = f"WFDB: segments have different {'samples a frame' if same_unit else 'units'} of {channel.name[:40]}"
    if fault:
        return replace(channel, fault=channel.fault or fault)
    at = start * (len(channel.signal) // total)
    channel.signal[at : at + len(part.signal)] = part.signal
    return replace(channel, note=channel.note or part.note)
