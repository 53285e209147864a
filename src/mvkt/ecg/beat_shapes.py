"""The heartbeats of some minutes of one lead, cut out and compared with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

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
_ROWS_AT_ONCE = 256
_LEAST_EXPONENT = -80.0  # below it numbers of single precision are denormal, and take many times as long

Float = NDArray[np.float64]
Single = NDArray[np.float32]
Real = TypeVar("Real", np.float32, np.float64)


class Compared(NamedTuple):
    """Beats ``(compared,)`` and how many each of them stands for."""

    beats: NDArray[np.int64]
    counts: Single


@dataclass(frozen=True, eq=False)
class LeadBeats:
    """The beats of some minutes of one lead.

    Attributes:
        cut: ``(beats, 82)`` µV at 100 Hz, 0.32 s before to 0.5 s after each beat. The values of all beats at one place
            lie side by side in memory: what is summed or compared within each beat is so for all at once.
        timing: ``(9, beats)`` see :func:`mvkt.ecg.beat_features.timing_of`.
    """

    cut: Single
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
        place = beats + np.rint(seconds * sampling_frequency).astype(np.int64)[:, np.newaxis]
        return cls(lead.astype(np.float32).take(place, mode="clip").T, timing)

    def piece(self, first: int, last: int) -> Single:
        """``(beats, last - first)`` samples at 100 Hz, counted from the beat."""
        return self.cut[:, _BEFORE + first : _BEFORE + last]

    @cached_property
    def qrs(self) -> Single:
        """``(beats, 31)`` the QRS complexes about their means."""
        return centred(self.piece(*_QRS))

    @cached_property
    def shape(self) -> Single:
        """``(beats, 31)`` the QRS complexes, each of length 1."""
        return _of_length_1(self.qrs)

    @cached_property
    def height(self) -> Single:
        """``(beats,)`` logarithms."""
        height: Single = np.log(np.ptp(self.qrs, axis=1) + 50.0)
        return height

    @cached_property
    def typical(self) -> int:
        """The beat that is like most others; early ones count less."""
        candidates = _evenly(np.arange(len(self.shape)), _MOST_CANDIDATES)
        weights = np.where(self.timing[0] < np.log(_EARLY), np.float32(0.3), np.float32(1.0))
        alike = (self.shape[candidates] @ self.shape.T > ALIKE).astype(np.float32)
        return int(candidates[np.argmax(alike @ weights)])

    @cached_property
    def likeness_to_typical(self) -> Single:
        """``(beats,)`` correlations of QRS complexes with the typical one."""
        likeness: Single = self.shape @ self.shape[self.typical]
        return likeness

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
        counts = [len(group) / max(len(some), 1) for some, (group, _) in zip(chosen, groups, strict=True)]
        return Compared(np.concatenate(chosen), np.repeat(counts, [len(some) for some in chosen]).astype(np.float32))

    @cached_property
    def _with_t(self) -> Single:
        return _of_length_1(centred(self.piece(*_QRS_AND_T)))

    @cached_property
    def _others(self) -> tuple[Single, Single, Single]:
        """QRS complexes ``(31, compared)``, with their T waves ``(55, compared)``, and heights of the compared."""
        others = self.compared.beats
        return self.shape[others].T, self._with_t[others].T, self.height[others]

    def groups(self, rows: slice = ALL) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """``(rows, compared)`` each: whose QRS complexes are alike, whose very alike, and which beats are close.

        Close are those of one height that are alike with their T waves.
        """
        shapes, with_t, heights = self._others
        likeness = self.shape[rows] @ shapes
        close = self._with_t[rows] @ with_t > _ALIKE_WITH_T
        close &= np.abs(self.height[rows, np.newaxis] - heights) < _LIKE_HEIGHT
        return likeness > ALIKE, likeness > VERY_ALIKE, close

    def means_over(
        self, groups: Callable[[slice], Sequence[NDArray[np.bool_] | Single]], values: Sequence[Float]
    ) -> list[tuple[Float, Single]]:
        """For each group ``(beats, n)``: means of its values over the beats in it and each itself.

        And ``(beats,)`` the share of those.

        Args:
            groups: Gives for each group ``(rows, compared)`` how much each counts, for some of the beats at a time: all
                of them at once would be new memory every time.
            values: For each group ``(beats, n)``.
        """
        sums = [np.ones((len(group), group.shape[1] + 1), dtype=np.float32) for group in values]
        for own, group in zip(sums, values, strict=True):
            own[:, :-1] = group
        chosen, counts = self.compared
        counted = [own[chosen] * counts[:, np.newaxis] for own in sums]
        for start in range(0, len(self.cut), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            for own, weights, others in zip(sums, groups(rows), counted, strict=True):
                own[rows] += weights.astype(np.float32, copy=False) @ others
        total = counts.sum() + 1.0
        return [((own[:, :-1] / own[:, -1:]).astype(np.float64), own[:, -1] / total) for own in sums]

    def shared(self, values: Float) -> Float:
        """``(beats, n)``: the mean of ``values`` over all beats, by how much they look like each."""
        shape = _of_length_1(centred(self.piece(*_QRS_AND_ST)))
        # Half the square of a distance, negative: a product, less half the squares of both.
        left = np.empty((len(shape), shape.shape[1] + 3), dtype=np.float32)
        left[:, :-3], left[:, -3] = np.sqrt(_SHARPNESS) * shape, np.sqrt(2 * _HEIGHT_SHARPNESS) * self.height
        left[:, -2], left[:, -1] = np.square(left[:, :-2]).sum(axis=1) / 2, 1.0
        right = left[self.compared.beats].T
        right[-2:] = -right[:-3:-1]

        def weights(rows: slice) -> tuple[Single]:
            exponents = left[rows] @ right
            np.maximum(exponents, _LEAST_EXPONENT, out=exponents)
            return (np.exp(exponents, out=exponents),)

        return self.means_over(weights, (values,))[0][0]


def centred(pieces: NDArray[Real]) -> NDArray[Real]:
    """``(..., samples)`` about their means."""
    made: NDArray[Real] = pieces - np.add.reduce(pieces, axis=-1, keepdims=True) / pieces.shape[-1]
    return made


def _of_length_1(pieces: Single) -> Single:
    lengths: Any = np.sqrt(np.add.reduce(np.square(pieces), axis=1, keepdims=True))
    made: Single = pieces / (lengths + 1e-6)
    return made


def _evenly(numbers: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of them."""
    if len(numbers) <= most:
        return numbers
    place = np.linspace(0, len(numbers) - 1, most)
    return numbers[np.rint(place).astype(np.int64)]
