"""Where the heart beats in a whole recording, found once for the recording and for each of its windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import Beats, Traces, bridged, chosen
from mvkt.ecg.qrs_candidates import candidates_of, quiet_of
from mvkt.ecg.signal import MISSING
from mvkt.ecg.threads import in_threads

_PIECE_SECONDS, _CONTEXT_SECONDS = 300.0, 20.0

Result = TypeVar("Result")
Number = TypeVar("Number", bound=np.generic)
Float = NDArray[np.float64]


def in_pieces(
    microvolts: NDArray[np.int16],
    starts: NDArray[np.int64],
    length: int,
    sampling_frequency: float,
    look_at: Callable[[Traces], Result],
) -> tuple[NDArray[np.int64], list[Result]]:
    """Find the heartbeats of a recording and look at its windows, some minutes at a time: hours take little memory.

    The beats of a window are those of the recording that lie in it: they are found once, and with what is before and
    after the window.

    Args:
        microvolts: ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps; at least a second of it.
        starts: ``(windows,)`` the sample at which each window begins, rising.
        length: Samples in a window.
        sampling_frequency: Samples a second.
        look_at: What to do with the windows of a piece; it may be called in several threads.

    Returns:
        ``(beats,)`` samples, rising; and what ``look_at`` returned for each piece in which windows begin.
    """
    samples, piece = microvolts.shape[1], round(_PIECE_SECONDS * sampling_frequency)
    context = max(round(_CONTEXT_SECONDS * sampling_frequency), length)

    def looked_at(start: int) -> tuple[NDArray[np.int64], list[Result]]:
        begin, end = max(start - context, 0), min(start + piece + context, samples)
        part = microvolts[np.newaxis, :, begin:end]
        missing = part == MISSING
        values = bridged(part, missing)
        candidates = candidates_of(values, missing, sampling_frequency)
        beats = chosen(candidates, sampling_frequency)[1]
        inside = starts[np.searchsorted(starts, start) : np.searchsorted(starts, start + piece)] - begin
        results = []
        if len(inside):
            cut = [_windows(every, inside, length) for every in (values, missing, candidates.size[:, np.newaxis])]
            of_windows = _of_windows(beats, inside, length, quiet_of(cut[2][:, 0], sampling_frequency))
            results = [look_at(Traces(cut[0], cut[1], of_windows, sampling_frequency))]
        beats += begin
        return beats[(beats >= start) & (beats < start + piece)], results

    pieces = range(0, samples, piece)
    made = list(in_threads(looked_at, pieces, 1 if len(pieces) == 1 else None))
    return np.concatenate([beats for beats, _ in made]), [result for _, results in made for result in results]


def _windows(whole: NDArray[Number], starts: NDArray[np.int64], length: int) -> NDArray[Number]:
    """``(windows, leads, length)`` of ``(1, leads, samples)``."""
    every = np.lib.stride_tricks.sliding_window_view(whole[0], length, axis=-1)
    return np.ascontiguousarray(every[:, starts].swapaxes(0, 1))


def _of_windows(beats: NDArray[np.int64], starts: NDArray[np.int64], length: int, quiet: Float) -> Beats:
    """Those of the beats that lie in each window."""
    first, last = np.searchsorted(beats, (starts, starts + length))
    counts = last - first
    window = np.repeat(np.arange(len(starts)), counts)
    number = np.arange(len(window)) - np.repeat(np.cumsum(counts) - last, counts)
    return Beats(len(starts), window, beats[number] - starts[window], quiet)


def beats_of(microvolts: NDArray[np.int16], sampling_frequency: float) -> NDArray[np.int64]:
    """Find the QRS complexes of a whole recording, piece by piece, so that hours take little memory.

    Args:
        microvolts: ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        sampling_frequency: Samples a second.

    Returns:
        ``(beats,)`` samples, rising.
    """
    nothing = np.empty(0, dtype=np.int64)
    if microvolts.shape[1] < sampling_frequency:
        return nothing
    return in_pieces(microvolts, nothing, 0, sampling_frequency, lambda traces: None)[0]
