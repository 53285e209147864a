"""Discontinuous EDF+ (EDF+D): its data records are put where they were recorded, with NaN between them.

Recorders that pause write EDF+C, too, which should have no gaps: there the starts of the data records count as well.

Source: https://www.edfplus.info/specs/edfplus.html, section 2.2.4: the first annotation of a data record is its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.sample_times import MOST_TIMES_LONGER
from mvkt.errors import RecordFormatError

_TOLERANCE_SECONDS = 0.01
"""Starts are often rounded."""


def with_gaps(
    channels: Sequence[Channel],
    record_starts: Sequence[float],
    records: int,
    duration: float,
    *,
    is_continuous: bool = False,
) -> tuple[list[Channel], tuple[str, ...]]:
    """Return the channels with their gaps, and a note on them; where there are none, as they came.

    Args:
        channels: Whose samples are the data records joined end to end.
        record_starts: In seconds; nothing where the file does not state them all.
        records: How many data records there are.
        duration: Of each, in seconds.
        is_continuous: Whether the header states that there are no gaps. Then clocks that run a little slower or faster
            make none, and impossible starts are a note.

    Raises:
        RecordFormatError: Records overlap, or lie far longer apart than they last.
    """
    onsets = np.array(record_starts, dtype=np.float64)
    if len(onsets) != records:
        return list(channels), ("not all data records state when they begin: they are joined without gaps",)
    if records < 2:
        return list(channels), ()
    starts = onsets - onsets[0]
    if np.allclose(starts, duration * np.arange(records), rtol=0, atol=_TOLERANCE_SECONDS):
        return list(channels), ()
    steps = np.diff(starts)
    if is_continuous and np.allclose(steps, duration, rtol=0, atol=_TOLERANCE_SECONDS):
        return list(channels), ()
    overlap = not np.isfinite(starts).all() or (steps < duration - _TOLERANCE_SECONDS).any()
    far_apart = starts[-1] + duration > MOST_TIMES_LONGER * records * duration
    if is_continuous and (overlap or far_apart):
        return list(channels), ("the data records begin at impossible times: they are joined without gaps",)
    if overlap:
        raise RecordFormatError("EDF+D: the data records overlap or are out of order")
    if far_apart:
        raise RecordFormatError("EDF+D: the gaps are far longer than what was recorded")
    note = f"gaps of {starts[-1] + duration - records * duration:.2f} s in all are marked as missing"
    return [_spread(channel, starts, records) for channel in channels], (note,)


def _spread(channel: Channel, starts: NDArray[np.float64], records: int) -> Channel:
    """Put the data records of a channel where they begin."""
    length = len(channel.signal) // records
    earliest = length * np.arange(records)
    positions = np.rint(starts * channel.sampling_frequency).astype(np.int64)
    positions = earliest + np.maximum.accumulate(np.maximum(positions - earliest, 0))
    signal = np.full(int(positions[-1]) + length, np.nan, dtype=np.float32)
    for position, part in zip(positions, channel.signal[: records * length].reshape(records, length), strict=True):
        signal[position : position + length] = part
    return replace(channel, signal=signal)
