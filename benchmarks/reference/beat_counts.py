"""Beats that were found, counted against those that are annotated, in the manner of ANSI/AAMI EC57."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from benchmarks.reference.annotated import Annotated, inside
from numpy.typing import NDArray

TOLERANCE_SECONDS = 0.15
COUNTED = {"V": "ventricular", "S": "supraventricular"}
"""Kinds that are counted, by their letter."""

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Beats that are there, found, and found rightly: all of them, or those of a kind."""

    beats: int = 0
    found: int = 0
    right: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def cells(self) -> list[str]:
        """Sensitivity and positive predictive value in per cent; empty where there is nothing to divide by."""
        return [f"{100 * self.right / of:.2f}" if of else "" for of in (self.beats, self.found)]


def counts_of(record: Annotated, samples: NDArray[np.int64], named: NDArray[np.str_]) -> list[Counts]:
    """Count the beats of a record: all of them, the ventricular and the supraventricular ones.

    Args:
        record: What was annotated.
        samples: ``(found,)`` beats that were found, at 100 Hz.
        named: ``(found,)`` their kinds.
    """
    found = samples / 100.0
    outside = ~inside(found, record.flutter, TOLERANCE_SECONDS)
    found, named = found[outside], named[outside]
    there = ~inside(record.beats, record.flutter)
    beats, annotated = record.beats[there], record.kinds[there]
    pairs = matched(found, beats)
    kinds = np.full(len(found), "-")
    kinds[pairs[:, 0]] = annotated[pairs[:, 1]]
    counts = [Counts(len(beats), len(found), len(pairs))]
    for letter, name in COUNTED.items():
        counted = (named == name) & (kinds != "F")
        right = int((counted & (kinds == letter)).sum())
        counts.append(Counts(int((annotated == letter).sum()), int(counted.sum()), right))
    return counts


def matched(found: Float, beats: Float) -> NDArray[np.int64]:
    """``(pairs, 2)`` positions in both: each beat with the nearest that is found, within the tolerance, each once."""
    pairs = []
    first = second = 0
    while first < len(found) and second < len(beats):
        apart = found[first] - beats[second]
        if abs(apart) > TOLERANCE_SECONDS:
            first, second = first + (apart < 0), second + (apart > 0)
        elif first + 1 < len(found) and abs(found[first + 1] - beats[second]) < abs(apart):
            first += 1
        elif second + 1 < len(beats) and abs(found[first] - beats[second + 1]) < abs(apart):
            second += 1
        else:
            pairs.append((first, second))
            first, second = first + 1, second + 1
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
