"""Run a bundle over labelled rows of a corpus: the counterpart of :mod:`mvkt.training.predict` without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import Targets
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, CorpusError
from mvkt.evaluation.predictions import Predictions
from mvkt.training.rows import FoldRows

_WINDOWS_AT_ONCE = 256


def predict_bundle(
    bundle: Bundle,
    corpus: Corpus,
    folds: Collection[int],
    update: Callable[[int, int], None],
    *,
    labelled: bool = True,
) -> Predictions:
    """Run a bundle over the rows of some folds whose labels are known.

    Args:
        bundle: The student.
        corpus: The recordings.
        folds: Which of them.
        update: Called with the windows that are done and their number.
        labelled: False takes all rows of the folds, whatever is known of them; their targets mean nothing then.

    Raises:
        BundleError: The corpus was prepared in another way than the bundle needs, or lacks its task.
        CorpusError: The folds do not exist, or none of their records has a known label for every class.
    """
    manifest = bundle.manifest
    _check_signal(manifest.signal, corpus.signal)
    rows = _labelled_rows(manifest, corpus, folds) if labelled else _all_rows(manifest, corpus, folds)
    logits = []
    for positions in rows.chunks(_WINDOWS_AT_ONCE):
        windows = rows.select(positions, manifest.view)
        logits.append(bundle.logits_of(windows, rows.age[positions], rows.sex[positions]))
        update(int(positions[-1]) + 1, len(rows))
    return rows.predictions(np.concatenate(logits))


def _check_signal(bundle: SignalSpec, corpus: SignalSpec) -> None:
    """Compare what is stored in a corpus; it is standardised for the bundle when it is read."""
    differences = [
        f"{name}: {getattr(bundle, name)} in the bundle, {getattr(corpus, name)} in the corpus"
        for name in ("sampling_frequency", "band", "window_seconds", "hop_seconds")
        if getattr(bundle, name) != getattr(corpus, name)
    ]
    if differences:
        raise BundleError(
            f"the corpus was prepared in another way than the bundle needs ({'; '.join(differences)}); "
            "prepare it again with the signal settings of the bundle"
        )


def _all_rows(manifest: BundleManifest, corpus: Corpus, folds: Collection[int]) -> FoldRows:
    rows = FoldRows.unlabelled(corpus, corpus.rows(folds), manifest.classes)
    if not len(rows):
        raise CorpusError(f"folds {sorted(folds)} hold no record; the corpus has folds {sorted(corpus.manifest.folds)}")
    return rows


def _labelled_rows(manifest: BundleManifest, corpus: Corpus, folds: Collection[int]) -> FoldRows:
    unknown = set(folds) - set(corpus.manifest.folds)
    if unknown:
        raise CorpusError(f"there is no fold {_listed(unknown)}; the corpus has {_listed(corpus.manifest.folds)}")
    targets = _targets(manifest, corpus)
    if not targets.known[corpus.rows(folds)].all(axis=1).any():
        raise CorpusError(
            f"fold {_listed(folds)} has no record whose labels are known for {', '.join(manifest.classes)}"
        )
    return FoldRows(corpus, folds, targets, complete=True)


def _targets(manifest: BundleManifest, corpus: Corpus) -> Targets:
    """Return the targets of a bundle's classes for all rows of a corpus.

    A class that the corpus does not have is nowhere positive. Records that have only other classes of the task are
    negatives where the recipe chose some classes, as in training; else they are left out. Records that were read and
    have no class at all are negatives.
    """
    tasks = corpus.manifest.tasks
    if manifest.task not in tasks:
        raise BundleError(f"the bundle is for task {manifest.task!r}; the corpus has {', '.join(tasks)}")
    recipe = manifest.provenance.get("recipe", {})
    found = corpus.targets(manifest.task, recipe.get("min_samples", 0))
    shape = (len(found.matrix), len(manifest.classes))
    matrix, known = np.zeros(shape, dtype=np.bool_), np.ones(shape, dtype=np.bool_)
    for column, code in enumerate(manifest.classes):
        if code in found.classes:
            place = found.classes.index(code)
            matrix[:, column], known[:, column] = found.matrix[:, place], found.known[:, place]
    labelled = found.labelled
    if not recipe.get("classes"):
        labelled = matrix.any(axis=1) | (labelled & ~found.matrix.any(axis=1))
    return Targets(manifest.classes, found.titles, matrix, labelled, known & labelled[:, np.newaxis])


def _listed(folds: Collection[int]) -> str:
    return ", ".join(map(str, sorted(folds)))
