"""The plan of a student that learns from a teacher from elsewhere, on recordings with few labels or none."""

from __future__ import annotations

import numpy as np

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import Split
from mvkt.corpora.label_sets import Targets
from mvkt.errors import RecipeError
from mvkt.training.plan import Plan, fold_faults, view_faults
from mvkt.training.recipe import Recipe
from mvkt.training.rows import FoldRows
from mvkt.training.starts import resolve_starts
from mvkt.training.teachers.outside_teacher import TeacherOutputs
from mvkt.training.unlabelled import Unlabelled

_LOSS = "mkd"


def outside_plan(recipe: Recipe, corpus: Corpus, outputs: TeacherOutputs) -> Plan:
    """Check a recipe against a corpus and what a teacher gives for it.

    Training rows are those of which the teacher gives something or a label is known; validation and test rows are those
    of which the teacher gives everything. A class is learned when the teacher finds it in more records than the
    recipe's ``min_samples``.

    Raises:
        RecipeError: The recipe needs more of a teacher than logits, the corpus lacks leads or folds, or the teacher
            finds nothing that can be learned and measured.
    """
    split = require_learnable(recipe, corpus)
    recipe, starts = resolve_starts(recipe, {"student": recipe.student}, corpus, split)
    taught = outputs.frequent(corpus.record_id, recipe.min_samples)
    if not taught.facts.classes:
        raise RecipeError(
            f"{outputs.facts.name} finds none of its classes in more than {recipe.min_samples} records of "
            f"{corpus.path}; give more recordings, or a lower min_samples"
        )
    found, labels = taught.targets(), label_targets(corpus, taught)
    known = found.labelled if labels is None else found.labelled | labels.labelled
    rows = corpus.rows(split.training)
    nothing = np.zeros_like(found.matrix)
    learned = labels or Targets.of(found.classes, found.titles, nothing, nothing)
    training = FoldRows.of_rows(corpus, rows[known[rows]], learned)
    _require_both_ways(corpus, found, split.validation, "validation")
    _require_both_ways(corpus, found, split.test, "test")
    validation = FoldRows(corpus, split.validation, found, complete=True)
    return Plan(recipe, corpus, split, found, training, validation, Unlabelled((), ()), starts, taught, labels)


def require_learnable(recipe: Recipe, corpus: Corpus) -> Split:
    """Check a recipe against a corpus, as far as this needs no teacher, and return its folds.

    Raises:
        RecipeError: The recipe needs more of a teacher than logits, or the corpus lacks leads or folds.
    """
    split = recipe.folds or corpus.manifest.recommended_split
    faults = [*view_faults({"student": recipe.student}, corpus), *fold_faults(split, corpus)]
    if set(recipe.transfer.weights) != {_LOSS}:
        faults.append(f"a teacher from elsewhere gives logits alone: give transfer.{_LOSS} a weight, and no other loss")
    if recipe.student.auxiliary_task or recipe.student.pretraining:
        faults.append("student.auxiliary_task and student.pretraining need labels: leave them out")
    if faults:
        raise RecipeError(f"{corpus.path} cannot be learned from:" + "".join(f"\n  {fault}" for fault in faults))
    return split


def label_targets(corpus: Corpus, outputs: TeacherOutputs) -> Targets | None:
    """Return the labels that a corpus has of the classes of a teacher; None where it has none.

    Raises:
        RecipeError: The corpus has labels, but none of these classes.
    """
    tasks = corpus.manifest.tasks
    classes = outputs.facts.classes
    if not tasks:
        return None
    name = outputs.facts.task if outputs.facts.task in tasks else next(iter(tasks))
    theirs = corpus.targets(name)
    common = [code for code in classes if code in theirs.classes]
    if not common:
        raise RecipeError(
            f"the labels are {', '.join(theirs.classes)}, and the teacher knows {', '.join(classes)}: none is in both; "
            "name the labels as the teacher does, or leave them out"
        )
    matrix, known = (np.zeros((len(corpus), len(classes)), dtype=np.bool_) for _ in range(2))
    for code in common:
        column, theirs_column = classes.index(code), theirs.classes.index(code)
        matrix[:, column] = theirs.matrix[:, theirs_column]
        known[:, column] = theirs.known[:, theirs_column]
    return Targets.of(classes, outputs.task.titles, matrix, known)


def _require_both_ways(corpus: Corpus, found: Targets, folds: tuple[int, ...], part: str) -> None:
    """Refuse a part in which the teacher finds no class in some records and not in others: nothing could be chosen."""
    rows = corpus.rows(folds)
    complete = np.asarray(found.known[rows].all(axis=1))
    matrix = found.matrix[rows[complete]]
    if not len(matrix) or not (matrix.any(axis=0) & ~matrix.all(axis=0)).any():
        raise RecipeError(
            f"the teacher finds no class in some of the {len(matrix):,} windows of the {part} folds and not in others; "
            "give more recordings"
        )
