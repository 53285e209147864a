"""The trace that is drawn: filtered as for the student, but in the resolution of the recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mvkt.diagnosis.diagnosis import BeatList
from mvkt.diagnosis.occlusion import Support
from mvkt.diagnosis.prepared_recording import Prepared
from mvkt.ecg.paper import ecg_paper
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING, SignalSpec, condition

_FINEST = 500.0
_CONTEXT_SECONDS = 20.0
_SHEET_SECONDS = 10.0
_FAINTEST = 0.03


def trace(
    record: Record, spec: SignalSpec, view: str, start: float, seconds: float
) -> tuple[NDArray[np.float32], float]:
    """Cut a stretch out of a recording for drawing.

    Returns:
        ``(samples, leads)`` in mV, NaN in gaps, and its sampling frequency.
    """
    frequency = max(spec.sampling_frequency, min(record.sampling_frequency, _FINEST))
    fine = spec.model_copy(update={"sampling_frequency": frequency})
    rate = record.sampling_frequency
    begin = max(0, round((start - _CONTEXT_SECONDS) * rate))
    end = round((start + seconds + _CONTEXT_SECONDS) * rate)
    around = replace(record, signal=record.signal[begin:end])
    first = round((start - begin / rate) * frequency)
    microvolts = condition(around, fine, view)[:, first : first + round(seconds * frequency)]
    millivolts = np.where(microvolts == MISSING, np.nan, microvolts * np.float32(MILLIVOLTS_PER_UNIT))
    return np.ascontiguousarray(millivolts.T, dtype=np.float32), frequency


def strip(prepared: Prepared, beats: BeatList, start: float, seconds: float, support: Support | None = None) -> str:
    """Draw a stretch of what the student read on ECG paper, shaded where a finding rests on it."""
    seconds = min(seconds, prepared.record.duration - start)
    signal, frequency = trace(prepared.reading.record, prepared.spec, prepared.reading.view, start, seconds)
    signal = -signal if prepared.turned else signal
    heat = _heat(support, seconds) if support else []
    letters = beats.letters(start, seconds)
    return ecg_paper(signal, prepared.leads, frequency, seconds=seconds, heat=heat, letters=letters)


def everything(prepared: Prepared) -> str:
    """Draw the first 10 s of all leads of the recording, as they were recorded but for the filter."""
    record = prepared.record
    seconds = min(_SHEET_SECONDS, record.duration)
    signal, frequency = trace(record, prepared.spec, "+".join(record.leads), 0.0, seconds)
    return ecg_paper(signal, record.leads, frequency, seconds=seconds)


def _heat(support: Support, seconds: float) -> list[tuple[float, float, float]]:
    begins, ends = support.starts.tolist(), [*support.starts[1:].tolist(), seconds]
    steps = zip(begins, ends, support.strengths.tolist(), strict=True)
    return [step for step in steps if step[2] > _FAINTEST and step[0] < seconds]
