"""Which labels of a corpus are those of a bundle's classes, and the targets that follow."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mvkt.bundle.manifest import BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import OWN_LABELS, Targets
from mvkt.errors import BundleError, hint

ALIKE: Mapping[str, str] = MappingProxyType({})
"""No label has another code in the corpus than in the bundle."""

_MOST_LISTED = 12


class BundleLabels(NamedTuple):
    """What a corpus states of the classes of a bundle.

    Attributes:
        task: Of the corpus; empty where it has no label of any class.
        codes: Class of the bundle to its codes in the corpus, in the order of the bundle; other classes are unknown.
    """

    task: str
    codes: Mapping[str, tuple[str, ...]]


def bundle_labels(manifest: BundleManifest, corpus: Corpus, meanings: Mapping[str, str] = ALIKE) -> BundleLabels:
    """Find the labels of a corpus that are those of a bundle.

    Where the corpus has the bundle's task these are the labels of all classes; of a table of own labels those with the
    code of a class. Codes of other published tasks may mean something else, so they count only where it is stated.

    Args:
        manifest: Of the bundle.
        corpus: The recordings.
        meanings: Code in the corpus to the class of the bundle that it means.

    Raises:
        BundleError: The bundle has no such class, or no task of the corpus has all of these codes.
    """
    unknown = [code for code in meanings.values() if code not in manifest.classes]
    if unknown:
        raise BundleError(
            f"{manifest.name} has no class {unknown[0]!r}; {hint(unknown[0], manifest.classes, 'it has')}"
        )
    tasks = corpus.manifest.tasks
    fitting = [name for name, task in tasks.items() if set(meanings) <= set(task.titles)]
    if meanings and not fitting:
        everything = list(dict.fromkeys(code for task in tasks.values() for code in task.titles))
        absent = next((code for code in meanings if code not in everything), None)
        raise BundleError(
            f"the corpus has no label {absent!r}; {hint(absent, everything, 'it has')}"
            if absent is not None
            else f"no task of the corpus has all of {', '.join(meanings)}; take those of one task"
        )
    same = [name for name in (manifest.task, OWN_LABELS) if name in fitting]
    name = same[0] if same else fitting[0] if meanings else ""
    shared = manifest.classes if name == manifest.task else tasks[name].titles if name == OWN_LABELS else ()
    meant = {code: code for code in shared if code in manifest.classes} | dict(meanings)
    codes = {kind: tuple(code for code in meant if meant[code] == kind) for kind in manifest.classes}
    found = {kind: some for kind, some in codes.items() if some}
    return BundleLabels(name if found else "", found)


def why_no_labels(manifest: BundleManifest, corpus: Corpus) -> str:
    """Return why a corpus has no label of any class of a bundle."""
    tasks = corpus.manifest.tasks
    if not tasks:
        return "the corpus has no labels"
    advice = "if some mean the same, --label CODE=CLASS states it"
    if OWN_LABELS not in tasks:
        return f"the bundle is for task {manifest.task!r}; the corpus has {', '.join(tasks)}; {advice}"
    theirs = list(tasks[OWN_LABELS].titles)
    more = ", ..." if len(theirs) > _MOST_LISTED else ""
    return (
        f"none of the labels of the corpus ({', '.join(theirs[:_MOST_LISTED])}{more}) is a class of the bundle "
        f"({', '.join(manifest.classes)}); {advice}"
    )


def bundle_targets(manifest: BundleManifest, corpus: Corpus, meanings: Mapping[str, str] = ALIKE) -> Targets:
    """Return the targets of the classes of a bundle that a corpus has labels of, for all its rows.

    A class that nobody there has is nowhere positive. Of the bundle's own task, records that have only other classes
    are negatives where the recipe chose some classes, as in training; else they are left out. Elsewhere they are
    negatives. Records that were read and have no class at all are negatives.

    Raises:
        BundleError: See :func:`bundle_labels`; or there is no label of any class.
    """
    task, codes = bundle_labels(manifest, corpus, meanings)
    if not codes:
        raise BundleError(why_no_labels(manifest, corpus))
    own_task = task == manifest.task
    recipe = manifest.provenance.get("recipe", {}) if own_task else {}
    found = corpus.targets(task, recipe.get("min_samples", 0))
    shape = (len(found.matrix), len(codes))
    matrix, known = np.zeros(shape, dtype=np.bool_), np.ones(shape, dtype=np.bool_)
    for column, some in enumerate(codes.values()):
        places = [found.classes.index(code) for code in some if code in found.classes]
        if places:
            matrix[:, column] = found.matrix[:, places].any(axis=1)
            known[:, column] = matrix[:, column] | found.known[:, places].all(axis=1)
    labelled = found.labelled
    if own_task and not recipe.get("classes"):
        labelled = matrix.any(axis=1) | (labelled & ~found.matrix.any(axis=1))
    return Targets(tuple(codes), found.titles, matrix, labelled, known & labelled[:, np.newaxis])
