"""The heartbeats of some minutes of one lead, cut out and compared with each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ALIKE, VERY_ALIKE = 0.85, 0.95
"""Two QRS complexes of at least this correlation are of one shape, or nearly the same."""

ALL = slice(None)
"""All beats."""

_BEFORE, _AFTER = 32, 50  # samples at 100 Hz that are cut around a beat
_QRS, _QRS_AND_T, _QRS_AND_ST = (-12, 19), (-12, 43), (-12, 25)
_EARLY = 0.88
_MOST_CANDIDATES, _MOST_USUAL, _MOST_OTHER = 200, 120, 400
_SHARPNESS, _HEIGHT_SHARPNESS = 60.0, 2.0
_ALIKE_WITH_T, _LIKE_HEIGHT = 0.93, 0.3
_ROWS_AT_ONCE = 128

Float = NDArray[np.float64]
Single = NDArray[np.float32]


class Compared(NamedTuple):
    """Beats ``(compared,)`` and how many each of them stands for."""

    beats: NDArray[np.int64]
    counts: Single


@dataclass(frozen=True, eq=False)
class LeadBeats:
    """The beats of some minutes of one lead.

    Attributes:
        cut: ``(beats, 83)`` µV at 100 Hz, 0.32 s before to 0.5 s after each beat.
        timing: ``(9, beats)`` see :func:`mvkt.ecg.beat_features.timing_of`.
    """

    cut: Float
    timing: Float

    @classmethod
    def of(cls, lead: Float, beats: NDArray[np.int64], timing: Float, sampling_frequency: float) -> LeadBeats:
        """Cut the beats out of a lead; what lies beyond its ends is its first or last sample.

        Args:
            lead: ``(samples,)`` µV without gaps.
            beats: ``(beats,)`` samples.
            timing: See the attribute.
            sampling_frequency: Samples a second.
        """
        seconds = np.arange(-_BEFORE, _AFTER) / 100.0
        place = beats[:, np.newaxis] + np.rint(seconds * sampling_frequency).astype(np.int64)
        return cls(lead[np.clip(place, 0, len(lead) - 1)], timing)

    def piece(self, first: int, last: int) -> Float:
        """``(beats, last - first)`` samples at 100 Hz, counted from the beat."""
        return self.cut[:, _BEFORE + first : _BEFORE + last]

    @cached_property
    def qrs(self) -> Float:
        """``(beats, 31)`` the QRS complexes about their means."""
        return centred(self.piece(*_QRS))

    @cached_property
    def shape(self) -> Float:
        """``(beats, 31)`` the QRS complexes, each of length 1."""
        return _of_length_1(self.qrs)

    @cached_property
    def height(self) -> Float:
        """``(beats,)`` logarithms."""
        height: Float = np.log(np.ptp(self.qrs, axis=1) + 50.0)
        return height

    @cached_property
    def typical(self) -> int:
        """The beat that is like most others; early ones count less."""
        candidates = _evenly(np.arange(len(self.shape)), _MOST_CANDIDATES)
        weights = np.where(self.timing[0] < np.log(_EARLY), 0.3, 1.0).astype(np.float32)
        alike = (_products(self.shape[candidates], self.shape) > ALIKE).astype(np.float32)
        return int(candidates[np.argmax(alike @ weights)])

    @cached_property
    def likeness_to_typical(self) -> Single:
        """``(beats,)`` correlations of QRS complexes with the typical one."""
        return _products(self.shape, self.shape[[self.typical]])[:, 0]

    @cached_property
    def usual(self) -> NDArray[np.bool_]:
        """``(beats,)`` those like the typical one, and itself."""
        usual: NDArray[np.bool_] = self.likeness_to_typical > ALIKE
        usual[self.typical] = True
        return usual

    @cached_property
    def compared(self) -> Compared:
        """Which beats all are compared with: a part of the very usual ones stands for all of these."""
        very_usual = self.likeness_to_typical > VERY_ALIKE
        groups = [
            (np.flatnonzero(very_usual), _MOST_USUAL),
            (np.flatnonzero(~very_usual), _MOST_OTHER),
        ]
        chosen = [_evenly(group, most) for group, most in groups]
        counts = [
            np.full(len(some), len(group) / max(len(some), 1)) for some, (group, _) in zip(chosen, groups, strict=True)
        ]
        return Compared(np.concatenate(chosen), np.concatenate(counts).astype(np.float32))

    @cached_property
    def _single(self) -> Single:
        return self.shape.astype(np.float32)

    @cached_property
    def _single_with_t(self) -> Single:
        return _of_length_1(centred(self.piece(*_QRS_AND_T))).astype(np.float32)

    @cached_property
    def _single_height(self) -> Single:
        return self.height.astype(np.float32)

    def likeness(self, rows: slice = ALL) -> Single:
        """``(rows, compared)`` correlations of QRS complexes."""
        return _products(self._single[rows], self._single[self.compared.beats])

    def close(self, rows: slice = ALL) -> NDArray[np.bool_]:
        """``(rows, compared)`` which are of one height and alike with their T waves."""
        close = _products(self._single_with_t[rows], self._single_with_t[self.compared.beats]) > _ALIKE_WITH_T
        height = self._single_height
        close &= np.abs(height[rows, np.newaxis] - height[self.compared.beats]) < _LIKE_HEIGHT
        return close

    def mean_over(self, alike: Callable[[slice], NDArray[np.bool_] | Single], values: Float) -> tuple[Float, Float]:
        """``(beats, n)``: means of values over the beats alike and each itself, and ``(beats,)`` the share of those.

        Args:
            alike: Gives ``(rows, compared)`` how much each counts, for some of the beats at a time: all of them at once
                do not stay in the processor's cache.
            values: ``(beats, n)``.
        """
        rows = np.ones((len(values), values.shape[1] + 1), dtype=np.float32)
        rows[:, :-1] = values
        chosen, counts = self.compared.beats, self.compared.counts
        counted, sums = rows[chosen] * counts[:, np.newaxis], rows.copy()
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            sums[some] += alike(some).astype(np.float32, copy=False) @ counted
        means: Float = (sums[:, :-1] / sums[:, -1:]).astype(np.float64)
        return means, sums[:, -1] / (counts.sum() + 1.0)

    def shared(self, values: Float) -> Float:
        """``(beats, n)``: the mean of ``values`` over all beats, by how much they look like each."""
        shape = _of_length_1(centred(self.piece(*_QRS_AND_ST)))
        joined = np.column_stack([np.sqrt(_SHARPNESS) * shape, np.sqrt(2 * _HEIGHT_SHARPNESS) * self.height])
        own = np.square(joined).sum(axis=1).astype(np.float32) / 2
        single = joined.astype(np.float32)
        compared, of_compared = single[self.compared.beats], own[self.compared.beats]

        def weights(rows: slice) -> Single:
            made = _products(single[rows], compared)
            made -= own[rows, np.newaxis]
            made -= of_compared
            return np.exp(made, out=made)

        return self.mean_over(weights, values)[0]


def centred(pieces: Float) -> Float:
    """``(n, samples)`` about their means."""
    centred: Float = pieces - np.add.reduce(pieces, axis=1, keepdims=True) / pieces.shape[1]
    return centred


def _of_length_1(pieces: Float) -> Float:
    made: Float = pieces / (np.sqrt(np.add.reduce(np.square(pieces), axis=1, keepdims=True)) + 1e-6)
    return made


def _products(rows: Float | Single, others: Float | Single) -> Single:
    """``(n, m)`` of ``(n, k)`` and ``(m, k)``."""
    products: Single = rows.astype(np.float32, copy=False) @ others.astype(np.float32, copy=False).T
    return products


def _evenly(numbers: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of them."""
    if len(numbers) <= most:
        return numbers
    place = np.linspace(0, len(numbers) - 1, most)
    return numbers[np.rint(place).astype(np.int64)]
