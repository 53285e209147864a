"""Short recordings of which a physician wrote whether they have ventricular extra beats, but not which beats these are.

Without the statement no beat is ventricular. With it, those are that a network of annotated half-hours alone takes for
it in the mean of four leads. With noise added they have the beats that they had without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.fit.holter_noise import NAMES, HolterNoise
from benchmarks.fit.real_records import RealRecords
from numpy.typing import NDArray

from mvkt.ecg.beat_features import features_of
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.small_network import SmallNetwork

_LEADS = ("I", "II", "V1", "V5")
_EXTRA = ("PVC", "BIGU", "TRIGU")
_OTHER = ("PAC", "PACE", "WPW", "SVTAC", "PSVT", "SVARR")
_SURE = (0.7, 0.3)
_DECIBELS = (3.0, 6.0, 12.0)
_NOISY_LEADS = (0.5, 2.0)  # of a recording without extra beats, and of one with them, which are few
_NEAR = 10  # samples at 100 Hz
_LEAST_BEATS = 4

Float = NDArray[np.float64]
Marked = tuple[Float, NDArray[np.int64]]
"""``(n, features)`` and their kinds ``(n,)``: 0 normal, 1 ventricular, 2 supraventricular."""


@dataclass(frozen=True, eq=False)
class NoisyLead:
    """A lead with noise.

    Attributes:
        features: ``(n, features)`` of the beats that are found in it.
        beat: ``(n,)`` which beat of the recording each is; -1 for an artefact.
    """

    features: Float
    beat: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ShortRecording:
    """The beats of a short recording.

    Attributes:
        features: ``(leads, beats, features)``.
        extra: Whether it has ventricular extra beats.
        noisy: Some of its leads with noise.
    """

    features: Float
    extra: bool
    noisy: tuple[NoisyLead, ...] = ()

    def marked(self, stored: dict[str, Any], with_noise: bool) -> Iterator[Marked]:
        """Beats of all leads, then of each noisy one, by a network of half-hours; what may be either is left out."""
        network = SmallNetwork.of(stored)
        logits = np.mean([network.logits(lead) for lead in self.features], axis=0)
        shares = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, np.newaxis])
        ventricular = shares[:, 1] > _SURE[0]
        kept = ventricular | (shares[:, 1] < _SURE[1]) if self.extra else np.ones(len(shares), dtype=np.bool_)
        kind = np.where(ventricular & self.extra, 1, np.where(shares[:, 2] > _SURE[0], 2, 0))
        yield np.concatenate(list(self.features[:, kept])), np.tile(kind[kept], len(self.features))
        for lead in self.noisy if with_noise else ():
            kinds, sure = np.append(kind, 0)[lead.beat], np.append(kept, True)[lead.beat]  # the last is of an artefact
            yield lead.features[sure], kinds[sure]


def short_recordings(ptb_xl: Path, noise: Path | None) -> Iterator[ShortRecording]:
    """Those of folds 1 to 8.

    Args:
        ptb_xl: Folder of PTB-XL.
        noise: Folder of the MIT-BIH Noise Stress Test Database, or None for no noise.
    """
    records = RealRecords.read(ptb_xl)
    noises = [HolterNoise.of(noise, name, to_learn=True) for name in NAMES] if noise else []
    extra = np.any([records.having(code) for code in _EXTRA], axis=0)
    other = np.any([records.having(code) for code in _OTHER], axis=0)
    for row in np.flatnonzero((extra | ~other) & (records.fold <= 8)).tolist():
        leads = np.stack([records.lead_of(row, lead) for lead in _LEADS])
        beats = beats_of(leads, 100.0)
        if len(beats) >= _LEAST_BEATS:
            noisy = _noisy(leads, beats, noises, row, _NOISY_LEADS[int(extra[row])]) if noises else ()
            yield ShortRecording(features_of(leads, beats, 100.0), bool(extra[row]), tuple(noisy))


def _noisy(
    leads: NDArray[np.int16], beats: NDArray[np.int64], noises: list[HolterNoise], row: int, mean: float
) -> Iterator[NoisyLead]:
    """Some leads of a recording with noise, so many in the mean; those in which hardly a beat is found are left out."""
    rng = np.random.default_rng([1, row])
    noise = noises[rng.integers(len(noises))]
    for lead in rng.choice(len(leads), int(mean + rng.random()), replace=False).tolist():
        trace = noise.added(leads[lead : lead + 1], (1, row, lead), float(rng.choice(_DECIBELS)))
        found = beats_of(trace, 100.0)
        if len(found) >= _LEAST_BEATS:
            away = np.abs(found[:, np.newaxis] - beats)
            beat = np.where(away.min(axis=1) <= _NEAR, away.argmin(axis=1), -1)
            yield NoisyLead(features_of(trace, found, 100.0)[0], beat)
