"""The filter that the page can switch on: what students see, in the resolution of the recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.filters import band_pass, bridge_gaps
from mvkt.ecg.signal import MISSING, SignalSpec
from mvkt.web.traces.stored_trace import StoredTrace

CONTEXT_SECONDS = 20.0
"""What is read on either side of a stretch, so that the filter has settled: its slowest part has after 10 s."""

_USUAL_BAND = SignalSpec().band or (0.5, 40.0)
_HIGHEST_SHARE = 0.45
_LARGEST = 32_767


def band(sampling_frequency: float) -> tuple[float, float]:
    """Return the pass band in Hz for a recording; slow recordings end below the usual 40 Hz."""
    low, high = _USUAL_BAND
    return low, round(min(high, _HIGHEST_SHARE * sampling_frequency), 2)


def filtered(trace: StoredTrace, start: int, stop: int) -> NDArray[np.int16]:
    """Filter a stretch of a recording.

    Returns:
        ``(leads, samples)`` whole microvolts, :data:`~mvkt.ecg.signal.MISSING` in gaps.
    """
    context = round(CONTEXT_SECONDS * trace.sampling_frequency)
    begin, end = max(0, start - context), min(trace.samples, stop + context)
    signal, missing = bridge_gaps(trace.millivolts(begin, end), trace.sampling_frequency)
    low, high = band(trace.sampling_frequency)
    if low < high and signal.shape[1] > 1:
        signal = band_pass(signal, (low, high), trace.sampling_frequency)
    inside = slice(start - begin, stop - begin)
    microvolts = np.clip(np.rint(signal[:, inside] * 1000.0), -_LARGEST, _LARGEST).astype(np.int16)
    microvolts[missing[:, inside]] = MISSING
    return microvolts


def warm_up() -> None:
    """Filter something, so that what the first tile needs is imported before anybody waits for it."""
    nothing = StoredTrace(np.zeros((1, 2000), dtype=np.int16), (1.0,), (0.0,), ("I",), 500.0)
    filtered(nothing, 0, nothing.samples)
