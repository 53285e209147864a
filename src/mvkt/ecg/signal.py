"""The one preprocessing: a :class:`Record` becomes what a model sees.

``condition`` resamples, fills short gaps, band-passes and rounds to microvolts; ``standardise`` turns those
microvolts into the numbers that a model is given. A prepared corpus stores the output of the first, training
applies the second to its batches, and ``windows`` does both for a recording to be diagnosed: the same code, to
the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mvkt.ecg.filters import band_pass, bridge_gaps, resample, resampling_ratio
from mvkt.ecg.record import Record
from mvkt.stored import Part

MISSING = np.iinfo(np.int16).min
"""Marks a sample that was not recorded, as in WFDB format 16."""

MILLIVOLTS_PER_UNIT = 0.001
"""Conditioned signals are whole microvolts: the resolution of PTB-XL, and a range of ±32.7 mV."""

_WINDOWS_AT_ONCE = 32  # what the sums are taken over is wider than the samples: in little memory
_SHORTEST_TAIL_SECONDS = 1.0


class SignalSpec(Part):
    """How a recording is turned into model input; stored in corpora and bundles.

    Attributes:
        sampling_frequency: Samples a second of the model's input.
        band: Pass band in Hz (zero-phase Butterworth), or None for no filter.
        window_seconds: Length of a window.
        hop_seconds: From the start of one window to the next in a recording longer than one.
        standardise: ``record``: each window by the mean and standard deviation of its own recorded samples
            over all its leads, so that neither the gain of a device nor the baseline matters and the
            proportions between leads stay. ``global``: by ``mean`` and ``std``. ``none``: millivolts.
        mean: In mV, for ``global``.
        std: In mV, for ``global``.
    """

    sampling_frequency: Annotated[float, Field(ge=20, le=2_000)] = 100.0
    band: tuple[float, float] | None = (0.5, 40.0)
    window_seconds: Annotated[float, Field(ge=1, le=600)] = 10.0
    hop_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    standardise: Literal["record", "global", "none"] = "record"
    mean: float = 0.0
    std: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _band_fits(self) -> SignalSpec:
        if self.band is not None and not 0 < self.band[0] < self.band[1] < self.sampling_frequency / 2:
            raise ValueError(
                f"band {self.band} Hz must rise and lie between 0 and half the sampling frequency "
                f"({self.sampling_frequency / 2:g} Hz)"
            )
        return self

    @property
    def window_samples(self) -> int:
        """Samples in a window."""
        return round(self.window_seconds * self.sampling_frequency)

    @property
    def hop_samples(self) -> int:
        """Samples from the start of one window to the next."""
        return max(1, round(self.hop_seconds * self.sampling_frequency))


@dataclass(frozen=True)
class Windows:
    """The windows of one recording.

    Attributes:
        signal: ``(windows, leads, samples)`` float32, standardised; what was not recorded is 0.
        microvolts: The same before standardisation, int16, :data:`MISSING` where nothing was recorded.
        start_seconds: ``(windows,)`` where each window begins in the recording.
        valid_share: ``(windows,)`` how much of each window was recorded, 0 to 1.
    """

    signal: NDArray[np.float32]
    microvolts: NDArray[np.int16]
    start_seconds: NDArray[np.float64]
    valid_share: NDArray[np.float64]


def windows(record: Record, spec: SignalSpec, view: str) -> Windows:
    """Turn a recording into the windows that a model sees.

    Raises:
        LeadError: The recording does not have the view.
    """
    microvolts, starts = cut(condition(record, spec, view), spec)
    return Windows(
        signal=standardise(microvolts, spec),
        microvolts=microvolts,
        start_seconds=starts / spec.sampling_frequency,
        valid_share=np.mean(microvolts != MISSING, axis=(1, 2)),
    )


def condition(record: Record, spec: SignalSpec, view: str) -> NDArray[np.int16]:
    """Resample, fill short gaps, band-pass and round to microvolts.

    Gaps of up to 0.1 s are bridged by a straight line. Longer ones are bridged for the filter and marked
    afterwards, so that they are neither used nor leak into what was recorded. Values beyond ±32.7 mV are
    clipped.

    Returns:
        ``(leads, samples)`` int16 microvolts at the spec's sampling frequency, :data:`MISSING` in gaps.
    """
    signal = np.ascontiguousarray(record.select(view).T, dtype=np.float64)
    signal, missing = bridge_gaps(signal, record.sampling_frequency)
    up, down = resampling_ratio(record.sampling_frequency, spec.sampling_frequency)
    return to_microvolts(resample(signal, up, down) if up != down else signal, missing, (up, down), spec)


def to_microvolts(
    signal: NDArray[np.float64], missing: NDArray[np.bool_], ratio: tuple[int, int], spec: SignalSpec
) -> NDArray[np.int16]:
    """Band-pass and round what has been bridged and resampled.

    Args:
        signal: ``(leads, samples)`` in mV at the spec's sampling frequency, without gaps.
        missing: ``(leads, samples before resampling)``: what was bridged and stays marked.
        ratio: What it was resampled by.
        spec: Gives the band.
    """
    up, down = ratio
    if spec.band is not None:
        signal = band_pass(signal, spec.band, spec.sampling_frequency)
    microvolts = np.clip(np.rint(signal / MILLIVOLTS_PER_UNIT), -32_767, 32_767).astype(np.int16)
    if missing.any():
        nearest = np.minimum(np.arange(signal.shape[1]) * down // up, missing.shape[1] - 1)
        microvolts[missing[:, nearest]] = MISSING
    return microvolts


def cut(microvolts: NDArray[np.int16], spec: SignalSpec) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Cut a conditioned recording into windows.

    A recording shorter than a window is padded with :data:`MISSING`. What is left after the last whole hop is
    covered by one more window that ends with the recording, unless less than a second is left.

    Returns:
        ``(windows, leads, samples)`` int16 and the sample at which each window begins.
    """
    leads, samples = microvolts.shape
    length = spec.window_samples
    if samples <= length:
        padded = np.full((1, leads, length), MISSING, dtype=np.int16)
        padded[0, :, :samples] = microvolts
        return padded, np.zeros(1, dtype=np.int64)
    starts = window_starts(samples, spec)
    cuts = np.lib.stride_tricks.sliding_window_view(microvolts, length, axis=1)[:, starts]
    return np.ascontiguousarray(cuts.swapaxes(0, 1)), starts


def window_starts(samples: int, spec: SignalSpec) -> NDArray[np.int64]:
    """Return the sample at which each window of a conditioned recording of some length begins; see :func:`cut`."""
    length = spec.window_samples
    starts = np.arange(0, max(samples - length, 0) + 1, spec.hop_samples, dtype=np.int64)
    if samples - (starts[-1] + length) >= _SHORTEST_TAIL_SECONDS * spec.sampling_frequency:
        starts = np.append(starts, samples - length)
    return starts


def standardise(microvolts: NDArray[np.int16], spec: SignalSpec) -> NDArray[np.float32]:
    """Turn conditioned microvolts into model input.

    The sums are exact (whole numbers in float64), so the result of a window does not depend on the batch it
    is in.

    Args:
        microvolts: ``(..., leads, samples)`` int16 with :data:`MISSING` in gaps.
        spec: How.

    Returns:
        The same shape in float32, 0 where nothing was recorded. A flat window stays 0 everywhere.
    """
    if microvolts.ndim == 3 and len(microvolts) > _WINDOWS_AT_ONCE:
        values = np.empty(microvolts.shape, dtype=np.float32)
        for start in range(0, len(microvolts), _WINDOWS_AT_ONCE):
            some = slice(start, start + _WINDOWS_AT_ONCE)
            values[some] = _standardised(microvolts[some], spec)
        return values
    return _standardised(microvolts, spec)


def _standardised(microvolts: NDArray[np.int16], spec: SignalSpec) -> NDArray[np.float32]:
    missing = microvolts == MISSING
    gaps = bool(missing.any())
    whole = np.where(missing, np.int16(0), microvolts) if gaps else microvolts
    values = whole.astype(np.float32)
    if spec.standardise == "record":
        shift, factor = _record_statistics(whole, missing if gaps else None)
    else:
        mean_mv, std_mv = (spec.mean, spec.std) if spec.standardise == "global" else (0.0, 1.0)
        shift = np.array(mean_mv / MILLIVOLTS_PER_UNIT, dtype=np.float32)
        factor = np.array(MILLIVOLTS_PER_UNIT / std_mv, dtype=np.float32)
    values -= shift
    values *= factor
    if gaps:
        values[missing] = 0.0
    return values


def _record_statistics(
    whole: NDArray[np.int16], missing: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and 1/std of each window over its leads and samples, exact but for rounding to float32."""
    axes = (-2, -1)
    count = np.float64(whole.shape[-1] * whole.shape[-2])
    if missing is not None:
        count = np.maximum(count - missing.sum(axis=axes, keepdims=True), 1)
    wide = whole.astype(np.int32)
    mean = wide.sum(axis=axes, keepdims=True, dtype=np.int64) / count
    square = (wide * wide).sum(axis=axes, keepdims=True, dtype=np.int64) / count
    std = np.sqrt(np.maximum(square - mean**2, 0.0))
    std[std == 0] = 1.0
    return mean.astype(np.float32), (1.0 / std).astype(np.float32)
