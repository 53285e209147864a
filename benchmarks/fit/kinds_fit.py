"""Fit the networks of ``mvkt.ecg.beat_kinds`` on annotated half-hours, on short recordings of which a physician wrote
whether they have ventricular extra beats, and on strips of a hand-held device.

    python -m benchmarks.fit.kinds_fit FOLDER PTB_XL STRIPS NSTDB

writes ``src/mvkt/ecg/kinds_network.json`` and ``strip_kinds_network.json``, and prints their thresholds. How likely a
ventricular beat must be follows from records that a network has not learned from, so that as many are missed as made
up.

The network of strips learns as well from the short recordings with noise of a Holter, and that strips with a normal
rhythm have no ventricular beat. How likely one must be follows from other such strips: in at most 8 % of them a beat
may be taken for it.
``benchmarks.quality.ec57`` measures with networks and thresholds that have not seen the record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from benchmarks.fit.short_recordings import ShortRecording, short_recordings
from benchmarks.fit.small_network_fit import FitSettings, fit_small_network, write_network
from benchmarks.reference.annotated import Annotated, annotated_in, inside
from benchmarks.reference.beat_counts import counts_of
from benchmarks.reference.normal_strips import NormalStrip, normal_strips
from numpy.typing import NDArray

from mvkt.ecg import beat_kinds
from mvkt.ecg.beat_features import features_of
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.signal import MISSING
from mvkt.ecg.small_network import SmallNetwork

FOLDER = Path(beat_kinds.__file__).parent
_FIT = FitSettings(hidden=16, epochs=8, batch=2048, rate=7e-3, decay=3e-2, least_spread=1e-6, members=4)
_TURNED = (0, 30, 60, 90, 120, 150)  # degrees between the two leads of a half-hour, from the first on
_NORMAL_SHARE = 0.3  # of the normal beats of every lead that is drawn
_USUAL_NUMBERS, _BALANCE = np.array([1500.0, 100.0, 100.0]), 0.25
_WEIGHT_OF_SHORT, _WEIGHTS = 0.3, np.array([1.0, 2.7, 0.5])
_ONLY_VENTRICULAR = np.array([0, 1, 0, 0, 0, 0, 0])  # the column of :func:`beat_kinds.weighed` that is shifted
_THRESHOLDS = np.round(np.arange(0, 3, 0.1), 1)  # log odds that a ventricular beat has to have over the others
_STRIP_THRESHOLDS = np.round(np.arange(-3, 3, 0.1), 1)
_LEARNED_FOLDS, _THRESHOLD_FOLD = range(1, 8), 8
_WITH_A_BEAT = 0.08  # of the strips with a normal rhythm: as many may be denied it by the recipe ``device``
PARTS = 7
"""Parts of the records; each is read by a network of the others."""

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KindsTraining:
    """What a network learns from, and the records in which it is tried.

    Attributes:
        features: ``(n, features)`` of annotated beats.
        kind: ``(n,)`` 0 normal, 1 ventricular, 2 supraventricular.
        weight: ``(n,)``.
        record: ``(n,)`` names of the records.
        short: Recordings of which is known whether they have ventricular extra beats.
        trials: The records, and the beats that are found in their first lead.
        strips: With a normal rhythm.
    """

    features: Float
    kind: NDArray[np.int64]
    weight: Float
    record: NDArray[np.str_]
    short: tuple[ShortRecording, ...]
    trials: tuple[tuple[Annotated, NDArray[np.int64]], ...]
    strips: tuple[NormalStrip, ...] = ()
    _networks: dict[tuple[frozenset[str], bool], dict[str, Any]] = field(default_factory=dict, init=False)

    @classmethod
    def of(
        cls, records: list[Annotated], ptb_xl: Path | None, strips: Path | None, noise: Path | None
    ) -> KindsTraining:
        """Both leads of the records and what lies between them, and what lies in the folders that are named."""
        parts = []
        rng = np.random.default_rng(1)
        for record in records:
            annotated = ~inside(record.beats, record.flutter, 1.0) & (record.kinds != "F")
            beats = np.rint(record.beats * 100).astype(np.int64)
            kind = np.array(["NVS".find(kind) for kind in record.kinds])
            for lead in _turned(record.conditioned):
                found = np.clip(_snapped(lead, beats), 0, len(lead) - 1)
                kept = annotated & ((kind != 0) | (rng.random(len(kind)) < _NORMAL_SHARE))
                features = features_of(lead[np.newaxis], found, 100.0)[0]
                parts.append((features[kept].astype(np.float32), kind[kept], _weights(kind[kept]), record.name))
        short = tuple(short_recordings(ptb_xl, noise)) if ptb_xl else ()
        names = np.concatenate([np.full(len(kind), name) for _, kind, _, name in parts])
        features, kinds, weights = (np.concatenate([part[column] for part in parts]) for column in (0, 1, 2))
        trials = tuple((record, beats_of(record.conditioned[:1], 100.0)) for record in records)
        return cls(features, kinds, weights, names, short, trials, normal_strips(strips) if strips else ())

    def fit(self, left_out: tuple[str, ...] = (), threshold: float | None = None) -> dict[str, Any]:
        """Fit the network without some records, and its threshold unless it is given.

        Returns:
            What belongs into ``kinds_network.json``.
        """
        without = frozenset(left_out)
        return _shifted(self._network(without), self.threshold(without) if threshold is None else threshold)

    def fit_strips(self, left_out: tuple[str, ...] = (), threshold: float | None = None) -> dict[str, Any]:
        """Fit the network of strips without some records, and its threshold unless it is given.

        Returns:
            What belongs into ``strip_kinds_network.json``.
        """
        without = frozenset(left_out)
        network = self._network(without, strips=True)
        return _shifted(network, self.strip_threshold(without) if threshold is None else threshold)

    def strip_threshold(self, left_out: frozenset[str] = frozenset()) -> float:
        """Of :data:`_STRIP_THRESHOLDS` the lowest by which few enough strips of another fold have such a beat."""
        network = SmallNetwork.of(self._network(left_out, strips=True))
        read = [strip for strip in self.strips if strip.fold == _THRESHOLD_FOLD]
        made = (_kinds_by(_STRIP_THRESHOLDS, network, strip.trace, strip.beats) for strip in read)
        with_a_beat = np.mean([[(kinds == "ventricular").any() for kinds in strip] for strip in made], axis=0)
        if with_a_beat[-1] > _WITH_A_BEAT:
            raise SystemExit("strips with a normal rhythm look as if they had ventricular beats whatever the threshold")
        return float(_STRIP_THRESHOLDS[np.argmax(with_a_beat <= _WITH_A_BEAT)])

    def threshold(self, left_out: frozenset[str] = frozenset()) -> float:
        """Of :data:`_THRESHOLDS`, in records each read by a network that learned neither from it nor those left out."""
        missed_less_made_up = np.zeros(len(_THRESHOLDS), dtype=np.int64)
        for part in range(PARTS):
            trials = [trial for trial in self.trials[part::PARTS] if trial[0].name not in left_out]
            if trials:
                network = SmallNetwork.of(self._network(left_out | {record.name for record, _ in trials}))
                missed_less_made_up += sum(_missed_less_made_up(*trial, network) for trial in trials)
        return float(_THRESHOLDS[np.argmin(np.abs(missed_less_made_up))])

    def _network(self, left_out: frozenset[str], strips: bool = False) -> dict[str, Any]:
        """Without a threshold, for half-hours or for strips; fitted once for the same records."""
        if (left_out, strips) not in self._networks:
            kept = ~np.isin(self.record, list(left_out))
            features, kind, weight = self.features[kept], self.kind[kept], self.weight[kept]
            made = _fitted(features, kind, weight)
            short = [*self.short, *(self._learned_strips if strips else ())]
            if short:
                marked = [beats for recording in short for beats in recording.marked(made, strips)]
                more, kinds = (np.concatenate([part[column] for part in marked]) for column in (0, 1))
                weights = np.append(weight, _WEIGHT_OF_SHORT * _WEIGHTS[kinds])
                made = _fitted(np.concatenate([features, more]), np.append(kind, kinds), weights)
            self._networks[left_out, strips] = made
        return self._networks[left_out, strips]

    @cached_property
    def _learned_strips(self) -> list[ShortRecording]:
        read = [strip for strip in self.strips if strip.fold in _LEARNED_FOLDS]
        return [ShortRecording(features_of(strip.trace, strip.beats, 100.0), extra=False) for strip in read]


def _shifted(network: dict[str, Any], threshold: float) -> dict[str, Any]:
    """With so much more that a ventricular beat has to have over the others, in log odds."""
    normal, ventricular, supraventricular = network["output_bias"]
    return network | {"output_bias": [normal, round(ventricular - threshold, 4), supraventricular]}


def _missed_less_made_up(record: Annotated, beats: NDArray[np.int64], network: SmallNetwork) -> NDArray[np.int64]:
    """``(thresholds,)`` how many more ventricular beats of the first lead are missed than made up."""
    made = []
    for kinds in _kinds_by(_THRESHOLDS, network, record.conditioned[:1], beats):
        ventricular = counts_of(record, beats, kinds)[1]
        made.append(ventricular.beats - ventricular.found)
    return np.array(made)


def _kinds_by(
    thresholds: Float, network: SmallNetwork, trace: NDArray[np.int16], beats: NDArray[np.int64]
) -> Iterator[NDArray[np.str_]]:
    """For each threshold ``(beats,)`` kinds by a network."""
    with patch.object(beat_kinds, "shipped_network", lambda _: network):
        weighed = beat_kinds.weighed(trace, beats, 100.0)
    return (beat_kinds.kinds_from(weighed - _ONLY_VENTRICULAR * threshold, beats) for threshold in thresholds)


def _turned(leads: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """Each ``(samples,)``: what electrodes between those of the two leads would record."""
    angles = np.deg2rad(_TURNED)
    mixed = np.rint(np.outer(np.cos(angles), leads[0]) + np.outer(np.sin(angles), leads[1]))
    mixed = np.clip(mixed, np.iinfo(np.int16).min + 1, np.iinfo(np.int16).max)
    mixed[:, (leads == MISSING).any(axis=0)] = MISSING
    return list(mixed.astype(np.int16))


def _weights(kind: NDArray[np.int64]) -> Float:
    """``(beats,)``: those of a lead with many beats of a kind count less, so that few recordings do not decide."""
    numbers = np.bincount(kind, minlength=3) / np.array([_NORMAL_SHARE, 1.0, 1.0])
    balance = (_USUAL_NUMBERS / np.maximum(numbers, 20)) ** _BALANCE
    weights: Float = (_WEIGHTS * balance / np.array([_NORMAL_SHARE, 1.0, 1.0]) * 2 / len(_TURNED))[kind]
    return weights


def _snapped(lead: NDArray[np.int16], beats: NDArray[np.int64]) -> NDArray[np.int64]:
    """The nearest beats that are found within 0.1 s, else the annotated places."""
    found = beats_of(lead[np.newaxis], 100.0)
    if not len(found):
        return beats
    place = np.clip(np.searchsorted(found, beats), 1, len(found) - 1)
    nearest = np.where(beats - found[place - 1] < found[place] - beats, found[place - 1], found[place])
    return np.where(np.abs(nearest - beats) <= 10, nearest, beats)


def _fitted(features: Float, kind: NDArray[np.int64], weights: Float) -> dict[str, Any]:
    wanted, weight = torch.tensor(kind), torch.tensor(weights, dtype=torch.float32)

    def loss(logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        losses = torch.nn.functional.cross_entropy(logits, wanted[rows], reduction="none")
        return (losses * weight[rows]).mean()

    made = fit_small_network(features, len(_WEIGHTS), loss, _FIT)
    return {name: values.tolist() for name, values in made.items()}


def main(folder: Path, ptb_xl: Path, strips: Path, noise: Path) -> None:
    """Fit on all folders and write the networks."""
    training = KindsTraining.of(annotated_in(folder), ptb_xl, strips, noise)
    threshold, of_strips = training.threshold(), training.strip_threshold()
    write_network(FOLDER / beat_kinds.NETWORK, training.fit(threshold=threshold))
    write_network(FOLDER / beat_kinds.STRIP_NETWORK, training.fit_strips(threshold=of_strips))
    print(f"log odds that a ventricular beat must have: {threshold:g}, in strips {of_strips:g}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))
