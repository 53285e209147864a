"""Where the heart beats, and how fast: of one recording, or of many windows at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.beat_shapes import centred
from mvkt.ecg.medians import median
from mvkt.ecg.qrs_candidates import Candidates, candidates_of
from mvkt.ecg.signal import MISSING

_REFRACTORY_SECONDS = 0.2
_REMEMBERED_BYTES = 32_768

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Beats:
    """The heartbeats of many windows, one after the other.

    Attributes:
        windows: How many windows there are.
        window: ``(beats,)`` in which window each beat is; rising.
        sample: ``(beats,)`` where in its window; rising within a window.
        quiet: ``(windows,)`` the size of slopes between the beats (median) over that of the beats, squared: near zero
            in a clean trace, towards one in noise; NaN where nothing beats.
    """

    windows: int
    window: NDArray[np.int64]
    sample: NDArray[np.int64]
    quiet: Float

    @property
    def counts(self) -> NDArray[np.int64]:
        """``(windows,)`` beats in each."""
        return np.bincount(self.window, minlength=self.windows)

    def rates(self, missing: NDArray[np.bool_], sampling_frequency: float) -> Float:
        """``(windows,)`` beats a minute from the mean RR interval that no gap interrupts; NaN where there is none.

        Args:
            missing: ``(windows, samples)`` what was not recorded in any lead.
            sampling_frequency: Samples a second.
        """
        same = self.window[1:] == self.window[:-1]
        if missing.any():
            gaps = np.cumsum(missing, axis=1)[self.window, self.sample]
            same &= gaps[1:] == gaps[:-1]
        window, intervals = self.window[1:][same], np.diff(self.sample)[same]
        total, count = (np.bincount(window, weights, self.windows) for weights in (intervals, None))
        with np.errstate(invalid="ignore", divide="ignore"):
            rates: Float = 60.0 * sampling_frequency * count / total
        return rates


@dataclass(frozen=True, eq=False)
class Traces:
    """Windows, and the heartbeats in them.

    Attributes:
        values: ``(windows, leads, samples)`` microvolts, straight lines over gaps; see :func:`bridged`.
        missing: ``(windows, leads, samples)`` what is bridged.
        beats: See :func:`find_beats`.
        sampling_frequency: Samples a second.
    """

    values: Float
    missing: NDArray[np.bool_]
    beats: Beats
    sampling_frequency: float

    @cached_property
    def rates(self) -> Float:
        """``(windows,)`` beats a minute; see :meth:`Beats.rates`."""
        nowhere = np.logical_and.reduce(self.missing, axis=1)
        return self.beats.rates(nowhere, self.sampling_frequency)

    @cached_property
    def power(self) -> NDArray[np.float32]:
        """``(windows, leads, frequencies)``, Hanning windowed."""
        spectrum = np.fft.rfft((centred(self.values) * _hanning(self.values.shape[2])).astype(np.float32))
        return np.square(spectrum.real) + np.square(spectrum.imag)

    @property
    def frequencies(self) -> NDArray[np.floating]:
        """``(frequencies,)`` of :attr:`power`, in Hz; rising."""
        return _frequencies(self.values.shape[2], self.sampling_frequency)


@lru_cache(maxsize=16)
def _hanning(samples: int) -> Float:
    return np.hanning(samples)


@lru_cache(maxsize=16)
def _frequencies(samples: int, sampling_frequency: float) -> NDArray[np.floating]:
    return np.fft.rfftfreq(samples, 1.0 / sampling_frequency)


def traces_of(windows: NDArray[np.int16], sampling_frequency: float) -> Traces:
    """Bridge the gaps of windows and find their heartbeats.

    The last short recordings are remembered: quality, polarity and plausibility need the same one after the other.

    Args:
        windows: ``(windows, leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.
    """
    if windows.nbytes > _REMEMBERED_BYTES:
        return _traces(windows, sampling_frequency)
    return _remembered(windows.tobytes(), windows.dtype, windows.shape, sampling_frequency)


@lru_cache(maxsize=4)
def _remembered(content: bytes, dtype: np.dtype[np.int16], shape: tuple[int, ...], sampling_frequency: float) -> Traces:
    traces = _traces(np.frombuffer(content, dtype).reshape(shape), sampling_frequency)
    for shared in (traces.values, traces.missing):
        shared.setflags(write=False)
    return traces


def _traces(windows: NDArray[np.int16], sampling_frequency: float) -> Traces:
    missing = windows == MISSING
    values = bridged(windows, missing)
    return Traces(values, missing, find_beats(values, missing, sampling_frequency), sampling_frequency)


def heart_rate(microvolts: NDArray[np.int16], sampling_frequency: float) -> float | None:
    """Return the mean heart rate in beats a minute, or None if no two beats in a row were found.

    Args:
        microvolts: ``(samples,)`` or ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.
    """
    rate = traces_of(np.atleast_2d(microvolts)[np.newaxis], sampling_frequency).rates[0]
    return None if np.isnan(rate) else float(rate)


def r_peaks(microvolts: NDArray[np.int16], sampling_frequency: float) -> NDArray[np.int64]:
    """Find the samples of the QRS complexes of one recording or window; see :func:`find_beats`.

    Args:
        microvolts: ``(samples,)`` or ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.

    Returns:
        ``(beats,)`` rising; empty if there are none.
    """
    return traces_of(np.atleast_2d(microvolts)[np.newaxis], sampling_frequency).beats.sample


def find_beats(values: Float, missing: NDArray[np.bool_], sampling_frequency: float) -> Beats:
    """Find the QRS complexes of many windows at once: the likelier of two candidates within 0.2 s.

    What is likely is weighed by :mod:`mvkt.ecg.qrs_candidates`.

    Args:
        values: ``(windows, leads, samples)`` microvolts without gaps; see :func:`bridged`.
        missing: The same shape: what is bridged.
        sampling_frequency: Samples a second.
    """
    windows, samples = len(values), values.shape[2]
    if samples < sampling_frequency or not windows:
        none = np.empty(0, dtype=np.int64)
        return Beats(windows, none, none, np.full(windows, np.nan))
    found = candidates_of(values, missing, sampling_frequency)
    return Beats(windows, *chosen(found, sampling_frequency), found.quiet)


def chosen(found: Candidates, sampling_frequency: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return window and sample of the beats among candidates."""
    odds, samples = found.odds, found.size.shape[1]
    likely = np.flatnonzero(odds > 0)
    place = found.window * (2 * samples) + found.sample  # windows lie far apart
    kept = likely[_likeliest(place[likely], odds[likely], max(1, round(_REFRACTORY_SECONDS * sampling_frequency)))]
    height = np.abs(found.filtered).sum(axis=1)
    return _sharpened(found.window[kept], found.sample[kept], height, round(0.06 * sampling_frequency))


def segments(values: Float, beats: Beats, before: int, after: int) -> tuple[NDArray[np.int64], Float]:
    """Cut out what is around every beat that lies far enough from both ends of its window.

    Args:
        values: ``(windows, leads, samples)``.
        beats: Where.
        before: Samples before the beat.
        after: Samples after it.

    Returns:
        ``(beats,)`` the window of each, and ``(beats, leads, before + 1 + after)``.
    """
    inside = (beats.sample >= before) & (beats.sample + after < values.shape[2])
    window, sample = beats.window[inside], beats.sample[inside]
    around = sample[:, np.newaxis] + np.arange(-before, after + 1)
    cut: Float = values[window[:, np.newaxis], :, around].swapaxes(1, 2)
    return window, cut


def median_of(window: NDArray[np.int64], values: Float, windows: int) -> Float:
    """``(windows, ...)``: the median of the ``values`` ``(n, ...)`` of each window; NaN where there are none.

    Args:
        window: ``(n,)`` which window each belongs to; rising.
        values: Finite numbers.
        windows: How many there are.
    """
    if windows == 1 and len(window):
        return median(values)[np.newaxis]
    counts = np.bincount(window, minlength=windows)
    within = np.arange(len(window)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((max(int(counts.max(initial=0)), 1), windows, *values.shape[1:]), np.inf)
    table[within, window] = values
    table.sort(axis=0)
    rows = np.arange(windows)
    middle: Float = 0.5 * (
        table[np.maximum(counts - 1, 0) // 2, rows] + table[np.minimum(counts // 2, len(table) - 1), rows]
    )
    middle[counts == 0] = np.nan
    return middle


def bridged(windows: NDArray[np.int16], missing: NDArray[np.bool_]) -> Float:
    """``(windows, leads, samples)`` microvolts as floats, straight lines over gaps: their edges are no slopes."""
    values = windows.astype(np.float64)
    if not missing.any():
        return values
    positions = np.arange(values.shape[-1])
    for index in np.argwhere(missing.any(axis=-1)):
        lead, gaps = values[tuple(index)], missing[tuple(index)]
        lead[gaps] = 0.0 if gaps.all() else np.interp(positions[gaps], positions[~gaps], lead[~gaps])
    return values


def _likeliest(place: NDArray[np.int64], odds: Float, distance: int) -> NDArray[np.int64]:
    """Which of the places remain when the less likely of two that are closer than ``distance`` goes."""
    kept = np.arange(len(place))
    while True:
        close = np.diff(place[kept]) < distance
        if not close.any():
            return kept
        later = odds[kept[1:]] <= odds[kept[:-1]]
        loses = np.zeros(len(kept), dtype=np.bool_)
        loses[1:] |= close & later
        loses[:-1] |= close & ~later
        # What loses to a loser waits: it may be free when that is gone.
        beaten = np.zeros(len(kept), dtype=np.bool_)
        beaten[1:] |= close & later & ~loses[:-1]
        beaten[:-1] |= close & ~later & ~loses[1:]
        kept = kept[~beaten]


def _sharpened(
    window: NDArray[np.int64], sample: NDArray[np.int64], size: Float, reach: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Move every peak to the largest value within its reach, which is less than half of the least distance."""
    samples = size.shape[1]
    around = (sample[:, np.newaxis] + np.arange(-reach, reach + 1)).clip(0, samples - 1)
    best = np.argmax(size[window[:, np.newaxis], around], axis=1)
    return window, around[np.arange(len(sample)), best]
