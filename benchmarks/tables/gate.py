"""What 8 bits and C code change of a bundle on real recordings: the figures of the gate, and C against ONNX Runtime.

python -m benchmarks.tables.gate BUNDLE CORPUS [--cc gcc]

The bundle is one in float32, such as that of a run. The corpus is the one that it was trained on; its recommended
training folds give the ranges, its validation folds the figures. Test folds are not read.
"""

from __future__ import annotations

import argparse
import ctypes
import tempfile
from pathlib import Path

import numpy as np
from benchmarks.speed.c_code import run
from numpy.typing import NDArray
from scipy.special import expit

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import MODEL_FILE
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import standardise
from mvkt.embedded.c_source import write_c
from mvkt.training.export.bundle_folder import write_bundle
from mvkt.training.export.int8 import choose
from mvkt.training.rows import FoldRows


def in_c(bundle: Bundle, windows: NDArray[np.float32], compiler: str, folder: Path) -> NDArray[np.float32]:
    """Return the logits of the bundle's C code."""
    source, library = folder / "student.c", folder / f"{bundle.manifest.name}.so"
    write_c(bundle, source)
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    run([compiler, *flags, "-o", library, source, "-lm"])
    student = ctypes.CDLL(str(library)).mvkt_judge
    logits = np.empty((len(windows), len(bundle.manifest.classes)), dtype=np.float32)
    for window, row in zip(windows, logits, strict=True):
        assert student(*(array.ctypes.data_as(ctypes.c_void_p) for array in (window, row))) == 0
    return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--cc", default="gcc")
    arguments = parser.parse_args()
    exact, corpus = Bundle.open(find(arguments.bundle)), Corpus.open(arguments.corpus)
    manifest, split = exact.manifest, corpus.manifest.recommended_split
    targets = corpus.targets(manifest.task).only(manifest.classes)
    training, validation = FoldRows(corpus, split.training, targets), FoldRows(corpus, split.validation, targets)
    network, figures = choose((exact.path / MODEL_FILE).read_bytes(), manifest, training, validation)
    print(figures.model_dump_json(indent=2))
    windows = standardise(validation.select(np.arange(len(validation)), manifest.view), manifest.signal)
    temperatures = np.array(manifest.temperatures)
    with tempfile.TemporaryDirectory() as folder:
        renamed = manifest.model_copy(update={"name": "int8"})
        small = write_bundle(renamed, {MODEL_FILE: network}, "", Path(folder) / "int8", lambda _: None)
        for bundle in (exact, small):
            code, runtime = in_c(bundle, windows, arguments.cc, Path(folder)), bundle.logits(windows)
            gap, change = np.abs(code - runtime), np.abs(expit(code / temperatures) - expit(runtime / temperatures))
            print(f"{bundle.manifest.name} in C, {len(windows)} windows: at most {gap.max():.2g} in a logit", end="")
            print(f" and {change.max():.2g} in a probability from ONNX Runtime")


if __name__ == "__main__":
    main()
