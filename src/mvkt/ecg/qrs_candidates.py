"""Where a QRS complex may be, and how much each place looks like one: a small network over slopes.

Thresholds on the energy of slopes take the largest beats for the usual ones: extra beats of three times the height, or
every second beat of an alternans, then halve the rate. So every local maximum of the size of slopes is a candidate, and
a network of 12 hidden units weighs how high it stands against the usual and the low height around it, what stands
beside it up to 1.4 s before and after, and the background.

Fitted by ``python -m benchmarks.fit.qrs_fit``; figures of recordings that took no part are in docs/results/beats.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.filters import zero_phase
from mvkt.ecg.medians import median
from mvkt.ecg.scipy_loops import uniform_filter1d
from mvkt.ecg.small_network import shipped_network

NETWORK = "qrs_network.json"

_BAND = (5.0, 30.0)
_PADDING_SECONDS = 0.3
_SMOOTH_SECONDS = 0.12
_BLOCK_SECONDS, _BLOCKS_AROUND = 2.0, 9
_APART_SECONDS = 0.1
_LEAST_SHARE = 0.05
_SILENT_SHARE = 0.06  # of the largest usual height in the recording: there is noise alone
_LEAST_SLOPE = 0.3  # µV in 10 ms, far below that of any beat
_RINGS_SECONDS = (0.12, 0.2, 0.3, 0.45, 0.7, 1.0, 1.4)
_BACKGROUND_SECONDS = (0.8, 3.0)
_LARGEST_FEATURE = 4.0

Float = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Places where a QRS complex may be.

    Attributes:
        window: ``(candidates,)`` in which window each is; rising.
        sample: ``(candidates,)`` where in its window; rising within a window.
        features: ``(candidates, 16)`` logarithms of ratios: its height over the usual one and over the low one of 18 s;
            the highest within six rings before and after it, over its own; the mean of 0.8 and 3 s, over its own.
        filtered: ``(windows, leads, samples)`` the recording within 5 to 30 Hz.
        size: ``(windows, samples)`` of the slopes over all leads, smoothed.
        usual: ``(windows, starts)`` the usual height of ``size`` at beats in 18 s; infinite where nothing beats.
    """

    window: NDArray[np.int64]
    sample: NDArray[np.int64]
    features: Float
    filtered: Float
    size: Float
    usual: Float

    @property
    def quiet(self) -> Float:
        """``(windows,)`` the median size of slopes over that of beats, squared; NaN where nothing beats."""
        return _quiet(self.size, self.usual)

    @property
    def odds(self) -> Float:
        """``(candidates,)`` log odds of a QRS complex."""
        return shipped_network(NETWORK).logits(self.features)


def candidates_of(values: Float, missing: NDArray[np.bool_], sampling_frequency: float) -> Candidates:
    """Look for places where a QRS complex may be.

    Args:
        values: ``(windows, leads, samples)`` microvolts without gaps, at least a second of them.
        missing: The same shape: what is bridged.
        sampling_frequency: Samples a second.
    """
    filtered, size = _slopes(values, missing, sampling_frequency)
    block = _block(size, sampling_frequency)
    usual, low = _levels(size, block)
    heights = _Heights.of(size, sampling_frequency)
    least = np.maximum(_LEAST_SHARE * low.min(axis=1), _LEAST_SLOPE)
    highest = heights.highest_around(_apart(sampling_frequency))
    window, sample = np.nonzero((size == highest) & (size > least[:, np.newaxis]))
    first = (sample // block - _BLOCKS_AROUND // 2).clip(0, usual.shape[1] - 1)
    height, levels = size[window, sample], np.array([usual[window, first], low[window, first]])
    kept = np.isfinite(levels[0]) & (height > _LEAST_SHARE * levels[1])
    window, sample, height, levels = window[kept], sample[kept], height[kept], levels[:, kept]
    relative = [-np.log(levels), _around(heights, window, sample, sampling_frequency)]
    features = np.clip(
        np.concatenate(relative) + np.log(height) * _SIGNS[:, np.newaxis], -_LARGEST_FEATURE, _LARGEST_FEATURE
    )
    return Candidates(window, sample, features.T, filtered, size, usual)


def quiet_of(size: Float, sampling_frequency: float) -> Float:
    """``(windows,)`` as :attr:`Candidates.quiet`, of windows that are cut out of its ``size``.

    Args:
        size: ``(windows, samples)``.
        sampling_frequency: Samples a second.
    """
    return _quiet(size, _levels(size, _block(size, sampling_frequency))[0])


def _quiet(size: Float, usual: Float) -> Float:
    middle = median(usual.T)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(middle), np.square(median(size.astype(np.float32).T) / middle), np.nan)


_SIGNS = np.array([1.0] * 2 + [-1.0] * (2 * (len(_RINGS_SECONDS) - 1) + len(_BACKGROUND_SECONDS)))


def _slopes(values: Float, missing: NDArray[np.bool_], sampling_frequency: float) -> tuple[Float, Float]:
    """What is within the band, ``(windows, leads, samples)``, and the smoothed size of its slopes over all leads."""
    band = (_BAND[0], min(_BAND[1], 0.45 * sampling_frequency))
    # Held at its first and last value a trace is filtered there with a third of the error that a turned one has.
    margin = round(_PADDING_SECONDS * sampling_frequency)
    ends = (np.repeat(values[..., end : end + 1], margin, axis=2) for end in (0, values.shape[2] - 1))
    held = np.concatenate([next(ends), values, next(ends)], axis=2)
    filtered = np.ascontiguousarray(zero_phase(1, band, sampling_frequency)(held, 0)[..., margin:-margin])
    slope = np.empty_like(filtered)
    slope[..., 1:-1] = np.abs(filtered[..., 2:] - filtered[..., :-2])
    slope[..., 0], slope[..., -1] = slope[..., 1], slope[..., -2]
    slope[missing] = 0.0
    total = slope.sum(axis=1) * (sampling_frequency / 200.0)
    return filtered, uniform_filter1d(total, max(1, round(_SMOOTH_SECONDS * sampling_frequency)))


def _block(size: Float, sampling_frequency: float) -> int:
    return min(round(_BLOCK_SECONDS * sampling_frequency), int(size.shape[1]))


def _levels(size: Float, block: int) -> tuple[Float, Float]:
    """``(windows, starts)`` each: the middle and the lower quartile of the heights of nine blocks; infinite in silence.

    Blocks in which nothing moves do not count; where the usual height is that of noise, nothing beats.
    """
    pieces = size[:, : size.shape[1] // block * block].reshape(len(size), -1, block)
    heights = pieces.max(axis=2)
    heights[heights <= _LEAST_SLOPE] = np.inf
    around = min(_BLOCKS_AROUND, heights.shape[1])
    start = np.arange(heights.shape[1] - around + 1)
    ordered = np.sort(heights[:, start[:, np.newaxis] + np.arange(around)], axis=2)
    last = np.maximum(np.isfinite(ordered).sum(axis=2) - 1, 0)
    row = np.arange(len(last))[:, np.newaxis]
    usual, low = ordered[row, start, last // 2], ordered[row, start, last // 4]
    highest = np.where(np.isfinite(usual), usual, 0.0).max(axis=1, keepdims=True)
    usual[usual < _SILENT_SHARE * highest] = np.inf
    return usual, low


@dataclass(frozen=True, eq=False)
class _Heights:
    """The size of slopes, and its largest values over 2, 4, 8 ... samples: two of them give that over any number.

    Candidates are few: to look these up takes a third of a filter over all samples for every width.

    Attributes:
        size: ``(windows, samples)``.
        margin: Zeros before and after.
        levels: By level, ``(windows, samples with margins)`` the largest of ``2**level`` samples from each on; those
            that are needed.
    """

    size: Float
    margin: int
    levels: dict[int, Float]

    @classmethod
    def of(cls, size: Float, sampling_frequency: float) -> _Heights:
        """Compute them, for the widest ring at the most."""
        margin, levels = round(_RINGS_SECONDS[-1] * sampling_frequency), {}
        needed = {*(level for level, *_ in _rings(sampling_frequency)), _level(2 * _apart(sampling_frequency) + 1)}
        values = np.zeros((len(size), size.shape[1] + 2 * margin))
        values[:, margin:-margin] = size
        for level in range(max(needed) + 1):
            if level:
                step = 1 << (level - 1)
                values = np.maximum(values[:, :-step], values[:, step:])
            if level in needed:
                levels[level] = values
        return cls(size, margin, levels)

    def highest(self, window: Whole, first: Whole, width: Whole, level: int) -> Float:
        """The largest of so many samples from ``first`` on, counted from the first without margin."""
        values = self.levels[level]
        flat, place = values.ravel(), window * values.shape[1] + (first + self.margin)
        highest: Float = np.maximum(flat[place], flat[place + (width - (1 << level))])
        return highest

    def highest_around(self, reach: int) -> Float:
        """``(windows, samples)`` the largest within so many samples before and after each."""
        width, samples = 2 * reach + 1, self.size.shape[1]
        level, first = _level(width), self.margin - reach
        second = first + width - (1 << level)
        values: Float = self.levels[level]
        return np.maximum(values[:, first : first + samples], values[:, second : second + samples])


@lru_cache(maxsize=16)
def _rings(sampling_frequency: float) -> tuple[tuple[int, Whole, Whole], ...]:
    """The level that fits into some rings; and ``(rings, 1)`` where they begin, before and after a beat, and widths."""
    rings = []
    for inner, outer in pairwise(round(seconds * sampling_frequency) for seconds in _RINGS_SECONDS):
        width = (outer - inner) // 2 * 2 + 1
        rings += [(1 - inner - width, width), (inner, width)]
    alike = groupby(rings, key=lambda ring: _level(ring[1]))
    return tuple((level, *np.array(list(some)).T[..., np.newaxis]) for level, some in alike)


def _apart(sampling_frequency: float) -> int:
    return max(1, round(_APART_SECONDS * sampling_frequency))


def _level(width: int) -> int:
    """The widest level that fits into so many samples."""
    return width.bit_length() - 1


def _around(heights: _Heights, window: Whole, sample: Whole, sampling_frequency: float) -> Float:
    """``(14, candidates)`` logarithms of the highest in every ring, before and after, and of the background."""
    rings = _rings(sampling_frequency)
    found = [heights.highest(window, sample + first, width, level) for level, first, width in rings]
    for seconds in _BACKGROUND_SECONDS:
        mean = uniform_filter1d(heights.size, round(seconds * sampling_frequency))
        found.append(mean[np.newaxis, window, sample])
    return np.log(np.maximum(np.concatenate(found), 0.1 * _LEAST_SLOPE))
