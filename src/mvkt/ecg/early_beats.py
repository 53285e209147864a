"""Which beats come early in a regular rhythm: of the usual shape, they are extra beats from above the ventricles.

The interval before a premature beat is at least 15 % shorter than those around it, and it shortens all at once: with
the breath, or when the heart beats faster and faster, intervals shorten over several beats. In a run the first is so;
the others are as early against those around. What came before a recording begins is unknown: its first interval belongs
to an extra beat where the one after it is a third longer.

Where the rhythm is irregular, as in atrial fibrillation, no beat is early. Runs of more than fifty beats become the
usual themselves, and are not found.

Figures: docs/results/beats.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.medians import sliding_medians

EARLY = 0.85
"""Longest interval before an early beat, over the median of the intervals around: of few or of many, whichever is
longer, since a run of a dozen beats is most of the few."""

REGULAR = 0.09
"""Largest median change from an interval to the next, over the median interval, of beats that are called regular."""

_SUDDEN = 0.9
_SUDDEN_AT_BEGIN = 0.75  # of the interval after it
_FEW, _MANY, _AROUND_OF_CHANGES, _LEAST = 25, 101, 61, 8


def early_beats(beats: NDArray[np.int64], apart: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``(beats,)`` whether each comes early.

    Args:
        beats: ``(beats,)`` samples, rising.
        apart: ``(beats,)`` ventricular ones, and what noise may have made; intervals beside them do not count.
    """
    early: NDArray[np.bool_] = np.zeros(len(beats), dtype=np.bool_)
    counted = np.flatnonzero(~apart[1:] & ~apart[:-1])
    intervals = (beats[1:] - beats[:-1])[counted].astype(np.int32)
    if len(counted) < _LEAST or intervals.min() >= EARLY * intervals.max():  # what is usual is no more than the largest
        return early
    usual = np.maximum(_medians_around(intervals, _FEW), _medians_around(intervals, _MANY))
    short = intervals < EARLY * usual
    if not short.any():
        return early
    changes = np.abs(np.diff(intervals, prepend=intervals[0]))
    short &= _medians_around(changes, _AROUND_OF_CHANGES) <= REGULAR * usual  # where the rhythm is regular
    follows = np.diff(counted, prepend=-1) == 1
    sudden = short & follows
    sudden[1:] &= intervals[1:] < _SUDDEN * intervals[:-1]
    sudden[0] &= intervals[0] < _SUDDEN_AT_BEGIN * intervals[1]
    early[counted + 1] = short & (_last(sudden) > _last(~short))
    return early


def _medians_around(values: NDArray[np.int32], around: int) -> NDArray[np.int32]:
    """``(n,)`` medians of so many values, an odd number, around each; beyond the ends the values are mirrored.

    As ``scipy.ndimage.median_filter``, which takes long to import.
    """
    half = around // 2
    place = np.arange(-half, len(values) + half) % (2 * len(values))
    return sliding_medians(values[np.minimum(place, 2 * len(values) - 1 - place)], around)


def _last(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """``(n,)`` where the last one marked is, up to each; -1 before the first."""
    last: NDArray[np.int64] = np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
    return last
