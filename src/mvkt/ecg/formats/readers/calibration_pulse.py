"""The calibration pulse that Philips devices leave at the end of what they recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PULSE_MILLIVOLTS = (0.9, 1.1)
_PULSE_SECONDS = (0.1, 0.3)
_TOLERANCE_MILLIVOLTS = 0.02
_LONGEST_TAIL_SECONDS = 2.0


def calibration_start(signal: NDArray[np.float32], sampling_frequency: float) -> int | None:
    """Find where the calibration at the end of a recording begins.

    It is found by its shape, not by its length: from some sample to the end all leads are the same, and what
    they show is zero with one rectangle of 1 mV and 0.2 s. No heart writes the same rectangle into leads that
    look at it from different sides. (In the files seen it takes 0.40 and 0.47 s of a recording of 11 s; the
    ECG before it, also that beyond 10 s, is real.)

    Args:
        signal: ``(samples, leads)`` in mV.
        sampling_frequency: In Hz.

    Returns:
        The first sample of the calibration, or None if there is none.
    """
    if signal.shape[1] < 2:
        return None
    first = max(0, len(signal) - round(_LONGEST_TAIL_SECONDS * sampling_frequency))
    tail = signal[first:]
    different = np.flatnonzero(~(np.ptp(tail, axis=1) <= _TOLERANCE_MILLIVOLTS))
    start = int(different[-1]) + 1 if len(different) else 0
    if not _is_pulse(tail[start:, 0], sampling_frequency):
        return None
    return first + start


def _is_pulse(trace: NDArray[np.float32], sampling_frequency: float) -> bool:
    """Whether a trace is flat but for one rectangle of 1 mV."""
    high = (trace >= _PULSE_MILLIVOLTS[0]) & (trace <= _PULSE_MILLIVOLTS[1])
    flat = np.abs(trace) <= _TOLERANCE_MILLIVOLTS
    edges = np.flatnonzero(np.diff(high.view(np.int8)))
    lasts = int(high.sum()) / sampling_frequency
    return bool((high | flat).all() and len(edges) == 2 and _PULSE_SECONDS[0] <= lasts <= _PULSE_SECONDS[1] and flat[0])
