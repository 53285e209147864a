"""The published indices of signal quality, for many windows at once.

Written here because the libraries that have them (NeuroKit2, vital_sqi, ecg_qc, BioSPPy) bring pandas, scikit-learn or
matplotlib with them, and take one lead of one window at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.beat_shapes import centred
from mvkt.ecg.heartbeat import Beats, Traces, median_of, segments

_AGREEMENT_SECONDS = (0.12, 0.20)
_BEAT_SECONDS = (0.25, 0.45)
_LEVEL_SECONDS = 0.09
_LEAST_BEATS = 3

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Indices:
    """What is measured of every lead of every window, ``(windows, leads)`` each; NaN where it cannot be.

    Attributes:
        amplitude: From the 0.5th to the 99.5th percentile, in mV.
        spread: From the 16th to the 84th percentile, over ``amplitude``: small where the signal is peaks on a quiet
            line, as kurtosis (kSQI; Li, Mark and Clifford, Physiological Measurement 29 (2008) 15-32) is large there,
            but unmoved by single artefacts.
        qrs_power: Power at 5-15 Hz over power at 5-40 Hz, or above 5 Hz in what is sampled faster than 100 Hz (pSQI;
            Li, Mark and Clifford 2008).
        baseline: One minus power below 1 Hz over power below 40 Hz (basSQI; Clifford, Behar, Li and Rezek,
            Physiological Measurement 33 (2012) 1419-1433).
        line: Largest share that a band of 1 Hz has of the power above 20 Hz; near one for hum of the mains.
        quiet: Median size of the slopes at 5-30 Hz over that of beats, squared, over all leads of the window; see
            :class:`mvkt.ecg.qrs_candidates.Candidates`.
        agreement: Mean correlation of the beats with their median (Orphanidou et al., IEEE Journal of Biomedical and
            Health Informatics 19 (2015) 832-838).
        residual: Median over the beats of the RMS of what is left after their median beat is taken away, over its
            height: the noise-to-signal ratio by coherent averaging (Zywietz et al., Computers in Cardiology (1990)).
        wander: Spread of the levels before the beats, over the height of the median beat.
    """

    amplitude: Float
    spread: Float
    qrs_power: Float
    baseline: Float
    line: Float
    quiet: Float
    agreement: Float
    residual: Float
    wander: Float

    @classmethod
    def joined(cls, parts: list[Indices]) -> Indices:
        """Those of several batches."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def measure(traces: Traces) -> Indices:
    """Measure windows."""
    values, beats = traces.values, traces.beats
    quantiles = _quantiles(values, (0.005, 0.16, 0.84, 0.995))
    height = np.maximum(quantiles[3] - quantiles[0], 1e-9)
    qrs_power, baseline, line = _spectral(traces)
    agreement, residual, wander = _beat_indices(values, beats, traces.sampling_frequency)
    return Indices(
        amplitude=(quantiles[3] - quantiles[0]) / 1000.0,
        spread=(quantiles[2] - quantiles[1]) / height,
        qrs_power=qrs_power,
        baseline=baseline,
        line=line,
        quiet=np.repeat(beats.quiet[:, np.newaxis], values.shape[1], axis=1),
        agreement=agreement,
        residual=residual,
        wander=wander,
    )


def _quantiles(values: Float, shares: tuple[float, ...]) -> list[Float]:
    """``(windows, leads)`` for each share."""
    places = [round(share * (values.shape[2] - 1)) for share in shares]
    ordered = np.sort(values.astype(np.float32), axis=2)  # faster than np.partition into five parts
    return [ordered[..., place].astype(np.float64) for place in places]


def _spectral(traces: Traces) -> tuple[Float, Float, Float]:
    """``(windows, leads)`` each: the indices of power by frequency."""
    power, frequency, sampling_frequency = traces.power, traces.frequencies, traces.sampling_frequency

    def between(low: float, high: float) -> Float:
        first, last = np.searchsorted(frequency, (low, high + 1e-9))
        total: Float = power[..., first:last].sum(axis=2, dtype=np.float64)
        return total

    width = max(1, round(traces.values.shape[2] / sampling_frequency))
    first = int(np.searchsorted(frequency, 20.0))
    bands = power[..., first : first + (power.shape[2] - first) // width * width]
    bands = bands.reshape(*bands.shape[:2], -1, width).sum(axis=3)
    # Students listen up to 40 Hz. What is sampled faster and filtered less has to be quiet above that, too.
    highest = 40.0 if sampling_frequency <= 100.0 else sampling_frequency / 2
    shares = np.array([between(5, 15), between(0, 1), bands.max(axis=2, initial=0.0)])
    of = np.array([between(5, highest), between(0, 40), bands.sum(axis=2, dtype=np.float64)])
    qrs_power, below, line = np.divide(shares, of, out=np.zeros_like(of), where=of > 0)
    return qrs_power, np.where(of[1] > 0, 1.0 - below, 0.0), line


def _beat_indices(values: Float, beats: Beats, sampling_frequency: float) -> tuple[Float, Float, Float]:
    """``(windows, leads)`` each: agreement, residual and wander; NaN with fewer than three beats."""
    before, after = (round(seconds * sampling_frequency) for seconds in _BEAT_SECONDS)
    window, cut = segments(values, beats, before, after)
    counts = np.bincount(window, minlength=beats.windows)
    shorter = [round(seconds * sampling_frequency) for seconds in _AGREEMENT_SECONDS]
    # Each beat about its own mean: what remains is shape.
    whole, qrs = centred(cut), centred(cut[..., before - shorter[0] : before + shorter[1] + 1])
    levels = cut[..., : round(_LEVEL_SECONDS * sampling_frequency)].mean(axis=2, keepdims=True)
    usual = median_of(window, np.concatenate([whole, qrs, levels], axis=2), beats.windows)[window]
    template = usual[..., cut.shape[2] : -1]
    scale = np.sqrt(np.square(qrs).sum(axis=2) * np.square(template).sum(axis=2))
    agreements = (qrs * template).sum(axis=2) / np.maximum(scale, 1e-9)
    height = np.maximum(np.ptp(template, axis=2), 1e-9)
    residuals = np.sqrt(np.square(whole - usual[..., : cut.shape[2]]).mean(axis=2)) / height
    strays = np.abs(levels - usual[..., -1:])[..., 0] / height
    sums = np.array([np.bincount(window, lead, beats.windows) for lead in agreements.T])
    agreement = (sums / np.maximum(counts, 1)).T
    few = counts < _LEAST_BEATS
    agreement[few] = np.nan
    spread = median_of(window, np.stack([residuals, strays], axis=1), beats.windows)
    spread[few] = np.nan
    return agreement, spread[:, 0], spread[:, 1]
