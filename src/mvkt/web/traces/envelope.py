"""A long trace from afar: lowest and highest values of blocks of samples, in coarser and coarser levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.signal import MISSING
from mvkt.web.traces.display_filter import filtered
from mvkt.web.traces.stored_trace import StoredTrace

FIRST_BLOCK = 16
"""Samples in a block of the finest level."""

FACTOR = 4
"""Blocks of a level that make one of the next."""

FEWEST_BLOCKS = 1024
"""A level with no more blocks than this has no coarser one above it."""

_EMPTY_LOW = np.iinfo(np.int16).max
_PIECE_BLOCKS = 1 << 14

Int16 = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Envelope:
    """Lows and highs of blocks.

    Attributes:
        levels: ``(leads, blocks, 2)`` int16 of each level, the finest first: lowest and highest value of a block. A
            block in which nothing was recorded has a lowest above its highest value.
    """

    levels: tuple[Int16, ...]

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(level.nbytes for level in self.levels)


def envelope_of(pieces: Iterable[Int16]) -> Envelope:
    """Build an envelope from pieces ``(leads, samples)`` whose lengths, but for the last, are whole blocks."""
    return Envelope(tuple(_levels(np.concatenate([_blocks(piece, FIRST_BLOCK) for piece in pieces], axis=1))))


def raw_envelope(trace: StoredTrace) -> Envelope:
    """Build the envelope of a recording as it came."""
    return envelope_of(trace.values[:, start:stop] for start, stop in _pieces(trace.samples))


def filtered_envelope(trace: StoredTrace) -> Envelope:
    """Build the envelope of a filtered recording, a piece at a time."""
    return envelope_of(filtered(trace, start, stop) for start, stop in _pieces(trace.samples))


def _pieces(samples: int) -> Iterable[tuple[int, int]]:
    length = FIRST_BLOCK * _PIECE_BLOCKS
    return ((start, min(start + length, samples)) for start in range(0, samples, length))


def _levels(first: Int16) -> Sequence[Int16]:
    levels = [first]
    while levels[-1].shape[1] > FEWEST_BLOCKS:
        levels.append(_coarser(levels[-1]))
    return levels


def _blocks(values: Int16, length: int) -> Int16:
    """``(leads, blocks, 2)`` of samples ``(leads, samples)``; the last block may be shorter."""
    padded = _padded(values, length, MISSING)
    shaped = padded.reshape(len(padded), -1, length)
    high = shaped.max(axis=2)
    low = np.where(shaped == MISSING, _EMPTY_LOW, shaped).min(axis=2)
    return np.stack([low, high], axis=2)


def _coarser(level: Int16) -> Int16:
    low = _padded(level[..., 0], FACTOR, _EMPTY_LOW).reshape(len(level), -1, FACTOR).min(axis=2)
    high = _padded(level[..., 1], FACTOR, MISSING).reshape(len(level), -1, FACTOR).max(axis=2)
    return np.stack([low, high], axis=2)


def _padded(values: Int16, length: int, fill: int) -> Int16:
    short = -values.shape[1] % length
    return np.pad(values, ((0, 0), (0, short)), constant_values=fill) if short else values
