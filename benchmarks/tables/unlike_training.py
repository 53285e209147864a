"""Is a recording that is unlike those of training found by its distance from them? docs/results/unlike-training.md.

    python -m benchmarks.tables.unlike_training CORPUS ../shared/data      # CORPUS: of `mvkt corpus prepare ptb-xl`

Distances are to folds 1 to 8, the limit is the 98th percentile of fold 9: a fiftieth of what is like the training
recordings would be refused. Of what is unlike them, as much as possible should be.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from scipy.spatial import KDTree

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.formats import read
from mvkt.ecg.long_recordings import condition_long, windows_of
from mvkt.ecg.quality import polarity
from mvkt.ecg.signal import SignalSpec, standardise, window_starts

Windows = NDArray[np.int16]
Features = NDArray[np.floating]
NEIGHBOURS, REFUSED, AT_ONCE = 10, 0.02, 64


def median_beats(windows: Windows, spec: SignalSpec) -> Features:
    """P wave, QRS complex and T wave of the median beat, each by its size."""
    parts = [polarity.features(part, spec.sampling_frequency) for part in batches(windows)]
    made = np.concatenate(parts)
    return made[np.isfinite(made).all(axis=1)]


def last_layer(bundle: Bundle) -> Callable[[Windows, SignalSpec], Features]:
    """The inputs of the last layer of a student."""
    model = onnx.load(str(bundle.path / "model.onnx"))
    name = [node for node in model.graph.node if node.op_type in ("Gemm", "MatMul")][-1].input[0]
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def compute(windows: Windows, _: SignalSpec) -> Features:
        signals = (standardise(part, bundle.manifest.signal) for part in batches(windows))
        return np.concatenate([session.run([name], {"signal": signal})[0] for signal in signals])

    return compute


def batches(windows: Windows) -> Iterator[Windows]:
    """Yield some windows at a time."""
    return (windows[start : start + AT_ONCE] for start in range(0, len(windows), AT_ONCE))


def mahalanobis(reference: Features) -> Callable[[Features], Features]:
    """Distance from the middle, by the spread of the reference."""
    spread = np.cov(reference.T)
    inverse = np.linalg.inv(spread + 1e-3 * np.trace(spread) / len(spread) * np.eye(len(spread)))
    middle = reference.mean(axis=0)

    def distance(new: Features) -> Features:
        squares: Features = np.einsum("ij,jk,ik->i", new - middle, inverse, new - middle)
        return np.sqrt(squares)

    return distance


def neighbour(reference: Features) -> Callable[[Features], Features]:
    """Distance to the tenth neighbour, of vectors of length one."""

    def unit(features: Features) -> Features:
        scaled: Features = features / np.linalg.norm(features, axis=1, keepdims=True)
        return scaled

    tree = KDTree(unit(reference))

    def distance(new: Features) -> Features:
        distances: Features = np.asarray(tree.query(unit(new), k=NEIGHBOURS)[0])
        return distances[:, -1]

    return distance


def windows_of_file(path: Path, spec: SignalSpec, lead: str) -> Windows:
    """All windows of a recording."""
    microvolts = condition_long(read(path), spec, lead)
    return np.concatenate(list(windows_of(microvolts, window_starts(microvolts.shape[1], spec), spec, AT_ONCE)))


def main(corpus: Corpus, data: Path) -> None:
    """Print the share outside of each set, by features and distance."""
    for name in ("lead-I", "lead-II"):
        bundle = Bundle.open(find(name))
        (lead,), spec = bundle.manifest.leads, corpus.signal
        fitted, held_out = corpus.rows(range(1, 9)), corpus.rows([9])
        sets = {
            f"lead {other}": corpus.select(held_out, other) for other in ("I", "II", "III", "aVR", "V1", "V4", "V6")
        }
        sets["upside down"] = polarity.turned(corpus.select(held_out, lead))
        cpsc = sorted((data / "cpsc2018-sample").glob("*.mat"))
        sets["CPSC2018"] = np.concatenate([windows_of_file(path, spec, lead) for path in cpsc])
        if lead == "II":
            sets["Holter, MLII"] = windows_of_file(data / "holter-sample" / "100", spec, lead)
        print(f"\n| {name}, outside | {' | '.join(sets)} |\n|{'---|' * (len(sets) + 1)}")
        for title, compute in (("median beat", median_beats), ("last layer", last_layer(bundle))):
            reference, like = (compute(corpus.select(rows, lead), spec) for rows in (fitted, held_out))
            features = {key: compute(windows, spec) for key, windows in sets.items()}
            for kind, distance in (("Mahalanobis", mahalanobis(reference)), ("tenth neighbour", neighbour(reference))):
                limit = np.quantile(distance(like), 1 - REFUSED)
                shares = [f"{100 * np.mean(distance(vectors) > limit):.0f} %" for vectors in features.values()]
                print(f"| {title}, {kind} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main(Corpus.open(Path(sys.argv[1])), Path(sys.argv[2]))
