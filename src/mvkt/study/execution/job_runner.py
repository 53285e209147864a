"""The jobs of a study: train a network, predict the test fold of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from mvkt.corpora.corpus import Corpus
from mvkt.errors import TrainingError
from mvkt.evaluation.report.training_history import mean_gradient_shares, read_history
from mvkt.study.study_folder import CELL_FILE, TEST_FILE, VALIDATION_FILE, CellResult, JudgedOn, NetworkResult
from mvkt.training.checkpoint import Progress, load_progress
from mvkt.training.graph import Node, lineage
from mvkt.training.networks import predict_node, train_node
from mvkt.training.node_model import build
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import Reporter
from mvkt.training.rhythm_voice import added, with_rhythm


class JobRunner:
    """Carries out the jobs of a study.

    Args:
        corpus: What to train on.
        networks: Where networks are kept.
        reporter: Shows how far each training is.
    """

    def __init__(self, corpus: Corpus, networks: Path, reporter: Reporter) -> None:
        self._corpus, self._networks, self._reporter = corpus, networks, reporter
        # Several networks of one recipe follow each other, and its cell.
        self._plan = lru_cache(maxsize=4)(self._make_plan)
        self._open = cache(Corpus.open)

    def _make_plan(self, recipe: str, unlabelled: tuple[str, ...]) -> Plan:
        others = [self._open(place) for place in unlabelled]
        return Plan.make(Recipe.model_validate_json(recipe), self._corpus, others)

    def train(self, recipe: str, key: str, unlabelled: tuple[str, ...] = ()) -> Progress:
        """Train one network of the lineage of a recipe, or go on with it.

        Args:
            recipe: As JSON.
            key: Of the network.
            unlabelled: Path or URL of each corpus that is learned from without labels.

        Raises:
            TrainingError: Its training cannot go on.
        """
        plan = self._plan(recipe, tuple(unlabelled))
        node = next(node for node in lineage(plan) if node.key == key)
        return train_node(plan, node, self._networks, self._reporter)

    def predict(
        self,
        recipe: str,
        cell: Mapping[str, Any],
        judged_on: JudgedOn,
        folder: str,
        unlabelled: tuple[str, ...] = (),
    ) -> CellResult:
        """Keep the predictions of a cell's student on its validation fold, and on its test fold if that is compared.

        Raises:
            TrainingError: A network of its lineage is not trained to the end; the test fold is not read then.
        """
        plan, place = self._plan(recipe, tuple(unlabelled)), Path(folder)
        nodes = lineage(plan)
        networks = tuple(self._finished(node) for node in nodes)
        # What is there belongs to the cell file; without one it is nobody's.
        for name in (CELL_FILE, TEST_FILE):
            (place / name).unlink(missing_ok=True)
        head, view = None, plan.recipe.student.view
        validation = predict_node(plan, nodes[-1], self._networks, plan.validation)
        if plan.recipe.student.rhythm:
            head, validation = with_rhythm(plan.training, plan.validation, view, validation)
        validation.save(place / VALIDATION_FILE)
        if judged_on == "test":
            rows = plan.test_rows()
            test = predict_node(plan, nodes[-1], self._networks, rows)
            (added(head, view, rows, test) if head else test).save(place / TEST_FILE)
        student = build(nodes[-1])
        result = CellResult(
            **cell,
            recipe=plan.recipe.model_dump(mode="json"),
            view=view,
            architecture=nodes[-1].architecture,
            parameters=sum(parameter.numel() for parameter in student.parameters()),
            key=nodes[-1].key,
            networks=networks,
        )
        result.save(place / CELL_FILE)
        return result

    def _finished(self, node: Node) -> NetworkResult:
        folder = self._networks / node.key
        progress = load_progress(folder)
        if progress is None or not progress.finished:
            raise TrainingError(f"the {node.role} is not trained to the end; the test fold is not read before it is")
        return NetworkResult(
            role=node.role,
            key=node.key,
            requires=node.requires,
            epochs=progress.epoch,
            best_epoch=progress.best_epoch,
            validation_macro_auc=progress.best_score,
            seconds=progress.seconds,
            gradient_shares=mean_gradient_shares(read_history(folder / "metrics.jsonl")),
        )

    def do(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Do a task and return its result as data."""
        arguments = {key: value for key, value in task.items() if key != "do"}
        if task["do"] == "train":
            return self.train(**arguments).model_dump(mode="json")
        self.predict(**arguments)
        return {}
