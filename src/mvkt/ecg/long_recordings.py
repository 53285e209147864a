"""The one preprocessing for recordings of hours, piece by piece: the same microvolts in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.filters import (
    Neighbours,
    bridge_gaps,
    resample,
    resampling_ratio,
    resampling_reach,
    settling_seconds,
)
from mvkt.ecg.leads import view_leads
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition, to_microvolts
from mvkt.ecg.threads import in_threads

_WHOLE_SECONDS = 600.0
_BLOCK_SECONDS = 30.0
_BLOCKS_IN_A_PIECE = 20

Float = NDArray[np.float64]


def condition_long(record: Record, spec: SignalSpec, view: str) -> NDArray[np.int16]:
    """Do what :func:`mvkt.ecg.signal.condition` does, in pieces of about ten minutes where the recording is longer.

    Every piece is worked on together with at least half a minute on either side, more where the band-pass takes longer
    to settle, and with the gaps bridged as in the whole recording, so that the result is the same. Pieces are worked
    on in several threads.

    Returns:
        ``(leads, samples)`` int16 microvolts, :data:`~mvkt.ecg.signal.MISSING` in gaps.
    """
    if record.duration <= _WHOLE_SECONDS:
        return condition(record, spec, view)
    ratio = resampling_ratio(record.sampling_frequency, spec.sampling_frequency)
    blocks = _Blocks.of(record, view, _block_samples(record, spec, ratio[1]))
    samples = -(-len(record.signal) * ratio[0] // ratio[1])
    microvolts = np.empty((len(view_leads(view)), samples), dtype=np.int16)
    firsts = range(0, blocks.count, _BLOCKS_IN_A_PIECE)

    def piece_from(first: int) -> NDArray[np.int16]:
        return _piece(blocks, first, min(first + _BLOCKS_IN_A_PIECE, blocks.count), ratio, spec)

    for first, piece in zip(firsts, in_threads(piece_from, firsts), strict=True):
        start = first * blocks.length * ratio[0] // ratio[1]
        microvolts[:, start : start + piece.shape[1]] = piece
    return microvolts


def windows_of(
    microvolts: NDArray[np.int16], starts: NDArray[np.int64], spec: SignalSpec, at_once: int
) -> Iterator[NDArray[np.int16]]:
    """Cut windows out of a conditioned recording, some at a time; see :func:`mvkt.ecg.signal.cut`.

    Yields:
        ``(windows, leads, samples)`` int16, at most ``at_once`` windows.
    """
    length = spec.window_samples
    if microvolts.shape[1] < length:
        padding = ((0, 0), (0, length - microvolts.shape[1]))
        microvolts = np.pad(microvolts, padding, constant_values=MISSING)
    if microvolts.shape[1] == length and len(starts) == 1:  # as most short recordings
        yield np.ascontiguousarray(microvolts[np.newaxis])
        return
    every = np.lib.stride_tricks.sliding_window_view(microvolts, length, axis=1)
    for first in range(0, len(starts), at_once):
        yield np.ascontiguousarray(every[:, starts[first : first + at_once]].swapaxes(0, 1))


def _block_samples(record: Record, spec: SignalSpec, down: int) -> int:
    """A block is long enough for the filters to settle; its ends fall on samples after resampling, too."""
    settling = settling_seconds(spec.band, spec.sampling_frequency) if spec.band else 0.0
    seconds = max(_BLOCK_SECONDS, settling + 1.0)
    return -(-int(seconds * record.sampling_frequency) // down) * down


@dataclass(frozen=True, eq=False)
class _Blocks:
    """A recording in blocks of equal length, the last one shorter.

    Attributes:
        record: The recording.
        view: The leads that are read.
        length: Samples in a block.
        first: ``(blocks, leads)`` the first recorded sample of each block; -1 where there is none.
        last: The same of the last one.
        first_value: ``(blocks, leads)`` in mV.
        last_value: ``(blocks, leads)`` in mV.
    """

    record: Record
    view: str
    length: int
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    first_value: Float
    last_value: Float

    @classmethod
    def of(cls, record: Record, view: str, length: int) -> _Blocks:
        """Look once at the whole recording."""
        ends: tuple[list[list[int]], ...] = ([], [])
        values: tuple[list[list[float]], ...] = ([], [])
        leads = _columns(record, view)
        for start in range(0, len(record.signal), length):
            signal = [lead[start : start + length] for lead in leads] or _part(record, view, start, start + length)
            inside = [_ends(lead) for lead in signal]
            for side in (0, 1):
                values[side].append([float(lead[end[side]]) for lead, end in zip(signal, inside, strict=True)])
                ends[side].append([start + end[side] if end[side] >= 0 else -1 for end in inside])
        return cls(record, view, length, *map(np.array, ends), *map(np.array, values))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.first)

    def before(self, block: int, origin: int) -> Neighbours:
        """The last recorded samples before a block, positions counted from ``origin``."""
        return self._nearest(range(block - 1, -1, -1), self.last, self.last_value, origin)

    def after(self, block: int, origin: int) -> Neighbours:
        """The first recorded samples from the beginning of a block on, positions counted from ``origin``."""
        return self._nearest(range(block, self.count), self.first, self.first_value, origin)

    def _nearest(self, order: range, positions: NDArray[np.int64], values: Float, origin: int) -> Neighbours:
        leads = positions.shape[1]
        at, value = np.full(leads, np.nan), np.full(leads, np.nan)
        for lead in range(leads):
            block = next((block for block in order if positions[block, lead] >= 0), None)
            if block is not None:
                at[lead], value[lead] = positions[block, lead] - origin, values[block, lead]
        return Neighbours(at, value)

    def slope(self) -> Float:
        """``(leads,)`` mV a sample from one end of the bridged recording to the other."""
        begin, end = self.after(0, 0).values, self.before(self.count, 0).values
        return np.nan_to_num((end - begin) / (len(self.record.signal) - 1))


def _piece(blocks: _Blocks, first: int, last: int, ratio: tuple[int, int], spec: SignalSpec) -> NDArray[np.int16]:
    """Condition the blocks from ``first`` to before ``last``, with a block of context on either side."""
    up, down = ratio
    samples = len(blocks.record.signal)
    begin, end = max(first - 1, 0), min(last + 1, blocks.count)
    start, stop = begin * blocks.length, min(end * blocks.length, samples)
    signal, missing = bridge_gaps(
        _part(blocks.record, blocks.view, start, stop),
        blocks.record.sampling_frequency,
        blocks.before(begin, start),
        blocks.after(end, start),
    )
    if up != down:
        signal = _resample_on_the_line(signal, blocks.slope(), ratio)
    microvolts = to_microvolts(signal, missing, ratio, spec)
    skipped = (first * blocks.length - start) * up // down
    kept = -(-(min(last * blocks.length, samples) - start) * up // down)
    return microvolts[:, skipped:kept]


def _resample_on_the_line(signal: Float, slope: Float, ratio: tuple[int, int]) -> Float:
    """Resample a piece; beyond the ends of the recording goes on the line between them.

    Beyond other ends of a piece, too: what comes of that lies in the context that is thrown away.
    """
    up, down = ratio
    reach = resampling_reach(up, down)
    steps = slope[:, np.newaxis] * np.arange(1, reach + 1)
    extended = np.concatenate([signal[:, :1] - steps[:, ::-1], signal, signal[:, -1:] + steps], axis=1)
    skipped = reach * up // down
    return resample(extended, up, down)[:, skipped : skipped + -(-signal.shape[1] * up // down)]


def _ends(lead: NDArray[np.floating]) -> tuple[int, int]:
    """The first and the last recorded sample of a stretch; -1 where there is none."""
    if np.isfinite(lead[0]) and np.isfinite(lead[-1]):
        return 0, len(lead) - 1
    there = np.flatnonzero(np.isfinite(lead))
    return (int(there[0]), int(there[-1])) if there.size else (-1, -1)


def _columns(record: Record, view: str) -> list[NDArray[np.float32]]:
    """The leads of a view ``(samples,)`` as they were recorded; none where one has to be derived from others."""
    wanted = view_leads(view)
    if any(lead not in record.leads for lead in wanted):
        return []
    return [record.signal[:, record.leads.index(lead)] for lead in wanted]


def _part(record: Record, view: str, start: int, stop: int) -> Float:
    """``(leads, samples)`` of a stretch of the recording."""
    leads = _columns(record, view)
    if leads:  # without the copies and checks of a new record
        return np.stack([lead[start:stop].astype(np.float64) for lead in leads])
    stretch = replace(record, signal=record.signal[start:stop]).select(view)
    return np.ascontiguousarray(stretch.T, dtype=np.float64)
