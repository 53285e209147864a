"""Which networks a recipe needs, what each learns from, and how one of them is trained.

A network is named by a key: a hash of everything that determines its weights. Whoever keeps networks by their keys
trains none twice, however many students learn from the same teacher.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from mvkt.ecg.signal import standardise
from mvkt.errors import TrainingError
from mvkt.evaluation.predictions import Predictions
from mvkt.models import EcgModel
from mvkt.training.checkpoint import Progress, load_progress, load_tensors
from mvkt.training.loop import Job, NetworkInput, Reporter, fit, predict
from mvkt.training.plan import Plan, make_fabric
from mvkt.training.pretraining import pretraining
from mvkt.training.recipe import NetworkSettings, PretrainingSettings
from mvkt.training.rows import FoldRows
from mvkt.transfer import PLAIN, Committee, Distiller, Outputs, TransferSettings, combined
from mvkt.transfer.recoverability import record_recoverability

# To be raised when a change of the code changes what comes out of the same settings.
_FORMAT = 3
_OUTPUT_BATCH = 256

_PROBES = 2
_REPEAT = TransferSettings(bce=0, mkd=1, clt=0)
"""What a probe learns: to say what the teacher says, and nothing else."""


@dataclass(frozen=True)
class Node:
    """One network to be trained.

    Attributes:
        role: ``teacher``, ``teacher-2`` …, ``assistant``, ``baseline``, ``student`` or ``pretraining-…``.
        settings: What it sees, what it is, how it is trained.
        seed: Of initialisation, order and augmentation.
        transfer: How it learns from its teachers.
        teachers: Whom it learns from; nobody for plain training.
        probes: Cross-fitted networks of its own kind that learn to repeat the teachers: where they cannot, neither can
            it. Only where MKD counts what can be recovered.
        left_out: The part of the training patients that it does not learn from, and of how many; None learns from all.
        member: Teachers of the same number are the cross-fitted parts of one.
        start: The network that it goes on from; None begins with random weights.
        pretrains: It is such a start, and learns the objective of its settings' pretraining.
        key: SHA-256 of everything that determines its weights.
    """

    role: str
    settings: NetworkSettings
    seed: int
    transfer: TransferSettings
    teachers: tuple[Node, ...]
    probes: tuple[Node, ...]
    left_out: tuple[int, int] | None
    member: int
    start: Node | None
    pretrains: bool
    key: str

    @property
    def requires(self) -> tuple[str, ...]:
        """Keys of the networks that it learns from or goes on from."""
        return tuple(node.key for node in self._parents)

    @property
    def _parents(self) -> tuple[Node, ...]:
        return (*self.teachers, *self.probes, *([self.start] if self.start else []))

    @cached_property
    def ancestors(self) -> tuple[Node, ...]:
        """All networks that have to be trained before it, in an order in which that works."""
        found: dict[str, Node] = {}
        for parent in self._parents:
            found |= {node.key: node for node in (*parent.ancestors, parent)}
        return tuple(found.values())


def lineage(plan: Plan) -> tuple[Node, ...]:
    """Return the networks that the student of a recipe needs, in training order; the last is the student."""
    student = student_node(plan)
    return (*student.ancestors, student)


def student_node(plan: Plan) -> Node:
    """Return the student; without transfer it has no teachers."""
    recipe = plan.recipe
    if not recipe.transfer.uses_teacher:
        return _node(plan, "student", recipe.student, PLAIN)
    teachers = teacher_nodes(plan)
    if recipe.assistant is not None:
        teachers = (_learner(plan, "assistant", recipe.assistant, teachers),)
    return _learner(plan, "student", recipe.student, teachers)


def _learner(plan: Plan, role: str, settings: NetworkSettings, teachers: tuple[Node, ...]) -> Node:
    """Return a network that learns from teachers; with what it needs to know what it can recover of what they say."""
    transfer, parts = plan.recipe.transfer, range(_PROBES)
    if not (transfer.mkd and transfer.mkd_weights == "recoverable"):
        return _node(plan, role, settings, transfer, teachers)
    probes = [
        _node(plan, f"{role}-probe-{part + 1}", settings, _REPEAT, teachers, left_out=(part, _PROBES)) for part in parts
    ]
    return _node(plan, role, settings, transfer, teachers, probes=probes)


def baseline_node(plan: Plan) -> Node:
    """Return the student without transfer."""
    return _node(plan, "baseline", plan.recipe.student, PLAIN)


def teacher_nodes(plan: Plan) -> tuple[Node, ...]:
    """Return all teachers of the recipe: of each settings its members, of each member its cross-fitted parts."""
    nodes: list[Node] = []
    members = [(settings, number) for settings in plan.recipe.teachers for number in range(settings.members)]
    for member, (settings, number) in enumerate(members):
        parts: list[tuple[int, int] | None] = [(part, settings.cross_fit) for part in range(settings.cross_fit)]
        for left_out in parts or [None]:
            role = f"teacher-{len(nodes) + 1}" if nodes else "teacher"
            seed = _seed(plan, settings) + number
            nodes.append(_node(plan, role, settings, PLAIN, left_out=left_out, member=member, seed=seed))
    return tuple(nodes)


def train_node(plan: Plan, node: Node, networks: Path, reporter: Reporter) -> Progress:
    """Train a network in ``networks/<its key>``, or go on with it there; its teachers must be there already.

    Raises:
        TrainingError: A teacher is not there, or training cannot go on.
    """
    return train_in(plan, node, lambda one: networks / one.key, reporter)[1]


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
    progress = load_progress(folder)
    if progress is not None and progress.finished:
        return load_node(plan, node, folder), progress
    if node.pretrains:
        return _pretrain(plan, node, folder, reporter)
    rows = _rows(plan, node)
    model = plan.build(node.settings, node.seed, len(rows.classes))
    if node.start is not None:
        model.load_state_dict(load_node(plan, node.start, folder_of(node.start)).state_dict())
    teachers = [load_node(plan, teacher, folder_of(teacher)) for teacher in node.teachers]
    fixed = bool(teachers) and _asked_once(plan, node)
    distiller = Distiller(
        model,
        node.transfer,
        targets=torch.from_numpy(rows.targets),
        teacher_classes=_shared_classes(plan, node, rows),
        teacher=None if fixed or not teachers else teachers[0] if len(teachers) == 1 else Committee(teachers),
        teacher_outputs=_outputs(plan, node.teachers, teachers, rows) if fixed else None,
        teacher_weights=_recoverable(plan, node, teachers, rows, folder_of) if node.probes else None,
    )
    job = Job(
        role=node.role,
        student=plan.input(node.settings),
        teachers=() if fixed else tuple(plan.input(teacher.settings) for teacher in node.teachers),
        settings=node.settings.training,
        augmentation=plan.recipe.augmentation,
        seed=node.seed,
        folder=folder,
    )
    progress = fit(job, distiller, rows, plan.validation, make_fabric(node.settings.training), reporter)
    return model.cpu().eval(), progress


def _pretrain(plan: Plan, node: Node, folder: Path, reporter: Reporter) -> tuple[EcgModel, Progress]:
    rows, settings = _rows(plan, node), cast(PretrainingSettings, node.settings.pretraining)
    model = plan.build(node.settings, node.seed, len(rows.classes))
    supervised = settings.objective == "any-lead"
    one_lead = replace(plan.input(node.settings), any_lead=True, person=False)
    job = Job(
        role=node.role,
        student=one_lead,
        teachers=(one_lead,) if settings.objective == "contrastive" else (),
        settings=settings.training,
        augmentation=plan.recipe.augmentation,
        seed=node.seed,
        folder=folder,
        keep_last=True,
    )
    learner = Distiller(model, PLAIN) if supervised else pretraining(settings.objective, model)
    progress = fit(job, learner, rows, plan.validation, make_fabric(settings.training), reporter)
    return model.cpu().eval(), progress


def load_node(plan: Plan, node: Node, folder: Path) -> EcgModel:
    """Load a trained network in evaluation mode.

    Raises:
        TrainingError: It is not trained to the end.
    """
    progress = load_progress(folder)
    if progress is None or not progress.finished:
        raise TrainingError(f"the {node.role} in {folder} is not trained to the end; train it first")
    model = plan.build(node.settings, node.seed, len(_rows(plan, node).classes))
    model.load_state_dict(load_tensors(folder / "best.safetensors"))
    return model.eval()


def predict_together(plan: Plan, nodes: Sequence[Node], models: Sequence[EcgModel], rows: FoldRows) -> Predictions:
    """Return the mean of the logits of several networks over rows, in float32."""
    said = [predict(model, plan.input(node.settings), rows) for node, model in zip(nodes, models, strict=True)]
    logits: NDArray[np.float32] = np.mean([one.logits for one in said], axis=0, dtype=np.float32)
    return Predictions(said[0].record_id, said[0].patient_id, said[0].targets, logits, said[0].classes)


def _rows(plan: Plan, node: Node) -> FoldRows:
    rows = plan.training_rows(node.settings)
    if node.left_out is None:
        return rows
    part, parts = node.left_out
    return rows.subset(np.flatnonzero(rows.parts(parts) != part))


def _shared_classes(plan: Plan, node: Node, rows: FoldRows) -> torch.Tensor | None:
    """Which of the teachers' classes the losses compare: all where auxiliary classes are the same, else the task's."""
    theirs = {plan.training_rows(teacher.settings).classes for teacher in node.teachers}
    return None if theirs <= {rows.classes} else torch.arange(len(plan.targets.classes))


def _recoverable(
    plan: Plan, node: Node, teachers: Sequence[EcgModel], rows: FoldRows, folder_of: Callable[[Node], Path]
) -> torch.Tensor:
    """How far the student's view shows what the teachers say, for each class of each record."""
    probes = [load_node(plan, probe, folder_of(probe)) for probe in node.probes]
    recovered = _outputs(plan, node.probes, probes, rows).logits
    said = _outputs(plan, node.teachers, teachers, rows).logits
    shared = _shared_classes(plan, node, rows)
    if shared is not None:
        recovered, said = recovered[:, shared], said[:, shared]
    return record_recoverability(recovered, said)


def _asked_once(plan: Plan, node: Node) -> bool:
    """Without augmentation teachers would say the same in every epoch; of cross-fitted ones each knows its part."""
    if node.transfer.needs_features:  # feature maps of all records would fill the memory
        return False
    cross_fitted = any(teacher.left_out for teacher in node.teachers)
    return cross_fitted or not plan.recipe.augmentation.active or plan.recipe.teacher_sees == "record"


def _outputs(plan: Plan, nodes: Sequence[Node], models: Sequence[EcgModel], rows: FoldRows) -> Outputs:
    """Ask the teachers about all rows, in float32; a cross-fitted one about those that it has not learned from."""
    said: dict[int, Outputs] = {}
    for node, model in zip(nodes, models, strict=True):
        asked = np.arange(len(rows), dtype=np.int64)
        if node.left_out is not None:
            part, parts = node.left_out
            asked = np.flatnonzero(rows.parts(parts) == part)
        output = _ask(model, plan.input(node.settings), rows, asked)
        if node.member not in said:
            said[node.member] = _empty(output, len(rows))
        said[node.member].logits[asked] = output.logits
        said[node.member].embedding[asked] = output.embedding
    return combined(list(said.values()))


def _empty(like: Outputs, rows: int) -> Outputs:
    return Outputs(torch.zeros(rows, like.logits.shape[1]), torch.zeros(rows, like.embedding.shape[1]))


def _ask(model: EcgModel, network: NetworkInput, rows: FoldRows, positions: NDArray[np.int64]) -> Outputs:
    model.eval()
    with torch.inference_mode():
        batches = [
            model(torch.from_numpy(standardise(rows.select(some, network.view), network.spec)))
            for some in np.array_split(positions, -(-len(positions) // _OUTPUT_BATCH))
        ]
    logits, embedding = (torch.cat(parts).clone() for parts in zip(*batches, strict=True))
    return Outputs(logits, embedding)


def _node(
    plan: Plan,
    role: str,
    settings: NetworkSettings,
    transfer: TransferSettings,
    teachers: Sequence[Node] = (),
    *,
    probes: Sequence[Node] = (),
    left_out: tuple[int, int] | None = None,
    member: int = 0,
    seed: int | None = None,
    pretrains: bool = False,
) -> Node:
    seed = _seed(plan, settings) if seed is None else seed
    recipe, start = plan.recipe, None
    if settings.pretraining is not None and not pretrains:
        start = _node(plan, "pretraining", settings, PLAIN, left_out=left_out, seed=seed, pretrains=True)
    manifest, tasks = plan.corpus.manifest, (recipe.task, settings.auxiliary_task)
    # However a network goes on, its pretraining is the same.
    training = settings.pretraining.training if settings.pretraining and pretrains else settings.training
    exclude = {"seed", "members", "cross_fit", "model", *({"training"} if pretrains else ())}
    determined_by: dict[str, Any] = {
        "format": _FORMAT,
        "corpus": manifest.checksums,
        "signal": manifest.signal.model_dump(mode="json"),
        "tasks": [manifest.tasks[task].model_dump(mode="json") for task in tasks if task is not None],
        "labels": [recipe.task, recipe.min_samples, recipe.classes],
        "folds": plan.split.model_dump(mode="json", include={"training", "validation"}),
        "augmentation": recipe.augmentation.model_dump(mode="json"),
        "network": settings.model_dump(mode="json", exclude=exclude),
        "architecture": plan.architecture(settings),
        "precision": str(make_fabric(training)._precision.precision),
        "seed": seed,
        "left_out": left_out,
        "transfer": [transfer.model_dump(mode="json"), recipe.teacher_sees] if teachers else None,
        "teachers": [other.key for other in (*teachers, *probes)],
        "start": start.key if start else pretrains,
    }
    key = hashlib.sha256(json.dumps(determined_by, sort_keys=True).encode()).hexdigest()
    if pretrains:  # a run may have several
        role = f"{role}-{key[:8]}"
    return Node(role, settings, seed, transfer, tuple(teachers), tuple(probes), left_out, member, start, pretrains, key)


def _seed(plan: Plan, settings: NetworkSettings) -> int:
    return plan.recipe.seed if settings.seed is None else settings.seed
