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
_LEADS_AT_ONCE = 4
"""So many leads of pieces are looked at in one go, where they are equally long: numpy is called less often."""

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
        ``(beats,)`` samples, rising; and what ``look_at`` returned for the pieces in which windows begin, or some
        of these together.
    """
    samples, piece = microvolts.shape[1], round(_PIECE_SECONDS * sampling_frequency)
    context = max(round(_CONTEXT_SECONDS * sampling_frequency), length)

    every_piece = np.arange(0, samples, piece)
    sizes = np.minimum(every_piece + piece + context, samples) - np.maximum(every_piece - context, 0)

    def looked_at(pieces: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[Result]]:
        begins, size = np.maximum(pieces - context, 0), sizes[pieces[0] // piece]
        part = np.stack([microvolts[:, begin : begin + size] for begin in begins])
        missing = part == MISSING
        values = bridged(part, missing)
        candidates = candidates_of(values, missing, sampling_frequency)
        of_beat, beats = chosen(candidates, sampling_frequency)
        inside = starts[np.searchsorted(starts, pieces[0]) : np.searchsorted(starts, pieces[-1] + piece)]
        results = []
        if len(inside):
            of_window = (inside - pieces[0]) // piece
            place = inside - begins[of_window]
            wholes = (values, missing, candidates.size[:, np.newaxis])
            cut, gaps, slopes = (_windows(whole, of_window, place, length) for whole in wholes)
            quiet = quiet_of(slopes[:, 0], sampling_frequency)
            of_windows = _of_windows(of_beat * size + beats, of_window * size + place, length, quiet)
            results = [look_at(Traces(cut, gaps, of_windows, sampling_frequency))]
        beats += begins[of_beat]
        return beats[(beats >= pieces[of_beat]) & (beats < pieces[of_beat] + piece)], results

    at_once = max(1, _LEADS_AT_ONCE // len(microvolts))
    alike = np.split(every_piece, np.flatnonzero(np.diff(sizes)) + 1)
    some = [pieces[first : first + at_once] for pieces in alike for first in range(0, len(pieces), at_once)]
    made = list(in_threads(looked_at, some, 1 if len(some) == 1 else None))
    return np.concatenate([beats for beats, _ in made]), [result for _, results in made for result in results]


def _windows(
    whole: NDArray[Number], piece: NDArray[np.int64], place: NDArray[np.int64], length: int
) -> NDArray[Number]:
    """``(windows, leads, length)`` of ``(pieces, leads, samples)``: each from a place of a piece on."""
    every = np.lib.stride_tricks.sliding_window_view(whole, length, axis=-1)
    cut: NDArray[Number] = every[piece, :, place]
    return cut


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
