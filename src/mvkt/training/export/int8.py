"""From a finished run to a bundle in 8-bit whole numbers, through the gate."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from safetensors.torch import save

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import MODEL_FILE, WEIGHTS_FILE, BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import standardise
from mvkt.embedded.gate import QuantisationFigures, compare, require_equal
from mvkt.embedded.quantise import RANGES, quantise, run_network
from mvkt.errors import TrainingError
from mvkt.evaluation.result import Role, RunResult
from mvkt.training.checkpoint import load_tensors
from mvkt.training.export.bundle_folder import write_bundle
from mvkt.training.export.card import model_card
from mvkt.training.export.run_bundle import export_run
from mvkt.training.rows import FoldRows

CALIBRATION_WINDOWS = 512
"""More do not change the ranges that matter, and the histograms of some ways keep every value in memory."""


def export_int8(run: Path, role: Role, corpus: Corpus, out: Path, *, weights: bool = True) -> Bundle:
    """Make the bundle of a model of a finished run in 8-bit whole numbers.

    The weights beside it, from which other trainings can start, are in 16-bit floating point: half the size.

    The ranges are measured on training windows, in every way of :data:`mvkt.embedded.quantise.RANGES`; the network
    whose probabilities on the validation records change least is kept and has to pass the gate. The test folds are not
    read: the figures of the bundle are those of the float32 network, and what 8 bits changed stands beside them.

    Args:
        run: The folder.
        role: Which of its models.
        corpus: That the run was trained on.
        out: As :func:`mvkt.training.export.bundle_folder.export_bundle`.
        weights: Whether a training is to be able to start from the bundle.

    Raises:
        ResultError: The run is not finished.
        TrainingError: It was trained on another corpus.
        ExportMismatchError: The network does not pass the gate, or the float32 export fails already.
        BundleError: As :func:`mvkt.training.export.bundle_folder.export_bundle`.
    """
    result = RunResult.load(run / "result.json")
    training, validation = _rows(result, corpus)
    with tempfile.TemporaryDirectory() as folder:
        exact = export_run(run, role, Path(folder) / "float32", weights=weights)
        network, manifest = (exact.path / MODEL_FILE).read_bytes(), exact.manifest
        kept = {WEIGHTS_FILE: _halved(exact.path / WEIGHTS_FILE)} if weights else {}
    quantised, figures = choose(network, manifest, training, validation)
    require_equal(figures)
    complete = manifest.model_copy(
        update={
            "provenance": {**manifest.provenance, "precision": "int8"},
            "figures": {**manifest.figures, "int8": figures.model_dump(mode="json")},
        }
    )
    # Bundle.open checks all that is left to be checked: that the file runs and fits the manifest.
    contents = {MODEL_FILE: quantised, **kept}
    return write_bundle(complete, contents, model_card(result, role, complete), out, lambda _: None)


def choose(
    network: bytes, manifest: BundleManifest, training: FoldRows, validation: FoldRows
) -> tuple[bytes, QuantisationFigures]:
    """Quantise a network in every way and return the network that changes the probabilities least.

    Args:
        network: ONNX in float32.
        manifest: Of its bundle.
        training: Rows whose windows the ranges are measured on.
        validation: Rows to choose by.

    Returns:
        The 8-bit network and what became of it on the validation rows.
    """
    spread = np.linspace(0, len(training) - 1, min(CALIBRATION_WINDOWS, len(training))).astype(np.int64)
    to_measure = training.select(spread, manifest.view)
    to_compare = validation.select(np.arange(len(validation)), manifest.view)
    calibration, windows = (standardise(microvolts, manifest.signal) for microvolts in (to_measure, to_compare))
    beats = manifest.rhythm_shift(to_compare)
    exact = validation.predictions(run_network(network, windows) + beats)
    tried = []
    for ranges in RANGES:
        quantised = quantise(network, calibration, ranges)
        predictions = validation.predictions(run_network(quantised, windows) + beats)
        sizes = (len(quantised), len(network))
        figures = compare(
            exact, predictions, manifest, ranges=ranges, calibration_windows=len(calibration), sizes=sizes
        )
        tried.append((quantised, figures))
    return min(tried, key=lambda pair: pair[1].absolute_change)


def _halved(path: Path) -> bytes:
    """Return weights in 16-bit floating point; what counts batches stays whole."""
    tensors = load_tensors(path)
    return save({name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()})


def _rows(result: RunResult, corpus: Corpus) -> tuple[FoldRows, FoldRows]:
    """Return the training and the validation rows of a run, and no others."""
    if corpus.manifest.signals_checksum != result.corpus.checksum:
        raise TrainingError(
            f"the run was trained on another corpus than {corpus.path}: 8-bit ranges and the comparison need the "
            "recordings of its training and validation folds"
        )
    min_samples = result.recipe.get("min_samples", 0)
    targets = corpus.targets(result.task, min_samples).only(result.classes)
    return FoldRows(corpus, result.split["training"], targets), FoldRows(corpus, result.split["validation"], targets)
