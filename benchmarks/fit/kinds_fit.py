"""Fit the network of ``mvkt.ecg.beat_kinds`` on annotated half-hours and on short recordings of which a physician wrote
whether they have ventricular extra beats.

    python -m benchmarks.fit.kinds_fit FOLDER PTB_XL

writes ``src/mvkt/ecg/kinds_network.json``. The short recordings have no annotated beats: without the statement PVC all
of them are not ventricular; with it, those are that a network of the half-hours alone takes for it in the mean of four
leads. ``benchmarks.quality.ec57`` measures with networks that have not learned from the record.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.fit.real_records import RealRecords
from benchmarks.fit.small_network_fit import FitSettings, fit_small_network
from benchmarks.reference.annotated import Annotated, annotated_in, inside
from numpy.typing import NDArray

from mvkt.ecg import beat_kinds
from mvkt.ecg.beat_features import features_of
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.signal import MISSING
from mvkt.ecg.small_network import SmallNetwork

TARGET = Path(beat_kinds.__file__).with_name(beat_kinds.NETWORK)
_LEADS = ("I", "II", "V1", "V5")
_FIT = FitSettings(hidden=16, epochs=8, batch=2048, rate=7e-3, decay=3e-2, least_spread=1e-6, members=4)
_TURNED = (0, 30, 60, 90, 120, 150)  # degrees between the two leads of a half-hour, from the first on
_NORMAL_SHARE = 0.3  # of the normal beats of every lead that is drawn
_USUAL_NUMBERS, _BALANCE = np.array([1500.0, 100.0, 100.0]), 0.25
_EXTRA = ("PVC", "BIGU", "TRIGU")
_OTHER = ("PAC", "PACE", "WPW", "SVTAC", "PSVT", "SVARR")
_WITHOUT = 700
_WEIGHT_OF_SHORT, _WEIGHTS = 0.3, np.array([1.0, 2.7, 0.5])
_SURE = (0.7, 0.3)
_THRESHOLD = 1.5  # log odds that a ventricular beat has to have over the others: as many missed as made up

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KindsTraining:
    """Features ``(n, features)`` of beats, kinds ``(n,)``, weights ``(n,)`` and record ``(n,)``: "" for short ones."""

    features: Float
    kind: NDArray[np.int64]
    weight: Float
    record: NDArray[np.str_]
    short: tuple[tuple[Float, bool], ...]

    @classmethod
    def of(cls, records: list[Annotated], ptb_xl: Path | None) -> KindsTraining:
        """Both leads of the records and what lies between them, and the short recordings if their folder is named."""
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
        short = tuple(_short(ptb_xl)) if ptb_xl else ()
        names = np.concatenate([np.full(len(kind), name) for _, kind, _, name in parts])
        features, kinds, weights = (np.concatenate([part[column] for part in parts]) for column in (0, 1, 2))
        return cls(features, kinds, weights, names, short)

    def fit(self, left_out: tuple[str, ...] = ()) -> dict[str, Any]:
        """Fit the network without some records; what belongs into ``kinds_network.json``."""
        kept = ~np.isin(self.record, left_out)
        features, kind, weight = self.features[kept], self.kind[kept], self.weight[kept]
        first = _fitted(features, kind, weight)
        if not self.short:
            return _with_threshold(first)
        made = [_marked(leads, extra, first) for leads, extra in self.short]
        more, kinds = (np.concatenate([part[column] for part in made]) for column in (0, 1))
        weights = _WEIGHT_OF_SHORT * _WEIGHTS[kinds]
        return _with_threshold(
            _fitted(np.concatenate([features, more]), np.append(kind, kinds), np.append(weight, weights))
        )


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


def _short(ptb_xl: Path) -> list[tuple[Float, bool]]:
    """``(leads, beats, features)`` of short recordings, and whether they have ventricular extra beats."""
    records = RealRecords.read(ptb_xl)
    extra = np.any([records.having(code) for code in _EXTRA], axis=0)
    other = np.any([records.having(code) for code in _OTHER], axis=0)
    without = np.flatnonzero(~extra & ~other & (records.fold <= 8))
    chosen = np.sort(np.random.default_rng(4).choice(without, min(_WITHOUT, len(without)), replace=False))
    made = []
    for row in [*np.flatnonzero(extra & (records.fold <= 8)), *chosen]:
        leads = np.stack([records.lead_of(int(row), lead) for lead in _LEADS])
        beats = beats_of(leads, 100.0)
        if len(beats) > 3:
            made.append((features_of(leads, beats, 100.0), bool(extra[row])))
    return made


def _snapped(lead: NDArray[np.int16], beats: NDArray[np.int64]) -> NDArray[np.int64]:
    """The nearest beats that are found within 0.1 s, else the annotated places."""
    found = beats_of(lead[np.newaxis], 100.0)
    if not len(found):
        return beats
    place = np.clip(np.searchsorted(found, beats), 1, len(found) - 1)
    nearest = np.where(beats - found[place - 1] < found[place] - beats, found[place - 1], found[place])
    return np.where(np.abs(nearest - beats) <= 10, nearest, beats)


def _marked(leads: Float, extra: bool, stored: dict[str, Any]) -> tuple[Float, NDArray[np.int64]]:
    """Features of all leads of a short recording, and their kinds; beats that are neither are left out."""
    network = SmallNetwork.of(stored)
    logits = np.mean([network.logits(lead) for lead in leads], axis=0)
    shares = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, np.newaxis])
    ventricular = shares[:, 1] > _SURE[0]
    kept = ventricular | (shares[:, 1] < _SURE[1]) if extra else np.ones(len(shares), dtype=np.bool_)
    kind = np.where(ventricular & extra, 1, np.where(shares[:, 2] > _SURE[0], 2, 0))
    return np.concatenate(list(leads[:, kept])), np.tile(kind[kept], len(leads))


def _with_threshold(stored: dict[str, Any]) -> dict[str, Any]:
    normal, ventricular, supraventricular = stored["output_bias"]
    return stored | {"output_bias": [normal, round(ventricular - _THRESHOLD, 4), supraventricular]}


def _fitted(features: Float, kind: NDArray[np.int64], weights: Float) -> dict[str, Any]:
    wanted, weight = torch.tensor(kind), torch.tensor(weights, dtype=torch.float32)

    def loss(logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        losses = torch.nn.functional.cross_entropy(logits, wanted[rows], reduction="none")
        return (losses * weight[rows]).mean()

    made = fit_small_network(features, len(_WEIGHTS), loss, _FIT)
    return {name: values.tolist() for name, values in made.items()}


def main(folder: Path, ptb_xl: Path) -> None:
    """Fit on both folders and write the network."""
    made = KindsTraining.of(annotated_in(folder), ptb_xl).fit()
    TARGET.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
