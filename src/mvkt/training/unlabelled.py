"""Which recordings without labels may be learned from, and why others may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import Split
from mvkt.ecg.signal import MISSING
from mvkt.errors import LeadError, RecipeError
from mvkt.training.recipe import Recipe
from mvkt.training.rows import FoldRows

_ROWS_AT_ONCE = 512
_SAME = 0.95
"""Correlation over a whole window from which two windows count as the same recording."""


@dataclass(frozen=True)
class Unlabelled:
    """Rows that students may learn from without labels.

    Attributes:
        rows: Of each corpus.
        notes: How many there are, and how many were left out and why, a line each corpus.
    """

    rows: tuple[FoldRows, ...]
    notes: tuple[str, ...]


def unlabelled_rows(
    recipe: Recipe, corpus: Corpus, split: Split, classes: tuple[str, ...], others: Sequence[Corpus]
) -> Unlabelled:
    """Return the rows that students may learn from without labels.

    Left out is every recording of a patient of the validation or test folds, and every recording that equals one of
    those folds under another name: their signals correlate by more than 0.95.

    Args:
        recipe: What is trained.
        corpus: With the labels.
        split: Of its folds.
        classes: That are learned.
        others: Further corpora.

    Raises:
        RecipeError: Another corpus was prepared in another way, lacks a lead, or is the corpus itself.
    """
    found: list[tuple[Corpus, NDArray[np.int64]]] = []
    notes: list[str] = []
    if recipe.unlabelled_folds:
        strangers = sorted(set(recipe.unlabelled_folds) - set(split.training))
        if strangers:
            raise RecipeError(f"unlabelled_folds: {', '.join(map(str, strangers))} is no training fold")
        hidden = corpus.rows(recipe.unlabelled_folds)
        found.append((corpus, hidden))
        notes.append(f"{len(hidden):,} windows of the training folds without their labels")
    held_out = corpus.rows((*split.validation, *split.test))
    for other in others:
        _check(recipe, corpus, other)
        same_source = other.manifest.source == corpus.manifest.source
        patients = np.unique(corpus.patient_id[held_out]) if same_source else np.empty(0, dtype=np.str_)
        of_patients = np.isin(other.patient_id, patients)
        copies = ~of_patients & _copies(corpus, held_out, other, recipe.student.view)
        kept = np.flatnonzero(~of_patients & ~copies).astype(np.int64)
        found.append((other, kept))
        notes.append(
            f"{len(kept):,} windows of {other.manifest.source} without labels; left out: {int(of_patients.sum()):,} of "
            f"patients of validation and test folds, {int(copies.sum()):,} that are copies of windows there"
        )
    made = [FoldRows.unlabelled(each, rows, classes) for each, rows in found if len(rows)]
    return Unlabelled(tuple(made), tuple(notes))


def _check(recipe: Recipe, corpus: Corpus, other: Corpus) -> None:
    if other.manifest.checksums == corpus.manifest.checksums:
        raise RecipeError(
            f"the unlabelled corpus {other.path} is the labelled corpus itself; to hide labels, name unlabelled_folds"
        )
    different = [
        f"{name} {getattr(other.signal, name)} instead of {getattr(corpus.signal, name)}"
        for name in ("sampling_frequency", "band", "window_seconds")
        if getattr(other.signal, name) != getattr(corpus.signal, name)
    ]
    if different:
        raise RecipeError(
            f"the unlabelled corpus {other.path} was prepared in another way ({'; '.join(different)}); prepare it again"
        )
    for network in (recipe.student, *recipe.teachers):
        try:
            other.select([], network.view)
        except LeadError as error:
            raise RecipeError(f"the unlabelled corpus {other.path} lacks leads: {error}") from error


def _copies(corpus: Corpus, held_out: NDArray[np.int64], other: Corpus, view: str) -> NDArray[np.bool_]:
    """Which windows of another corpus are, but for noise and gain, windows of the held-out rows."""
    known = np.concatenate([*_signatures(corpus, held_out, view)]) if len(held_out) else np.empty((0, 1), np.float32)
    same = []
    for signatures in _signatures(other, np.arange(len(other), dtype=np.int64), view):
        same.append((signatures @ known.T > _SAME).any(axis=1) if len(known) else np.zeros(len(signatures), np.bool_))
    return np.concatenate(same)


def _signatures(corpus: Corpus, rows: NDArray[np.int64], view: str) -> Iterator[NDArray[np.float32]]:
    """Yield ``(windows, samples)`` of the first lead, of length 1 each: a product of two is their correlation."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        signal = corpus.select(rows[start : start + _ROWS_AT_ONCE], view)[:, 0].astype(np.float32)
        signal[signal == MISSING] = 0
        signal -= signal.mean(axis=1, keepdims=True)
        yield signal / np.maximum(np.linalg.norm(signal, axis=1, keepdims=True), 1e-6)
