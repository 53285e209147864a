"""Pieces of a trace as the page requests them: always the same ones, so that it can keep what it has.

A tile is ``int16`` in little-endian order: ``(leads, samples)`` at level 0, ``(leads, blocks, 2)`` above.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from mvkt.web.traces.display_filter import filtered
from mvkt.web.traces.envelope import FACTOR, FIRST_BLOCK, Envelope
from mvkt.web.traces.stored_trace import StoredTrace

TILE_SAMPLES = 8192
"""Samples of a tile of level 0; the last one of a recording is shorter."""

TILE_BLOCKS = 4096
"""Blocks of a tile of the other levels."""

Kind = Literal["raw", "filtered"]


def tile(trace: StoredTrace, envelope: Envelope | None, kind: Kind, level: int, index: int) -> bytes | None:
    """Cut a tile.

    Args:
        trace: The recording.
        envelope: Of this kind; None while there is none yet.
        kind: As it came, or filtered.
        level: 0 for samples, more for blocks.
        index: Which tile of the level.

    Returns:
        Its bytes; None where there is no such tile.
    """
    if level == 0:
        start = index * TILE_SAMPLES
        stop = min(start + TILE_SAMPLES, trace.samples)
        if not 0 <= start < trace.samples:
            return None
        part = trace.values[:, start:stop] if kind == "raw" else filtered(trace, start, stop)
    else:
        if envelope is None or not 1 <= level <= len(envelope.levels):
            return None
        blocks = envelope.levels[level - 1]
        start = index * TILE_BLOCKS
        if not 0 <= start < blocks.shape[1]:
            return None
        part = blocks[:, start : start + TILE_BLOCKS]
    return np.ascontiguousarray(part, dtype="<i2").tobytes()


def geometry(levels: int) -> dict[str, int]:
    """Return what the page needs to know of tiles, for a recording with so many levels of blocks."""
    return {
        "tile_samples": TILE_SAMPLES,
        "tile_blocks": TILE_BLOCKS,
        "first_block": FIRST_BLOCK,
        "factor": FACTOR,
        "levels": levels,
    }
