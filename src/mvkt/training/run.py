"""A run: teacher, single-lead baseline and student, then the test fold, the bundle and the report.

The run folder is the state: each network keeps its checkpoints in a folder of its own, and a run that was stopped goes
on where it was. The test folds are read after the last network is trained, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mvkt.corpora.corpus import Corpus
from mvkt.evaluation.result import Role, RunResult
from mvkt.training.conclude import ALL_LABELS, conclude
from mvkt.training.graph import Node, baseline_node, nodes_of_run
from mvkt.training.launched import all_processes, from_first, in_first, is_first
from mvkt.training.measured_role import Trained
from mvkt.training.networks import train_in
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import Reporter, SilentReporter
from mvkt.training.run_folder import RunIdentity, adopt_teachers, begin_folder


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
    identity = RunIdentity(
        recipe=plan.recipe_data,
        corpus=plan.corpus.manifest.checksums,
        unlabelled=[rows.checksum for rows in plan.unlabelled.rows],
        starts={role: start.sha256 for role, start in plan.starts.facts.items()},
        outside=plan.outside.facts.sha256 if plan.outside else None,
    )
    nodes = nodes_of_run(plan)
    in_first(lambda: begin_folder(out, identity, resume))
    if teacher_run is not None:
        roles = [node.role for node in nodes if node.kind == "teacher"]
        in_first(lambda: adopt_teachers(out, identity, roles, teacher_run))
    for note in (*plan.starts.notes, *plan.starts.on_classes(plan.targets.classes), *plan.unlabelled.notes):
        reporter.message(note)
    for warning in plan.warnings():
        reporter.message(f"warning: {warning}")
    trained: dict[Role, list[Trained]] = {}
    for node in nodes:
        network = _train(plan, node, out, reporter)
        if node.kind in ("teacher", "baseline", "student"):
            trained.setdefault(node.kind, []).append(network)
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
    return _train(whole, baseline, out, reporter)


def _train(plan: Plan, node: Node, out: Path, reporter: Reporter) -> Trained:
    model, progress = train_in(plan, node, lambda other: out / other.role, reporter)
    return Trained(node, model, progress, plan.input(node.settings), plan.training)
