"""The cells of a study: method x seed x test fold, resolved against a corpus with everything checked beforehand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

from mvkt import __version__
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import Split
from mvkt.errors import RecipeError
from mvkt.study.study import Study
from mvkt.study.study_folder import JudgedOn, MethodPlan, StudyPlan, cell_folder
from mvkt.training.graph import Node, lineage
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe

_FORMAT_VERSION = 1
_FEWEST_FOLDS = 3
_NETWORK = {"start_rate", "rhythm"}
_ELSEWHERE: dict[str, Any] = {
    "name": True,
    "limits": True,
    "teacher": _NETWORK,
    "further_teachers": {"__all__": _NETWORK},
    "assistant": _NETWORK,
    "student": _NETWORK,
}
"""What decides on no prediction of a study, or on the key of the network, which is in the digest by itself."""


@dataclass(frozen=True)
class Cell:
    """One method with one seed, tested on one fold.

    Attributes:
        recipe: Resolved, with this seed and these folds.
        lineage: The networks that it takes, in the order of training; the last is the student's.
        digest: SHA-256 of everything that decides on its predictions.
        judged_on: Which of its folds it is evaluated on; the test fold is read for ``test`` alone.
        unlabelled: Path or URL of each corpus that it learns from without labels.
        folder: Where they are kept.
    """

    method: str
    seed: int
    test_fold: int
    recipe: Recipe
    lineage: tuple[Node, ...]
    digest: str
    judged_on: JudgedOn
    unlabelled: tuple[str, ...]
    folder: Path

    @property
    def name(self) -> str:
        """Method, seed and test fold, as one word."""
        return f"{self.method} {self.seed}-{self.test_fold}"


@dataclass(frozen=True)
class Table:
    """All cells that are compared with each other.

    Attributes:
        folder: Of plan, cells and report.
        plan: What the report is about.
        cells: Seed by seed, so that the first figures of all methods are there early.
    """

    folder: Path
    plan: StudyPlan
    cells: tuple[Cell, ...]


def rotate(folds: Collection[int], test_fold: int, training_folds: int | None = None) -> Split:
    """Return the split that tests on one fold, selects on the one before (of the first: the last), trains on the rest.

    Args:
        folds: Of the corpus.
        test_fold: One of them.
        training_folds: Train on so many only, those that follow the test fold: more folds hold all records of fewer.

    Raises:
        RecipeError: There are fewer than three folds, or fewer than are to be trained on, or no such test fold.
    """
    *rest, validation = _others(folds, test_fold)
    if (training_folds or 1) > len(rest):
        raise RecipeError(f"training_folds: {training_folds} are wanted, {len(rest)} are left for training")
    return Split(training=tuple(sorted(rest[:training_folds])), validation=(validation,), test=(test_fold,))


def without_labels(
    folds: Collection[int], test_fold: int, training_folds: int | None, labelled_folds: int | None
) -> tuple[int, ...]:
    """Return the training folds whose labels are not used: all but the first that follow the test fold.

    Raises:
        RecipeError: Fewer folds are left for training than are to be labelled.
    """
    *rest, _ = _others(folds, test_fold)
    training = rest[:training_folds]
    if (labelled_folds or 1) > len(training):
        raise RecipeError(f"labelled_folds: {labelled_folds} are wanted, {len(training)} are left for training")
    return tuple(sorted(training[labelled_folds:])) if labelled_folds else ()


def _others(folds: Collection[int], test_fold: int) -> list[int]:
    """The other folds in the order in which they follow the test fold, round the ring."""
    ring = sorted(folds)
    if len(ring) < _FEWEST_FOLDS:
        raise RecipeError(f"rotating the test fold needs {_FEWEST_FOLDS} folds or more; the corpus has {len(ring)}")
    if test_fold not in ring:
        raise RecipeError(f"test_folds: the corpus has no fold {test_fold}; it has {', '.join(map(str, ring))}")
    place = ring.index(test_fold)
    return ring[place + 1 :] + ring[:place]


def make_tables(study: Study, corpus: Corpus, out: Path, unlabelled: Sequence[Corpus] = ()) -> tuple[Table, ...]:
    """Resolve a study against a corpus: one table, or one for each of its tasks and views, in a folder of that name.

    Args:
        study: What is compared.
        corpus: With the labels.
        out: Folder of the study.
        unlabelled: Further corpora, for the methods that learn from recordings without labels.

    Raises:
        RecipeError: The study does not fit the corpora; all faults are in the message.
    """
    learning = [name for name, method in study.settings.methods.items() if method.unlabelled]
    if learning and not unlabelled:
        raise RecipeError(f"{', '.join(learning)}: unlabelled = true; name a corpus to learn from with --unlabelled")
    if unlabelled and not learning:
        raise RecipeError("--unlabelled: no method of the study learns from it; set unlabelled = true in a method")
    return tuple(_table(part, corpus, unlabelled, out / folder) for folder, part in study.tables)


def _table(study: Study, corpus: Corpus, unlabelled: Sequence[Corpus], folder: Path) -> Table:
    settings, folds = study.settings, corpus.manifest.folds
    test_folds = settings.test_folds or tuple(sorted(folds, reverse=True))
    cells: dict[tuple[int, int, str], Cell] = {}
    plans: dict[str, Plan] = {}
    faults: dict[str, None] = {}
    for (method, recipe), fold in product(study.recipes.items(), test_folds):
        try:
            chosen = settings.methods[method]
            changes = {
                "folds": rotate(folds, fold, chosen.training_folds),
                "unlabelled_folds": without_labels(folds, fold, chosen.training_folds, chosen.labelled_folds),
            }
            plan = Plan.make(recipe.model_copy(update=changes), corpus, unlabelled if chosen.unlabelled else ())
        except RecipeError as error:
            faults[str(error)] = None
            continue
        plans.setdefault(method, plan)
        places = tuple(other.place for other in unlabelled) if chosen.unlabelled else ()
        if places and not any(node.needs_no_labels for node in lineage(plan)):
            faults[
                f"{method}: unlabelled = true, but all its networks need labels: a teacher or consistency is missing"
            ] = None
        for seed in settings.seeds:
            cells[seed, fold, method] = _cell(_with_seed(plan, seed), method, fold, settings.judged_on, places, folder)
    if faults:
        raise RecipeError("\n".join(faults))
    ordered = [cells[place] for place in product(settings.seeds, test_folds, study.recipes)]
    return Table(folder, _study_plan(study, corpus, test_folds, plans), tuple(ordered))


def _with_seed(plan: Plan, seed: int) -> Plan:
    """Return the plan with another seed, on which nothing depends that a plan checks."""
    return replace(plan, recipe=plan.recipe.model_copy(update={"seed": seed}))


def _cell(plan: Plan, method: str, fold: int, judged_on: JudgedOn, unlabelled: tuple[str, ...], folder: Path) -> Cell:
    recipe, nodes = plan.recipe, lineage(plan)
    return Cell(
        method=method,
        seed=recipe.seed,
        test_fold=fold,
        recipe=recipe,
        lineage=nodes,
        digest=_digest(plan, nodes[-1]),
        judged_on=judged_on,
        unlabelled=unlabelled,
        folder=cell_folder(folder, method, recipe.seed, fold),
    )


def _digest(plan: Plan, student: Node) -> str:
    manifest = plan.corpus.manifest
    identity: dict[str, Any] = {
        "format_version": _FORMAT_VERSION,
        "recipe": plan.recipe.model_dump(mode="json", exclude=_ELSEWHERE),
        "corpus": manifest.checksums,
        "signal": manifest.signal.model_dump(mode="json"),
        "task": manifest.tasks[plan.recipe.task].model_dump(mode="json"),
        "network": student.key,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _study_plan(study: Study, corpus: Corpus, test_folds: tuple[int, ...], plans: Mapping[str, Plan]) -> StudyPlan:
    settings, manifest = study.settings, corpus.manifest
    classes = _common_classes(study, plans)
    normal = {code for plan in plans.values() for code in manifest.tasks[plan.recipe.task].normal}
    return StudyPlan(
        name=settings.name,
        title=settings.title,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        tool_version=__version__,
        corpus=manifest.summary,
        classes=classes,
        titles={code: plans[settings.baseline].targets.titles[code] for code in classes},
        normal=tuple(code for code in classes if code in normal),
        seeds=settings.seeds,
        test_folds=test_folds,
        baseline=settings.baseline,
        reference=settings.reference,
        judged_on=settings.judged_on,
        methods=dict(_method_plans(study, plans)),
    )


def _method_plans(study: Study, plans: Mapping[str, Plan]) -> Iterator[tuple[str, MethodPlan]]:
    methods = study.settings.methods.values()
    curve = any(method.training_folds or method.labelled_folds for method in methods)
    for name, method in study.settings.methods.items():
        recipe, split = study.recipes[name], plans[name].split
        held_out = len(split.validation) + len(split.test)
        labelled = set(split.training) - set(plans[name].recipe.unlabelled_folds)
        share = len(labelled) / (len(plans[name].corpus.manifest.folds) - held_out)
        yield (
            name,
            MethodPlan(
                title=method.title or name,
                note=method.note,
                view=recipe.student.view,
                task=recipe.task,
                recipe=recipe.model_dump(mode="json", exclude={"seed", "folds", "unlabelled_folds"}),
                family=method.family,
                fraction=share if curve else None,
            ),
        )


def _common_classes(study: Study, plans: Mapping[str, Plan]) -> tuple[str, ...]:
    """Return the classes to compare on, in the order of the file or of the baseline."""
    named = study.settings.classes
    learned = {method: plan.targets.classes for method, plan in plans.items()}
    lacking = {method: [code for code in named or () if code not in has] for method, has in learned.items()}
    faults = [f"method {method!r} does not learn {', '.join(codes)}" for method, codes in lacking.items() if codes]
    if faults:
        raise RecipeError("classes: " + "; ".join(faults))
    common = reduce(set.intersection, map(set, learned.values()))
    classes = named or tuple(code for code in learned[study.settings.baseline] if code in common)
    if not classes:
        raise RecipeError("the methods have no class in common; compare methods of one task")
    return classes
