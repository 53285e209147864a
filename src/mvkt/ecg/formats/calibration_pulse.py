"""The calibration pulse that carts leave at the end, or at the beginning, of what they recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import RecordFormatError

_PULSE_MILLIVOLTS = (0.9, 1.1)
_PULSE_SECONDS = (0.1, 0.3)
_TOLERANCE_MILLIVOLTS = 0.02
_LONGEST_SECONDS = 2.0


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

    It is found by its shape, not by its length: from some sample to the end all leads are the same, and what they show
    is zero with one rectangle of 1 mV and 0.2 s. No heart writes the same rectangle into leads that look at it from
    different sides, and none writes one with flat lines around it into a single lead. (In the files seen it takes 0.40
    and 0.47 s of a recording of 11 s; the ECG before it, also that beyond 10 s, is real.)

    Args:
        signal: ``(samples, leads)`` in mV.
        sampling_frequency: In Hz.

    Returns:
        The first sample of the calibration, or None if there is none.
    """
    first = max(0, len(signal) - round(_LONGEST_SECONDS * sampling_frequency))
    tail = signal[first:]
    trace = tail[:, 0]
    others = ~(np.ptp(tail, axis=1) <= _TOLERANCE_MILLIVOLTS) | ~(_is_high(trace) | _is_flat(trace))
    different = np.flatnonzero(others)
    start = int(different[-1]) + 1 if len(different) else 0
    return first + start if _is_pulse(trace[start:], sampling_frequency) else None


def _is_high(trace: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray((trace >= _PULSE_MILLIVOLTS[0]) & (trace <= _PULSE_MILLIVOLTS[1]))


def _is_flat(trace: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(trace) <= _TOLERANCE_MILLIVOLTS)


def _is_pulse(trace: NDArray[np.float32], sampling_frequency: float) -> bool:
    """Whether a trace is flat but for one rectangle of 1 mV, with flat lines on both sides."""
    if not len(trace):
        return False
    high = _is_high(trace)
    edges = np.flatnonzero(np.diff(high.view(np.int8)))
    lasts = int(high.sum()) / sampling_frequency
    return bool(len(edges) == 2 and _PULSE_SECONDS[0] <= lasts <= _PULSE_SECONDS[1] and not high[0])
