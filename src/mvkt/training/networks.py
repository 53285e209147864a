"""The networks of a plan: trained in their folders, loaded from them, run over rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from mvkt.ecg.person import PERSON_FEATURES
from mvkt.errors import TrainingError
from mvkt.evaluation.predictions import Predictions
from mvkt.models import EcgModel, build_model
from mvkt.training.checkpoint import Progress, progress_from_first, tensors_from_first
from mvkt.training.graph import Node
from mvkt.training.loop import TrainingJob, fit
from mvkt.training.mean_teacher import MeanTeacher
from mvkt.training.plan import Plan
from mvkt.training.predict import outputs, predict
from mvkt.training.pretraining import pretraining
from mvkt.training.recipe import PretrainingSettings
from mvkt.training.reporter import Reporter
from mvkt.training.rows import FoldRows
from mvkt.training.starting_weights import begin_from
from mvkt.transfer import PLAIN, Committee, Distiller, Outputs, combined
from mvkt.transfer.recoverability import record_recoverability


def build(node: Node, classes: int | None = None) -> EcgModel:
    """Build an untrained network; baseline and student of a seed begin with the same weights.

    Args:
        node: Which.
        classes: How many it learns; those of the task if not given.
    """
    torch.manual_seed(node.seed)
    architecture = {**node.architecture, **({"classes": classes} if classes else {})}
    model: EcgModel = build_model(**architecture)
    if node.settings.person:
        model.add_age_and_sex_term(len(PERSON_FEATURES))
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


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
    return predict(load_node(plan, node, networks / node.key), plan.input(node.settings), rows)


def train_in(
    plan: Plan, node: Node, folder_of: Callable[[Node], Path], reporter: Reporter
) -> tuple[EcgModel, Progress]:
    """Train a network in the folder that is its, or load it where it is trained already.

    Returns:
        The network with its best weights, in evaluation mode, and how its training went.

    Raises:
        TrainingError: A teacher is not there, or training cannot go on.
    """
    folder = folder_of(node)
    progress = progress_from_first(folder)
    if progress is not None and progress.finished:
        return load_node(plan, node, folder), progress
    if node.kind == "pretraining":
        return _pretrain(plan, node, folder, reporter)
    rows = plan.learning_rows(node.settings, unlabelled=node.needs_no_labels, left_out=node.left_out)
    model = build(node, len(rows.classes))
    body: frozenset[str] = frozenset()
    if node.settings.start:
        body = begin_from(plan.starts.networks[node.settings.start], model, plan.input(node.settings), rows)
    if node.start is not None:
        model.load_state_dict(load_node(plan, node.start, folder_of(node.start)).state_dict())
    teachers = [load_node(plan, teacher, folder_of(teacher)) for teacher in node.teachers]
    fixed = _fixed_outputs(plan, node, teachers, rows)
    consistency = node.settings.consistency
    make = partial(MeanTeacher, consistency=consistency) if consistency else Distiller
    distiller = make(
        model,
        node.transfer,
        targets=_contrasted(plan, node, teachers, rows) if node.transfer.needs_targets and not plan.outside else None,
        teacher_classes=_shared_classes(plan, node, rows),
        teacher=None if fixed or not teachers else teachers[0] if len(teachers) == 1 else Committee(teachers),
        teacher_outputs=fixed,
        teacher_weights=_recoverable(plan, node, teachers, rows, folder_of) if node.probes else None,
    )
    running = () if fixed else tuple(plan.input(teacher.settings) for teacher in node.teachers)
    job = TrainingJob(
        role=node.role,
        student=plan.input(node.settings),
        teachers=(*running, *([replace(plan.input(node.settings), altered_anew=True)] if consistency else [])),
        settings=node.settings.training,
        augmentation=plan.recipe.augmentation,
        seed=node.seed,
        folder=folder,
        unlabelled_share=plan.recipe.unlabelled_share,
        body=body,
        start_rate=node.settings.start_rate,
    )
    progress = fit(job, distiller, rows, plan.validation, reporter)
    return model.cpu().eval(), progress


def _pretrain(plan: Plan, node: Node, folder: Path, reporter: Reporter) -> tuple[EcgModel, Progress]:
    one_lead = replace(plan.input(node.settings), any_lead=True, person=False)
    rows = plan.learning_rows(node.settings, unlabelled=node.needs_no_labels, left_out=node.left_out)
    settings = cast(PretrainingSettings, node.settings.pretraining)
    model = build(node, len(rows.classes))
    supervised = settings.objective == "any-lead"
    job = TrainingJob(
        role=node.role,
        student=one_lead,
        teachers=(one_lead,) if settings.objective == "contrastive" else (),
        settings=settings.training,
        augmentation=plan.recipe.augmentation,
        seed=node.seed,
        folder=folder,
        keep_last=True,
        # Objectives without labels leave the classifier alone, and single leads come without age and sex.
        unused_parameters=not supervised or node.settings.person,
    )
    learner = Distiller(model, PLAIN) if supervised else pretraining(settings.objective, model)
    progress = fit(job, learner, rows, plan.validation, reporter)
    return model.cpu().eval(), progress


def load_node(plan: Plan, node: Node, folder: Path) -> EcgModel:
    """Load a trained network in evaluation mode.

    Raises:
        TrainingError: It is not trained to the end.
    """
    progress = progress_from_first(folder)
    if progress is None or not progress.finished:
        raise TrainingError(f"the {node.role} in {folder} is not trained to the end; train it first")
    model = build(node, len(plan.training_rows(node.settings).classes))
    model.load_state_dict(tensors_from_first(folder / "best.safetensors"))
    return model.eval()


def predict_together(plan: Plan, nodes: Sequence[Node], models: Sequence[EcgModel], rows: FoldRows) -> Predictions:
    """Return the mean of the logits of several networks over rows, in float32."""
    made = [predict(model, plan.input(node.settings), rows) for node, model in zip(nodes, models, strict=True)]
    logits: NDArray[np.float32] = np.mean([each.logits for each in made], axis=0, dtype=np.float32)
    return rows.predictions(logits)


def _shared_classes(plan: Plan, node: Node, rows: FoldRows) -> torch.Tensor | None:
    """Which of the teachers' classes the losses compare: all where auxiliary classes are the same, else the task's."""
    theirs = {plan.training_rows(teacher.settings).classes for teacher in node.teachers}
    return None if theirs <= {rows.classes} else torch.arange(len(plan.targets.classes))


def _contrasted(plan: Plan, node: Node, teachers: Sequence[EcgModel], rows: FoldRows) -> torch.Tensor:
    """Which diseases each record has, for losses that contrast records of different disease.

    Diseases are the classes of the task that are a finding; a last column stands for none of them, so that two normal
    records are not contrasted. Where a label is not known, the teacher's probability above one half stands in.

    Returns:
        ``(records, diseases + 1)`` truth values.
    """
    normal = plan.task.normal
    diseases = [column for column, code in enumerate(plan.targets.classes) if code not in normal]
    present = rows.targets[:, diseases]
    known = rows.known[:, diseases]
    if node.teachers and not known.all():
        taught = _outputs(plan, node.teachers, teachers, rows).logits.numpy()[:, diseases] > 0
        present = np.where(known, present, taught)
    return torch.from_numpy(np.concatenate([present, ~present.any(axis=1, keepdims=True)], axis=1))


def _recoverable(
    plan: Plan, node: Node, teachers: Sequence[EcgModel], rows: FoldRows, folder_of: Callable[[Node], Path]
) -> torch.Tensor:
    """How much of the teachers' output the student's view shows, for each class of each record."""
    probes = [load_node(plan, probe, folder_of(probe)) for probe in node.probes]
    recovered = _outputs(plan, node.probes, probes, rows).logits
    taught = _outputs(plan, node.teachers, teachers, rows).logits
    shared = _shared_classes(plan, node, rows)
    if shared is not None:
        recovered, taught = recovered[:, shared], taught[:, shared]
    return record_recoverability(recovered, taught)


def _fixed_outputs(plan: Plan, node: Node, teachers: Sequence[EcgModel], rows: FoldRows) -> Outputs | None:
    """What the teachers give for all rows, where that is the same in every epoch."""
    if plan.outside is not None and node.kind == "student":
        logits = torch.from_numpy(rows.values_of(plan.outside.logits))
        return Outputs(logits, torch.zeros(len(rows), 1))  # it gives no embeddings, and its loss needs none
    return _outputs(plan, node.teachers, teachers, rows) if teachers and _runs_once(plan, node) else None


def _runs_once(plan: Plan, node: Node) -> bool:
    """Whether the outputs of the teachers are the same in every epoch: without augmentation, or cross-fitted."""
    if node.transfer.needs_features:  # feature maps of all records would fill the memory
        return False
    cross_fitted = any(teacher.left_out for teacher in node.teachers)
    return cross_fitted or not plan.recipe.augmentation.active or plan.recipe.teacher_sees == "record"


def _outputs(plan: Plan, nodes: Sequence[Node], models: Sequence[EcgModel], rows: FoldRows) -> Outputs:
    """Run the teachers over all rows, in float32; a cross-fitted teacher over those that it has not learned from."""
    made: dict[int, Outputs] = {}
    for node, model in zip(nodes, models, strict=True):
        positions = np.arange(len(rows), dtype=np.int64)
        if node.left_out is not None:
            part, parts = node.left_out
            positions = np.flatnonzero(rows.parts(parts) == part)
        output = outputs(model, plan.input(node.settings), rows, positions)
        if node.member not in made:
            made[node.member] = _empty(output, len(rows))
        made[node.member].logits[positions] = output.logits
        made[node.member].embedding[positions] = output.embedding
    return combined(list(made.values()))


def _empty(like: Outputs, rows: int) -> Outputs:
    return Outputs(torch.zeros(rows, like.logits.shape[1]), torch.zeros(rows, like.embedding.shape[1]))
