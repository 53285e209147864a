"""Run a bundle over labelled rows of a corpus: the counterpart of :mod:`mvkt.training.predict` without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, CorpusError
from mvkt.evaluation.predictions import Predictions
from mvkt.training.bundle_targets import ALIKE, bundle_targets
from mvkt.training.rows import FoldRows

_WINDOWS_AT_ONCE = 256


def predict_bundle(
    bundle: Bundle,
    corpus: Corpus,
    folds: Collection[int],
    update: Callable[[int, int], None],
    *,
    labelled: bool = True,
    meanings: Mapping[str, str] = ALIKE,
) -> Predictions:
    """Run a bundle over the rows of some folds whose labels are known.

    A corpus with another task may have labels of but some of the bundle's classes: then the predictions have these
    alone, see :func:`~mvkt.training.bundle_targets.bundle_labels`.

    Args:
        bundle: The student.
        corpus: The recordings.
        folds: Which of them.
        update: Called with the windows that are done and their number.
        labelled: False takes all rows of the folds, whatever is known of them; their targets mean nothing then.
        meanings: Code in the corpus to the class of the bundle that it means, where they differ.

    Raises:
        BundleError: The corpus was prepared in another way than the bundle needs, or has no labels of its classes,
            or none with a code of ``meanings``.
        CorpusError: The folds do not exist, or none of their records has a known label for every class.
    """
    manifest = bundle.manifest
    _check_signal(manifest.signal, corpus.signal)
    rows = _labelled_rows(manifest, corpus, folds, meanings) if labelled else _all_rows(manifest, corpus, folds)
    columns = manifest.columns(rows.classes)
    logits = []
    for positions in rows.chunks(_WINDOWS_AT_ONCE):
        windows = rows.select(positions, manifest.view)
        logits.append(bundle.logits_of(windows, rows.age[positions], rows.sex[positions])[:, columns])
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


def _labelled_rows(
    manifest: BundleManifest, corpus: Corpus, folds: Collection[int], meanings: Mapping[str, str]
) -> FoldRows:
    unknown = set(folds) - set(corpus.manifest.folds)
    if unknown:
        raise CorpusError(f"there is no fold {_listed(unknown)}; the corpus has {_listed(corpus.manifest.folds)}")
    targets = bundle_targets(manifest, corpus, meanings)
    if not targets.known[corpus.rows(folds)].all(axis=1).any():
        raise CorpusError(
            f"fold {_listed(folds)} has no record whose labels are known for {', '.join(targets.classes)}"
        )
    return FoldRows(corpus, folds, targets, complete=True)


def _listed(folds: Collection[int]) -> str:
    return ", ".join(map(str, sorted(folds)))
