"""A run: teacher, single-lead baseline and student, then the test fold, the bundle and the report.

The run folder is the state: each network keeps its checkpoints in a folder of its own, and a run that was stopped goes
on where it was. The test folds are read after the last network is trained, once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mvkt.corpora.corpus import Corpus
from mvkt.errors import TrainingError
from mvkt.evaluation.result import Role, RunResult
from mvkt.files import write_text
from mvkt.training.checkpoint import load_progress
from mvkt.training.conclude import ALL_LABELS, Trained, conclude
from mvkt.training.graph import Node, baseline_node, nodes_of_run
from mvkt.training.launched import all_processes, from_first, in_first, is_first
from mvkt.training.networks import train_in
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import Reporter, SilentReporter

_RECIPE = "recipe.json"
_AFTER_TRAINING = ("limits", "rhythm")
_TEACHER_FILES = ("best.safetensors", "metrics.jsonl", "last.json")


def train_run(
    recipe: Recipe,
    corpus: Corpus,
    out: Path,
    reporter: Reporter,
    *,
    unlabelled: Sequence[Corpus] = (),
    resume: bool = False,
    teacher_run: Path | None = None,
) -> RunResult:
    """Train teacher, baseline and student and measure them.

    Args:
        recipe: What to train.
        corpus: What to train on.
        out: The run folder; must not exist unless ``resume``.
        reporter: Receives the progress.
        unlabelled: Further corpora; students learn there from their teachers alone.
        resume: Go on with a run that was stopped, in as many processes as before or in others; of a finished run,
            result, bundle and report are made again, with other limits and what beats add if the recipe has others.
        teacher_run: Take the teacher of this run instead of training; task, folds, corpus, seed, augmentation and
            the teacher itself must be the same in both recipes.

    Raises:
        RecipeError: The recipe does not fit the corpus.
        TrainingError: The folder is taken or belongs to another recipe, or training cannot go on.
        OtherProcessError: Another process of the run met an error, which it reports.
    """
    with all_processes():
        plan = Plan.make(recipe, corpus, unlabelled)
        return _train_together(plan, out, reporter, resume, teacher_run)


def train_plan(plan: Plan, out: Path, reporter: Reporter, *, resume: bool = False) -> RunResult:
    """Train the networks of a plan and measure them; arguments and errors as of :func:`train_run`."""
    with all_processes():
        return _train_together(plan, out, reporter, resume, None)


def _train_together(plan: Plan, out: Path, reporter: Reporter, resume: bool, teacher_run: Path | None) -> RunResult:
    """A run in each of its processes: all train, the first reports, writes, and measures in the end."""
    reporter = reporter if is_first() else SilentReporter()
    nodes = nodes_of_run(plan)
    in_first(lambda: _begin(plan, nodes, out, resume, teacher_run))
    for note in (*plan.starts.notes, *plan.starts.on_classes(plan.targets.classes), *plan.unlabelled.notes):
        reporter.message(note)
    for warning in plan.warnings():
        reporter.message(f"warning: {warning}")
    trained: dict[Role, list[Trained]] = {}
    for node in nodes:
        model, progress = train_in(plan, node, lambda other: out / other.role, reporter)
        if node.kind in ("teacher", "baseline", "student"):
            trained.setdefault(node.kind, []).append(Trained(plan, node, model, progress))
    whole = _with_all_labels(plan, out, reporter) if plan.recipe.all_labels and not plan.outside else None
    reporter.message("all trained; reading the test folds")
    result = from_first(lambda: conclude(plan, trained, out, whole).model_dump_json().encode())
    return RunResult.model_validate_json(result)


def _with_all_labels(plan: Plan, out: Path, reporter: Reporter) -> Trained:
    """Train the baseline, and what it goes on from, with the labels that the run keeps back."""
    whole = plan.with_all_labels()
    baseline = replace(baseline_node(whole), role=ALL_LABELS)
    for node in baseline.ancestors:
        train_in(whole, node, lambda other: out / other.role, reporter)
    return Trained(whole, baseline, *train_in(whole, baseline, lambda other: out / other.role, reporter))


def _identity(plan: Plan) -> dict[str, object]:
    """What a run folder belongs to, with what comes after training as well: that may change in a trained run."""
    starts = {role: start.sha256 for role, start in plan.starts.facts.items()}
    return {
        "recipe": plan.recipe_data,
        "corpus": plan.corpus.manifest.checksums,
        "unlabelled": [rows.checksum for rows in plan.unlabelled.rows],
        **({"starts": starts} if starts else {}),
        **({"outside": plan.outside.facts.sha256} if plan.outside else {}),
    }


def _begin(plan: Plan, nodes: Sequence[Node], out: Path, resume: bool, teacher_run: Path | None) -> None:
    """Make the run folder, with the teachers of another run if they are to be used."""
    _open_folder(plan, out, resume)
    if teacher_run is not None:
        _adopt_teachers(plan, [node for node in nodes if node.kind == "teacher"], teacher_run, out)


def _open_folder(plan: Plan, out: Path, resume: bool) -> None:
    """Make the run folder with the resolved recipe, or check that it is this run's."""
    identity, path = _identity(plan), out / _RECIPE
    require_free(out, resume)
    if not out.exists() or not any(out.iterdir()) or (plan.outside and not path.exists()):
        write_text(path, json.dumps(identity, indent=2) + "\n")
        return
    begun = _read_identity(out)
    if begun.get("starts", {}) != identity.get("starts", {}):
        raise TrainingError(f"{out} was begun from another start; choose another folder, or the same start")
    if _of_training(begun) != _of_training(json.loads(json.dumps(identity))):
        raise TrainingError(f"{out} was begun with another recipe or corpus; choose another folder, or the same recipe")
    if begun != identity:
        write_text(path, json.dumps(identity, indent=2) + "\n")


def _of_training(identity: dict[str, dict[str, object]]) -> dict[str, object]:
    """Leave out of an identity what no network depends on."""
    return {**identity, "recipe": _without(identity["recipe"])}


def _without(recipe: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in recipe.items() if name not in _AFTER_TRAINING}
    return {name: _without(value) if isinstance(value, dict) else value for name, value in kept.items()}


def require_free(out: Path, resume: bool) -> None:
    """Refuse a run folder that is taken.

    Raises:
        TrainingError: There is something at ``out`` that is not to be gone on with.
    """
    if not resume and out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise TrainingError(f"{out} exists; go on with it by --resume, or choose another folder")


def _read_identity(run: Path) -> dict[str, dict[str, object]]:
    try:
        identity: dict[str, dict[str, object]] = json.loads((run / _RECIPE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{run} is no run folder: {_RECIPE} cannot be read ({error})") from error
    return identity


def _adopt_teachers(plan: Plan, teachers: Sequence[Node], teacher_run: Path, out: Path) -> None:
    """Copy the trained teachers of another run, once it is certain that they are those this recipe would train."""
    theirs, ours = _read_identity(teacher_run), json.loads(json.dumps(_identity(plan)))
    shared = ("task", "min_samples", "classes", "seed", "folds", "teacher", "further_teachers", "augmentation")
    different = [key for key in shared if theirs["recipe"].get(key) != ours["recipe"][key]]
    if theirs["corpus"] != ours["corpus"]:
        different.append("corpus")
    if theirs.get("starts", {}).get("teacher") != ours.get("starts", {}).get("teacher"):
        different.append("start")
    if different:
        raise TrainingError(f"the teacher of {teacher_run} was trained with another {', '.join(different)}")
    for role in (node.role for node in teachers):
        progress = load_progress(teacher_run / role)
        if progress is None or not progress.finished:
            raise TrainingError(f"the {role} of {teacher_run} is not trained to the end; resume that run first")
        if load_progress(out / role) is None:
            (out / role).mkdir(exist_ok=True)
            for name in _TEACHER_FILES:  # last.json comes last: with it the others are complete
                shutil.copyfile(teacher_run / role / name, out / role / name)
