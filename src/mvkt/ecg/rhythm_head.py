"""A second voice beside a network: what the beats of a window add to its logits.

Small decision trees over the features of :mod:`mvkt.ecg.rhythm_features`, whose sums are added to the logits before
they are averaged and calibrated. They are stored as plain numbers.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.stored import Part

Row = Annotated[tuple[float, ...], Field(max_length=1000)]
Table = Annotated[tuple[Row, ...], Field(max_length=100_000)]
Numbers = Annotated[tuple[Annotated[tuple[int, ...], Field(max_length=1000)], ...], Field(max_length=100_000)]

Float = NDArray[np.float64]

_WINDOWS_AT_ONCE = 1024
"""Several numbers are kept for each window and tree."""


class RhythmHead(Part):
    """What the beats add to the logits of a network.

    Every tree has the same depth and is stored by level, as a heap: below split ``i`` lie ``2 i + 1``, for what is at
    most its threshold, and ``2 i + 2``. The trees of a class follow each other, all classes have as many.

    Attributes:
        features: Names of the features, in order.
        typical: ``(features,)`` medians of the training windows: what is not known counts as that.
        split: ``(trees, splits)`` the number of the feature at each split; of a tree of depth 3 there are 7.
        threshold: ``(trees, splits)``.
        leaves: ``(trees, splits + 1)`` what is added.
        bias: ``(classes,)`` what is added to the logits of all windows.
    """

    features: Annotated[tuple[str, ...], Field(max_length=1000)]
    typical: Row
    split: Numbers
    threshold: Table
    leaves: Table
    bias: Row

    @model_validator(mode="after")
    def _parts_agree(self) -> RhythmHead:
        if self.features != NAMES:
            raise ValueError("features of beats that this version of mvkt does not measure")
        if len(self.typical) != len(NAMES):
            raise ValueError(f"{len(self.typical)} typical values for {len(NAMES)} features")
        trees, splits = len(self.split), len(self.split[0]) if self.split else 0
        for name, values, width in (
            ("split", self.split, splits),
            ("threshold", self.threshold, splits),
            ("leaves", self.leaves, splits + 1),
        ):
            if len(values) != trees or any(len(row) != width for row in values):
                raise ValueError(f"{name} has the wrong shape for {trees} trees of {splits} splits")
        if (splits + 1) & splits or trees % max(len(self.bias), 1):
            raise ValueError(f"{trees} trees of {splits} splits are no whole trees, as many for each class")
        if any(not 0 <= feature < len(NAMES) for row in self.split for feature in row):
            raise ValueError(f"split names a feature beyond the {len(NAMES)}")
        return self

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.int64], Float, Float]:
        return np.array(self.split, dtype=np.int64), np.array(self.threshold), np.array(self.leaves)

    def of_features(self, features: Float) -> Float:
        """``(windows, classes)`` what is added to the logits, from ``(windows, features)``."""
        known = np.where(np.isnan(features), np.array(self.typical), features)
        sums = np.tile(np.array(self.bias), (len(known), 1))
        if self.split:
            for first in range(0, len(known), _WINDOWS_AT_ONCE):
                part = slice(first, first + _WINDOWS_AT_ONCE)
                sums[part] += self._of_trees(known[part])
        return sums

    def _of_trees(self, known: Float) -> Float:
        """``(windows, classes)`` the sums of the leaves."""
        split, threshold, leaves = self._arrays
        trees, windows = np.arange(len(split)), np.arange(len(known))[:, np.newaxis]
        place = np.zeros((len(known), len(split)), dtype=np.int64)
        for _ in range(split.shape[1].bit_length()):
            beyond = known[windows, split[trees, place]] > threshold[trees, place]
            place = 2 * place + 1 + beyond
        added = leaves[trees, place - split.shape[1]]
        sums: Float = added.reshape(len(known), len(self.bias), len(split) // len(self.bias)).sum(axis=2)
        return sums

    def weighed(self, shares: Float) -> RhythmHead:
        """Return a head that adds a share, ``(classes,)``, of what this one adds."""
        of_trees = np.repeat(shares, len(self.split) // max(len(shares), 1))
        leaves = tuple(row_of(share * np.array(row)) for share, row in zip(of_trees, self.leaves, strict=True))
        return self.model_copy(update={"leaves": leaves, "bias": row_of(shares * np.array(self.bias))})

    def shift(self, microvolts: NDArray[np.int16], sampling_frequency: float) -> NDArray[np.float32]:
        """Return what is added to the logits of windows.

        Args:
            microvolts: ``(windows, 1, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
            sampling_frequency: Samples a second.

        Returns:
            ``(windows, classes)``.
        """
        return self.of_features(rhythm_features(microvolts, sampling_frequency)).astype(np.float32)


def row_of(values: Float) -> Row:
    """Numbers as they are stored: five digits that count are more than a feature is known to."""
    return tuple(float(f"{value:.5g}") for value in values.tolist())
