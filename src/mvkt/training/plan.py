"""What a run is about to do: the recipe resolved against a corpus, with everything checked before training starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import Split
from mvkt.corpora.label_sets import Targets, Task
from mvkt.errors import LeadError, RecipeError, hint
from mvkt.evaluation.verdicts.wanted_limits import require_classes
from mvkt.training.batches import NetworkInput
from mvkt.training.network_settings import NetworkSettings
from mvkt.training.recipe import Recipe
from mvkt.training.rows import FoldRows, measured_spec
from mvkt.training.starts import NO_STARTS, Starts, resolve_starts
from mvkt.training.teachers.outside_teacher import TeacherOutputs
from mvkt.training.unlabelled import Unlabelled, unlabelled_rows


@dataclass(frozen=True)
class Plan:
    """A recipe resolved against a corpus. The test fold is not in here: see :meth:`test_rows`.

    Attributes:
        recipe: As given.
        corpus: As given.
        split: The folds that serve for training, validation and test.
        targets: Labels of the task over the corpus.
        training: Labelled rows to learn from.
        validation: Rows to select on.
        unlabelled: Rows of the training folds whose labels are not used, and of other corpora.
        starts: Trained networks from which networks of the recipe go on.
        outside: What a teacher from elsewhere gives for the rows of the corpus. Then ``targets`` are what it finds, and
            ``training`` has the labels that are known besides.
        labels: With ``outside``: the labels of its classes over the corpus; None where there are none.
    """

    recipe: Recipe
    corpus: Corpus
    split: Split
    targets: Targets
    training: FoldRows
    validation: FoldRows
    unlabelled: Unlabelled
    starts: Starts = NO_STARTS
    outside: TeacherOutputs | None = None
    labels: Targets | None = None

    @classmethod
    def make(cls, recipe: Recipe, corpus: Corpus, unlabelled: Sequence[Corpus] = ()) -> Plan:
        """Check a recipe against a corpus.

        Args:
            recipe: What to train.
            corpus: With labels of the recipe's task.
            unlabelled: Further corpora, whose labels are not used.

        Raises:
            RecipeError: The corpus does not have the task, the views or the folds, or a start cannot be gone on from;
                all faults are in the message.
            BundleError: A start is a damaged bundle.
        """
        split = recipe.folds or corpus.manifest.recommended_split
        faults = [*_task_faults(recipe, corpus), *view_faults(_networks(recipe), corpus), *fold_faults(split, corpus)]
        if faults:
            lines = "".join(f"\n  {fault}" for fault in faults)
            raise RecipeError(f"recipe {recipe.name!r} does not fit the corpus {corpus.path}:{lines}")
        recipe, starts = resolve_starts(recipe, _networks(recipe), corpus, split)
        targets = corpus.targets(recipe.task, recipe.min_samples)
        if recipe.classes:
            targets = targets.only(recipe.classes)
        if not targets.classes:
            raise RecipeError(f"no class of task {recipe.task!r} has more than {recipe.min_samples} records")
        require_classes(recipe.limits, targets.classes)
        folds = [fold for fold in split.training if fold not in recipe.unlabelled_folds]
        training = FoldRows(corpus, folds, targets).drawn(recipe.training_records, recipe.seed)
        present: NDArray[np.bool_] = np.any(training.targets, axis=0)
        absent = [code for code, there in zip(targets.classes, present.tolist(), strict=True) if not there]
        if absent:
            raise RecipeError(
                f"the training folds hold no record of {', '.join(absent)}; "
                "raise min_samples or choose other folds, for a class cannot be learned from nothing"
            )
        validation = FoldRows(corpus, split.validation, targets, complete=True)
        more = unlabelled_rows(recipe, corpus, split, targets.classes, unlabelled)
        return cls(recipe, corpus, split, targets, training, validation, more, starts)

    def with_all_labels(self) -> Plan:
        """Return the plan in which no label of the training folds is kept back."""
        whole = {"unlabelled_folds": (), "training_records": None, "all_labels": False}
        return Plan.make(self.recipe.model_copy(update=whole), self.corpus)

    @property
    def task(self) -> Task:
        """The label set that is learned."""
        return self.outside.task if self.outside else self.corpus.manifest.tasks[self.recipe.task]

    @property
    def recipe_data(self) -> dict[str, Any]:
        """The recipe as data, to be stored; of a start its name alone, not where it lies."""
        data = self.recipe.model_dump(mode="json")
        for network in (data["student"], data["teacher"], data["assistant"] or {}, *data["further_teachers"]):
            start = self.starts.networks.get(network.get("start") or "")
            if start is not None:
                network["start"] = start.name
        return data

    def warnings(self) -> tuple[str, ...]:
        """Return what is doubtful about the parts of the corpus: classes that cannot be chosen by or measured."""
        test = self.corpus.rows(self.split.test)
        parts = {
            "validation": self.validation.targets,
            "test": self.targets.matrix[test[self.targets.known[test].all(axis=1)]],
        }
        found = []
        for part, matrix in parts.items():
            few = [code for code, count in zip(self.targets.classes, matrix.sum(axis=0), strict=True) if count < 2]
            if few:
                found.append(
                    f"the {part} folds have fewer than 2 records of {', '.join(few)}: a figure of so few is void; "
                    "raise min_samples or give more records"
                )
        return tuple(found)

    def input(self, network: NetworkSettings) -> NetworkInput:
        """Return what a network sees."""
        return replace(self._inputs[network.view, network.standardise], person=network.person)

    @cached_property
    def _inputs(self) -> dict[tuple[str, str | None], NetworkInput]:
        return {(network.view, network.standardise): self._input(network) for network in self._networks.values()}

    @property
    def _networks(self) -> dict[str, NetworkSettings]:
        return {"student": self.recipe.student} if self.outside else _networks(self.recipe)

    def _input(self, network: NetworkSettings) -> NetworkInput:
        spec = self.corpus.signal
        if network.standardise == "global":
            spec = measured_spec(spec, self.training, network.view)
        elif network.standardise:
            spec = spec.model_copy(update={"standardise": network.standardise})
        return NetworkInput(network.view, spec)

    def training_rows(self, network: NetworkSettings) -> FoldRows:
        """Return the rows to learn from, with the labels that a network learns: its auxiliary classes come last."""
        return self._training_rows(network.auxiliary_task, network.auxiliary_min_samples)

    @cached_property
    def _training_rows(self) -> Callable[[str | None, int], FoldRows]:
        return cache(self._rows_with_auxiliary_classes)

    def _rows_with_auxiliary_classes(self, task: str | None, min_samples: int) -> FoldRows:
        if task is None:
            return self.training
        more = self.corpus.targets(task)
        folds = [fold for fold in self.split.training if fold not in self.recipe.unlabelled_folds]
        common = more.matrix[self.corpus.rows(folds)].sum(axis=0) >= max(1, min_samples)
        chosen = [
            code for code, there in zip(more.classes, common.tolist(), strict=True)
            if there and code not in self.targets.classes
        ]  # fmt: skip
        rows = FoldRows(self.corpus, folds, self.targets.beside(more.only(chosen)))
        return rows.drawn(self.recipe.training_records, self.recipe.seed)

    def learning_rows(
        self, network: NetworkSettings, *, unlabelled: bool = True, left_out: tuple[int, int] | None = None
    ) -> FoldRows:
        """Return the rows that a network learns from: labelled, then unlabelled.

        Args:
            network: Which.
            unlabelled: Whether it needs no label for each.
            left_out: The part of the training patients that it does not learn from, and of how many.
        """
        rows = self.training_rows(network)
        others = [more.with_classes(rows.classes) for more in self.unlabelled.rows] if unlabelled else []
        rows = rows.joined(others) if others else rows
        return rows.subset(np.flatnonzero(rows.parts(left_out[1]) != left_out[0])) if left_out else rows

    def test_rows(self) -> FoldRows:
        """Return the rows of the test folds; to be read once, when nothing is left to choose."""
        return FoldRows(self.corpus, self.split.test, self.targets, complete=True)


def _task_faults(recipe: Recipe, corpus: Corpus) -> list[str]:
    tasks = corpus.manifest.tasks
    wanted = [recipe.task, *(network.auxiliary_task for network in _networks(recipe).values())]
    unknown = dict.fromkeys(task for task in wanted if task is not None and task not in tasks)
    return [f"it has no task {task!r}; {hint(task, tasks, 'it has')}" for task in unknown]


def _networks(recipe: Recipe) -> dict[str, NetworkSettings]:
    networks: dict[str, NetworkSettings] = {"student": recipe.student}
    if not recipe.transfer.uses_teacher:
        return networks
    networks["teacher"] = recipe.teacher
    networks |= {f"further teacher {number}": more for number, more in enumerate(recipe.further_teachers, start=1)}
    return networks | ({"assistant": recipe.assistant} if recipe.assistant else {})


def view_faults(networks: Mapping[str, NetworkSettings], corpus: Corpus) -> list[str]:
    """Return a line for each network, by role, that needs a lead which the corpus does not hold."""
    faults = []
    for role, network in networks.items():
        try:
            corpus.select(corpus.rows(corpus.manifest.folds)[:1], network.view)
        except LeadError as error:
            faults.append(f"{role}: {error}")
    return faults


def fold_faults(split: Split, corpus: Corpus) -> list[str]:
    """Return a line about folds of a split that the corpus does not have."""
    wanted: Sequence[int] = (*split.training, *split.validation, *split.test)
    strangers = sorted(set(wanted) - set(corpus.manifest.folds))
    known = ", ".join(map(str, sorted(corpus.manifest.folds)))
    if not strangers:
        return []
    return [f"it has no fold {', '.join(map(str, strangers))}; it has {known}: give more recordings, or other folds"]
