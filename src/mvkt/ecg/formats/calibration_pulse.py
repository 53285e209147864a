"""The calibration pulse that carts leave at the end, or at the beginning, of what they recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.medians import median
from mvkt.errors import RecordFormatError

_PULSE_MILLIVOLTS = (0.9, 1.1)
_PULSE_SECONDS = (0.09, 0.6)
_COMPUTED = {3: [0.0], 6: [-1.0, 0.0, 0.5, 0.5], 12: [-1.0, 0.0, 0.5, 0.5]}
"""By the number of leads, what III, aVR, aVL and aVF show of the pulse where they were computed from I and II."""

_MOST_PULSES = 3
_TOLERANCE_MILLIVOLTS = 0.025
_LONGEST_SECONDS = 3.0
_LEVEL_SECONDS = 0.02
_LARGEST_LEVEL = 0.5
_EDGE_SECONDS, _EDGE_MILLIVOLTS = 0.016, 0.1
_LOUDER, _ROUNDING_MILLIVOLTS = 3.0, 1e-4
_LOW, _HIGH = 1, 2


def without_calibration(
    signal: NDArray[np.float32], sampling_frequency: float
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Cut a calibration pulse off both ends of a recording.

    Args:
        signal: ``(samples, leads)`` in mV.
        sampling_frequency: In Hz.

    Returns:
        What remains, and a note for each pulse.

    Raises:
        RecordFormatError: Nothing remains.
    """
    notes = []
    for end, step in (("end", 1), ("beginning", -1)):
        start = calibration_start(signal[::step], sampling_frequency)
        if start is None:
            continue
        if start == 0:
            raise RecordFormatError("the file holds a calibration pulse and nothing else")
        seconds = (len(signal) - start) / sampling_frequency
        notes.append(f"cut off the 1 mV calibration pulse at the {end} ({seconds:.2f} s)")
        signal = signal[::step][:start][::step]
    return signal, tuple(notes)


def calibration_start(signal: NDArray[np.float32], sampling_frequency: float) -> int | None:
    """Find where the calibration at the end of a recording begins.

    It is found by its shape, not by its length: from some sample to the end all leads are the same but for their
    levels, and what they show is a flat line with one to three rectangles of 1 mV and 0.1 to 0.6 s. No heart writes the
    same rectangle into leads that look at it from different sides, and none writes one with flat lines around it into
    a single lead. Limb leads that were computed show a multiple of it: III nothing, aVR its opposite, aVL and aVF half
    of it. Edges may take 16 ms, as a filter leaves them. (In the files seen it takes 0.40 and 0.47 s of a
    recording of 11 s; the ECG before it, also that beyond 10 s, is real.)

    Args:
        signal: ``(samples, leads)`` in mV.
        sampling_frequency: In Hz.

    Returns:
        The first sample of the calibration, or None if there is none.
    """
    first = max(0, len(signal) - round(_LONGEST_SECONDS * sampling_frequency))
    tail = signal[first:]
    level = tail[-max(1, round(_LEVEL_SECONDS * sampling_frequency)) :].mean(axis=0)
    if not np.isfinite(level).all() or np.abs(level).max() > _LARGEST_LEVEL:
        return None
    about = _as_recorded(tail - level)
    trace = about[:, 0]
    alike = np.ptp(about, axis=1) <= _TOLERANCE_MILLIVOLTS
    states = np.where(
        alike & (np.abs(trace) <= _TOLERANCE_MILLIVOLTS), _LOW, np.where(alike & _is_high(trace), _HIGH, 0)
    )
    edge = max(1, round(_EDGE_SECONDS * sampling_frequency))
    start = _flat_from(states, about, edge)
    if not _are_pulses(states[start:], sampling_frequency):
        return None
    return first + start + _quiet_ecg(states[start:], about[start:], edge)


def _as_recorded(about: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return leads with the whole pulse in those limb leads that show a multiple of it, as they were computed."""
    trace = about[:, 0]
    high = np.flatnonzero((trace >= _PULSE_MILLIVOLTS[0]) & (trace <= _PULSE_MILLIVOLTS[1]))
    if not len(high) or about.shape[1] not in _COMPUTED:
        return about
    factors = np.rint(2 * about[high[-1]] / trace[high[-1]]) / 2
    if sorted(factors[factors != 1].tolist()) != _COMPUTED[about.shape[1]]:
        return about
    return np.asarray(about + np.outer(trace, 1 - factors), dtype=np.float32)


def _quiet_ecg(states: NDArray[np.int64], about: NDArray[np.float32], edge: int) -> int:
    """Return how much of the flat line before the first rectangle is ECG between two beats: it is less flat."""
    high = np.flatnonzero(states == _HIGH)
    after = about[high[-1] + 1 + edge :]
    before = about[: max(0, high[0] - edge)]
    if len(after) < edge or len(before) < edge:
        return 0
    noise = np.abs(after - np.median(after, axis=0)).max()
    loud = np.abs(before - np.median(before[-edge:], axis=0)).max(axis=1) > _LOUDER * noise + _ROUNDING_MILLIVOLTS
    return int(np.flatnonzero(loud)[-1]) + 1 if loud.any() else 0


def _is_high(trace: NDArray[np.float32]) -> NDArray[np.bool_]:
    inside = (trace >= _PULSE_MILLIVOLTS[0]) & (trace <= _PULSE_MILLIVOLTS[1])
    if inside.any():
        inside &= np.abs(trace - median(trace[inside])) <= _TOLERANCE_MILLIVOLTS
    return np.asarray(inside)


def _flat_from(states: NDArray[np.int64], about: NDArray[np.float32], longest_edge: int) -> int:
    """The sample from which on all are low or high, but for short edges from one to the other."""
    strange = np.flatnonzero(states == 0)
    if not len(strange):
        return 0
    runs = np.split(strange, np.flatnonzero(np.diff(strange) > 1) + 1)
    for run in reversed(runs):
        before, after = int(run[0]) - 1, int(run[-1]) + 1
        joins = before >= 0 and after < len(states) and states[before] + states[after] == _LOW + _HIGH
        if not joins or len(run) > longest_edge or np.ptp(about[run], axis=1).max() > _EDGE_MILLIVOLTS:
            return after
    return 0


def _are_pulses(states: NDArray[np.int64], sampling_frequency: float) -> bool:
    """Whether it is a flat line with one to three rectangles, and flat on both sides."""
    levels = states[states != 0]
    if not len(levels) or levels[0] == _HIGH or levels[-1] == _HIGH:
        return False
    high = np.flatnonzero(states == _HIGH)
    if not len(high):
        return False
    lengths = np.array([len(run) for run in np.split(high, np.flatnonzero(np.diff(high) > 1) + 1)]) / sampling_frequency
    return bool(
        len(lengths) <= _MOST_PULSES and (_PULSE_SECONDS[0] <= lengths).all() and (lengths <= _PULSE_SECONDS[1]).all()
    )
