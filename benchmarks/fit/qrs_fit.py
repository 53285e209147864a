"""Fit the network of ``mvkt.ecg.qrs_candidates`` on annotated half-hours and drawn recordings.

    python -m benchmarks.fit.qrs_fit FOLDER

writes ``src/mvkt/ecg/qrs_network.json``, fitted on all records of the folder. How good it is on records that took no
part is measured by ``benchmarks.quality.ec57``, which fits it anew for every seventh part of them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from benchmarks.fit.drawn_beats import draw
from benchmarks.fit.small_network_fit import FitSettings, fit_small_network, write_network
from benchmarks.reference.annotated import Annotated, annotated_in, inside
from numpy.typing import NDArray

from mvkt.ecg import qrs_candidates
from mvkt.ecg.qrs_candidates import candidates_of

TARGET = Path(qrs_candidates.__file__).with_name(qrs_candidates.NETWORK)
_FIT = FitSettings(hidden=12, epochs=10, batch=2048, rate=1e-2, decay=1e-3)
_DRAWN, _WEIGHT_OF_DRAWN = 2400, 1.0
_NEAR_SECONDS, _BESIDE_SECONDS = 0.12, 0.15
_THRESHOLD = 0.5  # the network's log odds at which as many beats are missed as made up

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Candidates ``(n, features)``, which are beats ``(n,)``, and the record ``(n,)``: "" for drawn ones."""

    features: Float
    target: NDArray[np.bool_]
    record: NDArray[np.str_]

    @classmethod
    def of(cls, records: list[Annotated]) -> TrainingSet:
        """Every lead of the records, as a whole and in windows of 10 s, and drawn recordings."""
        parts = []
        for record in records:
            for lead in record.conditioned.astype(np.float64):
                cuts = lead[: len(lead) // 1000 * 1000].reshape(-1, 1, 1000)
                for windows in (lead[np.newaxis, np.newaxis], cuts):
                    features, mark, seconds = _labelled(windows, record.beats)
                    mark[inside(seconds, record.flutter, 0.2)] = 0
                    parts.append((features[mark != 0], mark[mark != 0] > 0, record.name))
        rng = np.random.default_rng(3)
        for number in range(_DRAWN):
            drawn = draw(rng, 10.0 if number % 3 == 0 else 30.0)
            features, mark, _ = _labelled(drawn.signal[np.newaxis, np.newaxis], drawn.beats)
            parts.append((features[mark != 0], mark[mark != 0] > 0, ""))
        names = np.concatenate([np.full(len(features), name) for features, _, name in parts])
        return cls(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]), names)

    def fit(self, left_out: tuple[str, ...] = ()) -> dict[str, object]:
        """Fit the network without some records; what belongs into ``qrs_network.json``."""
        kept = ~np.isin(self.record, left_out)
        weights = np.where(self.record[kept] == "", _WEIGHT_OF_DRAWN, 1.0)
        return _fitted(self.features[kept], self.target[kept], weights)


def _labelled(windows: Float, beats: Float) -> tuple[Float, NDArray[np.int64], Float]:
    """Features, 1 for a beat, -1 for none and 0 for what lies beside a beat, and the seconds."""
    found = candidates_of(windows, np.zeros(windows.shape, dtype=np.bool_), 100.0)
    seconds = (found.window * windows.shape[2] + found.sample) / 100.0
    mark, height = np.full(len(seconds), -1), found.features[:, 0]
    for margin, best in ((_BESIDE_SECONDS, False), (_NEAR_SECONDS, True)):
        first, last = np.searchsorted(seconds, beats - margin), np.searchsorted(seconds, beats + margin)
        for begin, end in zip(first, last, strict=True):
            if best and end > begin:
                mark[begin + int(np.argmax(height[begin:end]))] = 1
            elif not best:
                mark[begin:end] = 0
    return found.features, mark, seconds


def _fitted(features: Float, target: NDArray[np.bool_], weights: Float) -> dict[str, object]:
    wanted, weight = torch.tensor(target, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32)

    def loss(logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 0], wanted[rows], weight[rows])

    made = fit_small_network(features, 1, loss, _FIT)
    bias = round(float(made["output_bias"][0]) - _THRESHOLD, 4)
    single = {"output": made["output"][:, 0].tolist(), "output_bias": bias}
    return {name: values.tolist() for name, values in made.items()} | single


def main(folder: Path) -> None:
    """Fit on a folder and write the network."""
    write_network(TARGET, TrainingSet.of(annotated_in(folder)).fit())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
