"""Which leads of a recording hold a signal at all.

An electrode that fell off leaves a flat line, and the printout of a hospital keeps most leads for a few seconds. A
network that needs such a lead cannot use what the others show, so it is left to a network that does not need it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.record import Record

_FLAT_MV = 0.004
_LEAST_SHARE = 0.5
_MOST_SECONDS = 600
"""Of longer recordings, so many seconds are looked at, spread over the whole."""


def usable_leads(record: Record) -> tuple[str, ...]:
    """Return the leads in which something was recorded that moves, for at least half of the time, in their order.

    Noise is no matter here: see :mod:`mvkt.ecg.quality.quality`.
    """
    seconds = _seconds(record)
    recorded = np.isfinite(seconds).mean(axis=1) >= _LEAST_SHARE
    highest = np.where(np.isfinite(seconds), seconds, -np.inf).max(axis=1)
    lowest = np.where(np.isfinite(seconds), seconds, np.inf).min(axis=1)
    with np.errstate(invalid="ignore"):
        moves = recorded & (highest - lowest > _FLAT_MV)
    usable = moves.mean(axis=0) >= _LEAST_SHARE
    return tuple(lead for lead, there in zip(record.leads, usable.tolist(), strict=True) if there)


def _seconds(record: Record) -> NDArray[np.float32]:
    """``(seconds, samples, leads)``; a recording of less than a second is a single piece."""
    length = min(max(1, round(record.sampling_frequency)), len(record.signal))
    pieces = len(record.signal) // length
    chosen = np.linspace(0, pieces - 1, min(pieces, _MOST_SECONDS)).astype(np.int64)
    return record.signal[: pieces * length].reshape(pieces, length, -1)[chosen]
