"""A whole run in a call: recipe and corpus by name, path or object; ``mvkt.train`` in Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError
from mvkt.evaluation.result import RunResult
from mvkt.training.own import NAME as OWN
from mvkt.training.own import own_recipe
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import Reporter, SilentReporter
from mvkt.training.run import train_run


def train_recipe(
    recipe: Recipe | str | Path,
    corpus: Corpus | str | Path,
    out: str | Path,
    *,
    unlabelled: Sequence[Corpus | str | Path] = (),
    changes: Sequence[str] = (),
    resume: bool = False,
    teacher_run: str | Path | None = None,
    reporter: Reporter | None = None,
) -> RunResult:
    """Train teacher, baseline and student, measure them on the test folds, and write bundle and report.

    Args:
        recipe: A recipe, a TOML file, or the name of a recipe that comes with mvkt (``mvkt list recipes``); ``"own"``
            makes a recipe for the corpus: its task, its leads, its size.
        corpus: A prepared corpus, its folder, or its URL in a store.
        out: The run folder; must not exist unless ``resume``. The bundle is in ``out/bundle``.
        unlabelled: Further corpora, or their folders, from which students learn without labels.
        changes: ``key=value`` with dotted keys, such as ``student.training.epochs=5``.
        resume: Go on with a run that was stopped.
        teacher_run: Folder of a run whose teacher is taken instead of training.
        reporter: Shows the progress; by default nothing is shown.

    Returns:
        What the networks are worth: ``result.models.student.evaluation.macro_auc``, ``result.transfer``, and so on.

    Raises:
        RecipeError: The recipe has faults or does not fit the corpus; all faults are in the message.
        CorpusError: There is no such corpus.
        TrainingError: The folder is taken or belongs to another recipe, or training cannot go on.
    """
    reporter = reporter or SilentReporter()
    if isinstance(recipe, Recipe) and changes:
        raise RecipeError("changes are for a recipe given by name or file; change this one by model_copy")
    if not isinstance(recipe, Recipe) and recipe != OWN:
        recipe = Recipe.load(recipe, changes)
    opened, *others = (given if isinstance(given, Corpus) else Corpus.open(given) for given in (corpus, *unlabelled))
    if not isinstance(recipe, Recipe):
        own = own_recipe(opened, changes)
        recipe = own.recipe
        for choice in own.choices:
            reporter.message(choice)
    teacher = None if teacher_run is None else Path(teacher_run)
    return train_run(recipe, opened, Path(out), reporter, unlabelled=others, resume=resume, teacher_run=teacher)
