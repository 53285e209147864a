"""Run a bundle over labelled rows of a corpus: the counterpart of :mod:`mvkt.training.predict` without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import OWN_LABELS, Targets
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

    A table of labels that somebody wrote for own recordings may have but some of the bundle's classes: then the
    predictions have these alone, see :func:`classes_with_labels`.

    Args:
        bundle: The student.
        corpus: The recordings.
        folds: Which of them.
        update: Called with the windows that are done and their number.
        labelled: False takes all rows of the folds, whatever is known of them; their targets mean nothing then.

    Raises:
        BundleError: The corpus was prepared in another way than the bundle needs, or has no labels of its classes.
        CorpusError: The folds do not exist, or none of their records has a known label for every class.
    """
    manifest = bundle.manifest
    _check_signal(manifest.signal, corpus.signal)
    rows = _labelled_rows(manifest, corpus, folds) if labelled else _all_rows(manifest, corpus, folds)
    columns = [manifest.classes.index(code) for code in rows.classes]
    logits = []
    for positions in rows.chunks(_WINDOWS_AT_ONCE):
        windows = rows.select(positions, manifest.view)
        logits.append(bundle.logits_of(windows, rows.age[positions], rows.sex[positions])[:, columns])
        update(int(positions[-1]) + 1, len(rows))
    return rows.predictions(np.concatenate(logits))


def classes_with_labels(manifest: BundleManifest, corpus: Corpus) -> tuple[str, ...]:
    """Return the classes of a bundle that a corpus has labels of.

    All of them where the corpus has the bundle's task. Of a table of own labels those with a code of the bundle. None
    where neither is there, as the codes of two published tasks may differ in what they mean.
    """
    tasks = corpus.manifest.tasks
    if manifest.task in tasks:
        return manifest.classes
    own = tasks[OWN_LABELS].titles if OWN_LABELS in tasks else ()
    return tuple(code for code in manifest.classes if code in own)


def why_no_labels(manifest: BundleManifest, corpus: Corpus) -> str:
    """Return why a corpus has no label of any class of a bundle."""
    tasks = corpus.manifest.tasks
    if not tasks:
        return "the corpus has no labels"
    if OWN_LABELS not in tasks:
        return f"the bundle is for task {manifest.task!r}; the corpus has {', '.join(tasks)}"
    theirs = list(tasks[OWN_LABELS].titles)
    return (
        f"none of the labels of the corpus ({', '.join(theirs[:12])}{', ...' * (len(theirs) > 12)}) is a class of the "
        f"bundle ({', '.join(manifest.classes)}); write them alike in the table of labels"
    )


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
            f"fold {_listed(folds)} has no record whose labels are known for {', '.join(targets.classes)}"
        )
    return FoldRows(corpus, folds, targets, complete=True)


def _targets(manifest: BundleManifest, corpus: Corpus) -> Targets:
    """Return the targets of the classes of a bundle that a corpus has labels of, for all its rows.

    A class that nobody there has is nowhere positive. Records that have only other classes of the task are
    negatives where the recipe chose some classes, as in training; else they are left out. Records that were read and
    have no class at all are negatives, and so is what has only other classes of a table of own labels.
    """
    classes = classes_with_labels(manifest, corpus)
    if not classes:
        raise BundleError(why_no_labels(manifest, corpus))
    own = manifest.task not in corpus.manifest.tasks
    recipe = {} if own else manifest.provenance.get("recipe", {})
    found = corpus.targets(OWN_LABELS if own else manifest.task, recipe.get("min_samples", 0))
    shape = (len(found.matrix), len(classes))
    matrix, known = np.zeros(shape, dtype=np.bool_), np.ones(shape, dtype=np.bool_)
    for column, code in enumerate(classes):
        if code in found.classes:
            place = found.classes.index(code)
            matrix[:, column], known[:, column] = found.matrix[:, place], found.known[:, place]
    labelled = found.labelled
    if not own and not recipe.get("classes"):
        labelled = matrix.any(axis=1) | (labelled & ~found.matrix.any(axis=1))
    return Targets(classes, found.titles, matrix, labelled, known & labelled[:, np.newaxis])


def _listed(folds: Collection[int]) -> str:
    return ", ".join(map(str, sorted(folds)))
