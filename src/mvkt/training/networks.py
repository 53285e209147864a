"""The networks of a plan: trained in their folders, and run over rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mvkt.evaluation.predictions import Predictions
from mvkt.models import EcgModel
from mvkt.training.checkpoint import Progress, progress_from_first
from mvkt.training.graph import Node
from mvkt.training.lesson import Lesson, learn
from mvkt.training.node_model import load_node
from mvkt.training.plan import Plan
from mvkt.training.predict import predict
from mvkt.training.reporter import Reporter
from mvkt.training.rows import FoldRows


def train_node(plan: Plan, node: Node, networks: Path, reporter: Reporter) -> Progress:
    """Train a network in ``networks/<its key>``, or go on with it there; its teachers must be there already.

    Raises:
        TrainingError: A teacher is not there, or training cannot go on.
    """
    return train_in(plan, node, lambda other: networks / other.key, reporter)[1]


def predict_node(plan: Plan, node: Node, networks: Path, rows: FoldRows) -> Predictions:
    """Run the best weights of a network in ``networks/<its key>`` over rows, in float32.

    Raises:
        TrainingError: The network is not trained to the end.
    """
    return predict(load_node(node, networks / node.key), plan.input(node.settings), rows)


def train_in(
    plan: Plan, node: Node, folder_of: Callable[[Node], Path], reporter: Reporter
) -> tuple[EcgModel, Progress]:
    """Train a network in the folder that is its, or load it where it is trained already.

    Returns:
        The network with its best weights, in evaluation mode, and how its training went.

    Raises:
        TrainingError: A teacher is not there, or training cannot go on.
    """
    progress = progress_from_first(folder_of(node))
    if progress is not None and progress.finished:
        return load_node(node, folder_of(node)), progress
    recipe, outside = plan.recipe, plan.outside if node.kind == "student" else None
    lesson = Lesson(
        node=node,
        network=plan.input(node.settings),
        teachers=tuple(plan.input(teacher.settings) for teacher in node.teachers),
        rows=plan.learning_rows(node.settings, unlabelled=node.needs_no_labels, left_out=node.left_out),
        validation=plan.validation,
        augmentation=recipe.augmentation,
        unlabelled_share=recipe.unlabelled_share,
        start=plan.starts.networks[node.settings.start] if node.settings.start else None,
        classes=plan.targets.classes,
        normal=plan.task.normal,
        whole_records=recipe.teacher_sees == "record" or not recipe.augmentation.active,
        outside=outside.logits if outside else None,
    )
    return learn(lesson, folder_of, reporter)
