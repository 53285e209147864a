"""The recipe ``own``: what to train on your own corpus, chosen from what the corpus holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mvkt.bundle.manifest import BundleManifest
from mvkt.bundle.packaged import manifests
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.leads import STANDARD_LEADS, view_leads
from mvkt.errors import RecipeError
from mvkt.settings import parse_change
from mvkt.training.merge import merge
from mvkt.training.recipe import Recipe, find_recipe, parse_recipe, recipe_data

NAME = "own"
TRANSFER = "transfer"
_BASE = "ptbxl-superdiagnostic-lead-I"
_PREFERRED = ("I", "II")
_STEPS, _BATCH = 2_000, 64
_FEWEST_EPOCHS, _MOST_EPOCHS = 20, 100
_FEWEST_BATCHES = 8
_FEWEST_FOUND = 20
_SHARE_OF_PERSONS = 0.5


@dataclass(frozen=True)
class OwnRecipe:
    """A recipe made for a corpus.

    Attributes:
        recipe: Complete.
        choices: What was chosen and why, a line each.
    """

    recipe: Recipe
    choices: tuple[str, ...]


def own_recipe(corpus: Corpus, changes: Sequence[str] = ()) -> OwnRecipe:
    """Choose task, views, networks and length of training for a corpus.

    Args:
        corpus: What to train on.
        changes: ``key=value`` as of :func:`mvkt.training.recipe.load_recipe`; they win over what is chosen.

    Raises:
        RecipeError: The corpus has no labels, or several tasks and none is chosen; or a change is wrong.
    """
    given: dict[str, Any] = {}
    for change in changes:
        key, value = parse_change(change)
        given = merge(given, {key: value})
    task, why_task = _task(corpus, given.get("task"))
    view = given.get("student", {}).get("view") or next((lead for lead in _PREFERRED if lead in corpus.leads), None)
    view = view or corpus.leads[0]
    teacher = given.get("teacher", {}).get("view") or _all_leads(corpus)
    records = int(corpus.targets(task).labelled[corpus.rows(corpus.manifest.recommended_split.training)].sum())
    batch, epochs = _batch_and_epochs(records)
    data = merge(recipe_data(find_recipe(_BASE)), _changes(corpus, given, task, view, teacher, epochs, batch))
    starts = {
        role: start
        for role, seen in (("student", view), ("teacher", teacher))
        if not _begins_otherwise(given.get(role, {})) and (start := packaged_start(corpus, seen))
    }
    for role, (name, manifest) in starts.items():
        begun = {"start": name, "standardise": manifest.signal.standardise, "pretraining": ""}
        data = merge(data, {role: begun})
    if given.get("student", {}).get("start", "none") not in ("", "none"):
        data = merge(data, {"student": {"pretraining": ""}})
    recipe = parse_recipe(merge(data, given), f"the recipe {NAME!r}, changed")
    chosen = (
        f"{role}: {name} of the box sees its leads and is its start; --set {role}.start=none for random weights"
        for role, (name, _) in starts.items()
        if role == "student" or recipe.transfer.uses_teacher
    )
    return OwnRecipe(recipe, (f"task {task}: {why_task}", *_choices(recipe, records), *chosen))


def _begins_otherwise(changes: Mapping[str, Any]) -> bool:
    """Whether it is chosen what a network begins with: a start or none, a pretraining, or another backbone."""
    return "start" in changes or "model" in changes or bool(changes.get("pretraining"))


def packaged_start(corpus: Corpus, view: str) -> tuple[str, BundleManifest] | None:
    """Return the network in the box from which a network of a view can go on; None where none sees its leads.

    Where several do, it is the one whose windows are as long as those of the corpus, or the nearest.
    """
    fitting = [
        (name, manifest)
        for name, manifest in manifests().items()
        if manifest.leads == view_leads(view)
        and manifest.signal.sampling_frequency == corpus.signal.sampling_frequency
        and manifest.signal.band == corpus.signal.band
    ]
    seconds = corpus.signal.window_seconds
    return min(fitting, key=lambda each: abs(each[1].signal.window_seconds - seconds), default=None)


def student_of_archive(corpus: Corpus, view: str, task: str, changes: Sequence[str] = ()) -> OwnRecipe:
    """Choose network and length of training for a student that learns from a teacher from elsewhere.

    Args:
        corpus: What to train on.
        view: Leads of the student.
        task: Label set of the teacher.
        changes: ``key=value`` as of :func:`mvkt.training.recipe.load_recipe`; they win over what is chosen.

    Raises:
        RecipeError: A change is wrong.
    """
    given: dict[str, Any] = {}
    for change in changes:
        key, value = parse_change(change)
        given = merge(given, {key: value})
    windows = len(corpus.rows(corpus.manifest.recommended_split.training))
    batch, epochs = _batch_and_epochs(windows)
    data = merge(recipe_data(find_recipe(_BASE)), _changes(corpus, given, task, view, view, epochs, batch))
    data = merge(data, {"name": TRANSFER, "min_samples": _FEWEST_FOUND, "student": {"pretraining": ""}})
    data = merge(data, {"transfer": {"mkd": 1.0}, "teacher_sees": "record"})
    recipe = parse_recipe(merge(data, given), f"the recipe {TRANSFER!r}, changed")
    student, training = recipe.student, recipe.student.training
    return OwnRecipe(
        recipe,
        (
            f"student: {_leads(student.view)}" + (", age and sex" if student.person else ""),
            f"{training.epochs} epochs in batches of {training.batch_size}: {windows:,} training windows",
        ),
    )


def _batch_and_epochs(windows: int) -> tuple[int, int]:
    batch = max(2, min(_BATCH, windows // _FEWEST_BATCHES))
    return batch, int(np.clip(round(_STEPS * _BATCH / max(windows, 1)), _FEWEST_EPOCHS, _MOST_EPOCHS))


def _choices(recipe: Recipe, records: int) -> Iterator[str]:
    student, training = recipe.student, recipe.student.training
    yield f"student: {_leads(student.view)}" + (", age and sex" if student.person else "")
    if recipe.transfer.uses_teacher:
        yield f"teacher: {_leads(recipe.teacher.view)}, by {' + '.join(recipe.transfer.weights)}"
    else:
        yield "no teacher: the student sees all leads that there are, or no transfer loss has a weight"
    first = student.pretraining
    before = f", after {first.training.epochs} on leads drawn at random" if first else ""
    yield f"{training.epochs} epochs in batches of {training.batch_size}{before}: {records:,} labelled training windows"


def _task(corpus: Corpus, chosen: str | None) -> tuple[str, str]:
    tasks = corpus.manifest.tasks
    if chosen is not None:
        return chosen, "chosen"
    if not tasks:
        raise RecipeError(
            f"the corpus {corpus.path} has no labels: a student can learn from a teacher there, but not from labels"
        )
    if len(tasks) > 1:
        raise RecipeError(f"the corpus has several tasks; choose by --set task=NAME: {', '.join(tasks)}")
    return next(iter(tasks)), "the only one of the corpus"


def _all_leads(corpus: Corpus) -> str:
    return "12-lead" if set(corpus.leads) == set(STANDARD_LEADS) else "+".join(corpus.leads)


def _leads(view: str) -> str:
    leads = view_leads(view)
    return f"lead {view}" if len(leads) == 1 else f"{len(leads)} leads, {view}"


def _changes(
    corpus: Corpus, given: Mapping[str, Any], task: str, view: str, teacher: str, epochs: int, batch: int
) -> dict[str, Any]:
    known = (~np.isnan(corpus.age)).mean() >= _SHARE_OF_PERSONS and (corpus.sex != "").mean() >= _SHARE_OF_PERSONS
    length = {role: _length(given.get(role, {}).get("training", {}), epochs, batch) for role in ("teacher", "student")}
    first = _length({}, max(_FEWEST_EPOCHS, length["student"]["epochs"] // 2), batch)
    more_leads = len(corpus.leads) > len(view_leads(view))
    return {
        "name": NAME,
        "task": task,
        "teacher": {"view": teacher, "auxiliary_task": "", "training": length["teacher"]},
        "student": {
            "view": view,
            "auxiliary_task": "",
            "person": bool(known),
            "training": length["student"],
            "pretraining": {"objective": "any-lead", "training": first} if more_leads else "",
        },
        **({} if set(view_leads(teacher)) > set(view_leads(view)) else {"transfer.mkd": 0}),
    }


def _length(given: Mapping[str, Any], epochs: int, batch: int) -> dict[str, Any]:
    """How long a network trains; the warm-up follows a change of the epochs."""
    epochs = given.get("epochs", epochs)
    return {"epochs": epochs, "batch_size": batch, "warmup_epochs": epochs / 5}
