"""The training of a network of a run, with everything that it needs at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from mvkt.models import EcgModel
from mvkt.training.batches import NetworkInput
from mvkt.training.checkpoint import Progress
from mvkt.training.graph import Node
from mvkt.training.loop import TrainingJob, fit
from mvkt.training.mean_teacher import MeanTeacher
from mvkt.training.network_settings import AugmentationSettings, PretrainingSettings
from mvkt.training.node_model import build, load_node
from mvkt.training.pretraining import pretraining
from mvkt.training.reporter import Reporter
from mvkt.training.rows import FoldRows
from mvkt.training.starting_network import StartingNetwork
from mvkt.training.starting_weights import begin_from
from mvkt.training.teaching import TrainedTeacher, contrasted, outputs_of, recoverable, shared_classes
from mvkt.transfer import PLAIN, Committee, Distiller, Outputs


@dataclass(frozen=True)
class Lesson:
    """What a network is trained with.

    Attributes:
        node: The network.
        network: Its input.
        teachers: Inputs of its teachers.
        rows: That it learns from.
        validation: That its best epoch is chosen by.
        augmentation: Of the training records.
        unlabelled_share: Of the records of a batch that have no label; None takes the records as they come.
        start: The network whose weights it begins with, from elsewhere.
        classes: Of the task.
        normal: Those that are no finding.
        whole_records: Whether its teachers see the records as they are, so that each needs to run once.
        outside: Logits of a teacher from elsewhere, for each row of the only corpus.
    """

    node: Node
    network: NetworkInput
    teachers: tuple[NetworkInput, ...]
    rows: FoldRows
    validation: FoldRows
    augmentation: AugmentationSettings
    unlabelled_share: float | None
    start: StartingNetwork | None
    classes: tuple[str, ...]
    normal: tuple[str, ...]
    whole_records: bool
    outside: NDArray[np.float32] | None


def learn(lesson: Lesson, folder_of: Callable[[Node], Path], reporter: Reporter) -> tuple[EcgModel, Progress]:
    """Train a network in its folder, or go on with it there.

    Args:
        lesson: The network, and what it is trained with.
        folder_of: Gives the folder of a network.
        reporter: Receives the progress.

    Returns:
        The network with its best weights, in evaluation mode, and how its training went.

    Raises:
        TrainingError: A teacher is not there, or training cannot go on.
    """
    if lesson.node.kind == "pretraining":
        return _pretrain(lesson, folder_of(lesson.node), reporter)
    node, rows = lesson.node, lesson.rows
    model = build(node, len(rows.classes))
    body: frozenset[str] = frozenset()
    if lesson.start is not None:
        body = begin_from(lesson.start, model, lesson.network, rows)
    if node.start is not None:
        model.load_state_dict(load_node(node.start, folder_of(node.start)).state_dict())
    teachers = [
        TrainedTeacher(teacher, load_node(teacher, folder_of(teacher)), network)
        for teacher, network in zip(node.teachers, lesson.teachers, strict=True)
    ]
    probes = [TrainedTeacher(probe, load_node(probe, folder_of(probe)), lesson.network) for probe in node.probes]
    fixed = _fixed_outputs(lesson, teachers)
    needs_targets = node.transfer.needs_targets and lesson.outside is None
    shared = shared_classes(node)
    consistency = node.settings.consistency
    make = partial(MeanTeacher, consistency=consistency) if consistency else Distiller
    distiller = make(
        model,
        node.transfer,
        targets=contrasted(teachers, rows, lesson.classes, lesson.normal) if needs_targets else None,
        teacher_classes=shared,
        teacher=None if fixed else _running(teachers),
        teacher_outputs=fixed,
        teacher_weights=recoverable(probes, teachers, rows, shared) if probes else None,
    )
    running = () if fixed else lesson.teachers
    job = TrainingJob(
        role=node.role,
        student=lesson.network,
        teachers=(*running, *([replace(lesson.network, altered_anew=True)] if consistency else [])),
        settings=node.settings.training,
        augmentation=lesson.augmentation,
        seed=node.seed,
        folder=folder_of(node),
        unlabelled_share=lesson.unlabelled_share,
        body=body,
        start_rate=node.settings.start_rate,
    )
    progress = fit(job, distiller, rows, lesson.validation, reporter)
    return model.cpu().eval(), progress


def _pretrain(lesson: Lesson, folder: Path, reporter: Reporter) -> tuple[EcgModel, Progress]:
    node = lesson.node
    one_lead = replace(lesson.network, any_lead=True, person=False)
    settings = cast(PretrainingSettings, node.settings.pretraining)
    model = build(node, len(lesson.rows.classes))
    supervised = settings.objective == "any-lead"
    job = TrainingJob(
        role=node.role,
        student=one_lead,
        teachers=(one_lead,) if settings.objective == "contrastive" else (),
        settings=settings.training,
        augmentation=lesson.augmentation,
        seed=node.seed,
        folder=folder,
        keep_last=True,
        # Objectives without labels leave the classifier alone, and single leads come without age and sex.
        unused_parameters=not supervised or node.settings.person,
    )
    learner = Distiller(model, PLAIN) if supervised else pretraining(settings.objective, model)
    progress = fit(job, learner, lesson.rows, lesson.validation, reporter)
    return model.cpu().eval(), progress


def _running(teachers: Sequence[TrainedTeacher]) -> EcgModel | Committee | None:
    """What runs in every step; nothing where there is no teacher."""
    models = [teacher.model for teacher in teachers]
    return Committee(models) if len(models) > 1 else next(iter(models), None)


def _fixed_outputs(lesson: Lesson, teachers: Sequence[TrainedTeacher]) -> Outputs | None:
    """What the teachers give for all rows, where that is the same in every epoch."""
    if lesson.outside is not None:
        logits = torch.from_numpy(lesson.rows.values_of(lesson.outside))
        return Outputs(logits, torch.zeros(len(lesson.rows), 1))  # it gives no embeddings, and its loss needs none
    if not teachers or lesson.node.transfer.needs_features:  # feature maps of all records would fill the memory
        return None
    cross_fitted = any(teacher.node.left_out for teacher in teachers)
    return outputs_of(teachers, lesson.rows) if cross_fitted or lesson.whole_records else None
