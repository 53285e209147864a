"""The filters of the one preprocessing, on plain arrays ``(leads, samples)``: see :mod:`mvkt.ecg.signal`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg import scipy_loops

_LONGEST_FILLED_GAP_SECONDS = 0.1
_LARGEST_RESAMPLING_FACTORS = (5_000, 50_000)
_LARGEST_RESAMPLING_ERROR = 1e-6
_TAPS_TO_EACH_SIDE = 10
# A product with a matrix takes less than half the time of scipy's loop, but not for a few seconds of a lead, nor for
# ratios of larger numbers, whose matrices are mostly zeros.
_LEAST_FOR_MATRIX, _LARGEST_OF_MATRIX = 2_000, 300


@lru_cache(maxsize=64)
def resampling_ratio(from_frequency: float, to_frequency: float) -> tuple[int, int]:
    """Return ``(up, down)`` such that ``from_frequency * up / down`` is ``to_frequency``.

    To better than 1e-6 (0.1 s a day) for frequencies with up to one decimal, and better than 1e-4 for all.
    """
    before, after = (Fraction(f).limit_denominator(10**6) for f in (from_frequency, to_frequency))
    exact = ratio = after / before
    for largest in _LARGEST_RESAMPLING_FACTORS:
        # Of a fraction above one it is the numerator that makes the filter long.
        ratio = exact.limit_denominator(largest) if exact <= 1 else 1 / (1 / exact).limit_denominator(largest)
        if abs(ratio / exact - 1) < _LARGEST_RESAMPLING_ERROR:
            break
    return ratio.numerator, ratio.denominator


@dataclass(frozen=True)
class Neighbours:
    """The nearest recorded samples beyond one end of a stretch, ``(leads,)`` each; NaN where there are none.

    Attributes:
        positions: Counted from the first sample of the stretch.
        values: In mV.
    """

    positions: NDArray[np.float64]
    values: NDArray[np.float64]


def bridge_gaps(
    signal: NDArray[np.float64],
    sampling_frequency: float,
    before: Neighbours | None = None,
    after: Neighbours | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Interpolate over what is not finite; return the signal and what stays marked as missing: long gaps.

    A gap that reaches an end of the signal counts as long. It is held at the nearest value, or, where the signal is
    a stretch of a longer one, interpolated to what is ``before`` and ``after``.
    """
    missing = ~np.isfinite(signal)
    if not missing.any():
        return signal, missing
    for index, gaps in enumerate(missing):
        if gaps.any():
            _interpolate(
                signal[index], gaps, [(side.positions[index], side.values[index]) for side in (before, after) if side]
            )
            gaps &= ~_short_runs(gaps, _LONGEST_FILLED_GAP_SECONDS * sampling_frequency)
    return signal, missing


def _interpolate(lead: NDArray[np.float64], gaps: NDArray[np.bool_], beyond: list[tuple[float, float]]) -> None:
    """Fill the gaps of one lead in place; zeros where nothing at all was recorded."""
    known, values = np.flatnonzero(~gaps), lead[~gaps]
    for position, value in beyond:
        if np.isfinite(value):
            end = 0 if position < 0 else len(known)
            known, values = np.insert(known, end, int(position)), np.insert(values, end, value)
    lead[gaps] = np.interp(np.flatnonzero(gaps), known, values) if known.size else 0.0


def _short_runs(gaps: NDArray[np.bool_], longest: float) -> NDArray[np.bool_]:
    """Mark the runs of at most ``longest`` samples that reach neither end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], gaps.view(np.int8), [0])))).reshape(-1, 2)
    short = edges[(edges[:, 0] > 0) & (edges[:, 1] < len(gaps)) & (edges[:, 1] - edges[:, 0] <= longest)]
    steps = np.zeros(len(gaps) + 1, dtype=np.int8)
    steps[short[:, 0]], steps[short[:, 1]] = 1, -1
    inside: NDArray[np.bool_] = np.cumsum(steps[:-1], dtype=np.int8).astype(bool)
    return inside


def resample(signal: NDArray[np.float64], up: int, down: int) -> NDArray[np.float64]:
    """Polyphase resampling of ``(leads, samples)``; beyond its ends goes on the line from first to last sample."""
    leads, samples = signal.shape
    if signal.size < _LEAST_FOR_MATRIX or max(up, down) > _LARGEST_OF_MATRIX:
        return scipy_loops.resample_poly(signal, up, down, _anti_alias_filter(up, down))
    matrix, reach = _resampling_matrix(up, down)
    step = len(matrix) - 2 * reach
    slope, beyond = (signal[:, -1:] - signal[:, :1]) / (samples - 1), np.arange(1, 2 * step)
    line = [signal[:, :1] - slope * beyond[reach - 1 :: -1], signal, signal[:, -1:] + slope * beyond]
    rows = 1 + -(-samples // step)
    pieces = np.concatenate(line, axis=1)[:, : rows * step].reshape(leads, rows, step)
    # Each with the beginning of the next.
    made: NDArray[np.float64] = pieces[:, :-1] @ matrix[:step]
    made += pieces[:, 1:, : 2 * reach] @ matrix[step:]
    return made.reshape(leads, -1)[:, : -(-samples * up // down)]


@lru_cache(maxsize=16)
def _resampling_matrix(up: int, down: int) -> tuple[NDArray[np.float64], int]:
    """``(samples, resampled samples)`` what a piece is multiplied by, and how many samples lie on either side of it."""
    taps = _anti_alias_filter(up, down)
    half = len(taps) // 2
    reach = -(-half // up)
    periods = -(-4 * reach // down)  # a piece of four times what lies on either side takes least time
    before = np.arange(-reach, periods * down + reach)[:, np.newaxis]
    place = half + down * np.arange(periods * up) - up * before
    return up * np.pad(taps, 1)[np.clip(place + 1, 0, len(taps) + 1)], reach


def resampling_reach(up: int, down: int) -> int:
    """Samples before resampling that one sample after it depends on, to either side; a multiple of ``down``."""
    reach = -(-_TAPS_TO_EACH_SIDE * max(up, down) // up) + 1
    return -(-reach // down) * down


@lru_cache(maxsize=16)
def _anti_alias_filter(up: int, down: int) -> NDArray[np.float64]:
    """The low-pass that ``scipy.signal.resample_poly`` would design anew for every call."""
    return scipy_loops.low_pass(max(up, down), _TAPS_TO_EACH_SIDE)


def band_pass(signal: NDArray[np.float64], band: tuple[float, float], sampling_frequency: float) -> NDArray[np.float64]:
    """Zero-phase Butterworth of ``(leads, samples)``; two seconds of its mirror image keep the edges quiet."""
    return zero_phase(2, band, sampling_frequency)(signal, min(signal.shape[1] - 1, round(2 * sampling_frequency)))


def settling_seconds(band: tuple[float, float], sampling_frequency: float) -> float:
    """After how long the band-pass has forgotten where it began, to a part in 10^13."""
    poles = np.concatenate([np.roots(section[3:]) for section in zero_phase(2, band, sampling_frequency).sections])
    return float(np.log(1e-13) / np.log(np.abs(poles).max()) / sampling_frequency)


@dataclass(frozen=True, eq=False)
class ZeroPhase:
    """A filter that runs forwards and backwards: what ``scipy.signal.sosfiltfilt`` computes, but for rounding.

    That one solves for its steady state anew in every call, which takes longer than to filter ten seconds.

    Attributes:
        sections: ``(sections, 6)`` second-order sections.
        steady: ``(sections, 2)`` their state when a constant 1 has been fed in for ever.
    """

    sections: NDArray[np.float64]
    steady: NDArray[np.float64]

    def __call__(self, signal: NDArray[np.float64], padding: int) -> NDArray[np.float64]:
        """Filter ``(..., samples)``, continued at both ends by its mirror image of ``padding`` samples."""
        before, after = signal[..., padding:0:-1], signal[..., -2 : -padding - 2 : -1]
        extended = np.concatenate([before, signal, after], axis=-1) if padding else signal
        forwards = scipy_loops.sosfilt(self.sections, extended, self.steady * extended[..., :1, np.newaxis])
        backwards = scipy_loops.sosfilt(
            self.sections, forwards[..., ::-1], self.steady * forwards[..., -1:, np.newaxis]
        )
        filtered: NDArray[np.float64] = backwards[..., ::-1][..., padding : padding + signal.shape[-1]]
        return filtered


@lru_cache(maxsize=32)
def zero_phase(order: int, band: tuple[float, float], sampling_frequency: float) -> ZeroPhase:
    """Design a Butterworth band-pass."""
    return ZeroPhase(*scipy_loops.butterworth(order, band, sampling_frequency))
