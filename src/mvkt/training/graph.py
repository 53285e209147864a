"""Which networks a recipe needs, and what each learns from.

A network is named by a key: a hash of everything that determines its weights. Whoever keeps networks by their keys
trains none twice, however many students learn from the same teacher.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import mvkt.plugins
from mvkt.models import resolve_settings
from mvkt.training.network_settings import NetworkSettings
from mvkt.training.plan import Plan
from mvkt.training.precision import precision_of
from mvkt.transfer import PLAIN, TransferSettings
from mvkt.transfer.losses.mkd import MkdSettings

# To be raised when a change of the code changes what comes out of the same settings.
_FORMAT = 4
_PROBES = 2
_ELSEWHERE = {"seed", "members", "cross_fit", "model", "start", "start_rate", "rhythm"}
"""Settings that a key states in another form, and what is fitted once the network is trained."""
_REPEAT = TransferSettings.model_validate({"bce": 0, "mkd": 1})
"""What a probe learns: the output of the teachers, and nothing else."""

Kind = Literal["teacher", "assistant", "baseline", "student", "probe", "pretraining"]


@dataclass(frozen=True)
class Node:
    """A network to be trained.

    Attributes:
        kind: What it is for.
        role: Its name within a run, and its folder there: ``teacher``, ``teacher-2``, ``student-probe-1`` …
        settings: What it sees, what it is, how it is trained.
        seed: Of initialisation, order and augmentation.
        transfer: How it learns from its teachers.
        teachers: The networks that it learns from; none for plain training.
        probes: Cross-fitted networks of its own kind that learn to repeat the teachers: where they cannot, neither can
            it. Only where MKD weighs by what can be recovered.
        left_out: The part of the training patients that it does not learn from, and of how many; None learns from all.
        member: Teachers of the same number are the cross-fitted parts of a single teacher.
        start: The network that it goes on from; None begins with random weights.
        architecture: Name and complete settings of its backbone, with the number of classes of the task.
        classes: That it learns: those of the task, then auxiliary classes.
        key: SHA-256 of everything that determines its weights.
    """

    kind: Kind
    role: str
    settings: NetworkSettings
    seed: int
    transfer: TransferSettings
    teachers: tuple[Node, ...]
    probes: tuple[Node, ...]
    left_out: tuple[int, int] | None
    member: int
    start: Node | None
    architecture: Mapping[str, Any]
    classes: tuple[str, ...]
    key: str

    @property
    def needs_no_labels(self) -> bool:
        """Whether it can learn from records without labels: from teachers, or by their signal alone."""
        return _needs_no_labels(self.kind, self.settings, self.teachers)

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


def nodes_of_run(plan: Plan) -> tuple[Node, ...]:
    """Return the networks of a run in training order: teachers, baseline, student, and all that they need.

    Where the recipe transfers nothing, there is the student alone: it would equal the baseline.
    """
    student = student_node(plan)
    trained_here = plan.recipe.transfer.uses_teacher and plan.outside is None
    compared = (*teacher_nodes(plan), baseline_node(plan)) if trained_here else ()
    needed = (node for last in (*compared, student) for node in (*last.ancestors, last))
    return tuple({(node.role, node.key): node for node in needed}.values())


def _needs_no_labels(kind: Kind, settings: NetworkSettings, teachers: Sequence[Node]) -> bool:
    if kind != "pretraining":
        return bool(teachers) or settings.consistency is not None
    return settings.pretraining is not None and settings.pretraining.objective != "any-lead"


def lineage(plan: Plan) -> tuple[Node, ...]:
    """Return the networks that the student of a recipe needs, in training order; the last is the student."""
    student = student_node(plan)
    return (*student.ancestors, student)


def student_node(plan: Plan) -> Node:
    """Return the student; without transfer it has no teachers."""
    recipe = plan.recipe
    if plan.outside is not None:
        return _node(plan, "student", "student", recipe.student, recipe.transfer)
    if not recipe.transfer.uses_teacher:
        return _node(plan, "student", "student", recipe.student, PLAIN)
    teachers = teacher_nodes(plan)
    if recipe.assistant is not None:
        teachers = (_learner(plan, "assistant", recipe.assistant, teachers),)
    return _learner(plan, "student", recipe.student, teachers)


def _learner(plan: Plan, kind: Kind, settings: NetworkSettings, teachers: tuple[Node, ...]) -> Node:
    """Return a network that learns from teachers, with the probes that measure what it can recover of their output."""
    transfer = plan.recipe.transfer
    if not _weighs_by_recoverability(transfer):
        return _node(plan, kind, kind, settings, transfer, teachers)
    probes = [
        _node(plan, "probe", f"{kind}-probe-{part + 1}", settings, _REPEAT, teachers, left_out=(part, _PROBES))
        for part in range(_PROBES)
    ]
    return _node(plan, kind, kind, settings, transfer, teachers, probes=probes)


def _weighs_by_recoverability(transfer: TransferSettings) -> bool:
    mkd = transfer.of("mkd")
    return isinstance(mkd, MkdSettings) and mkd.weight > 0 and mkd.class_weights == "recoverable"


def baseline_node(plan: Plan) -> Node:
    """Return the student without transfer."""
    return _node(plan, "baseline", "baseline", plan.recipe.student, PLAIN)


def teacher_nodes(plan: Plan) -> tuple[Node, ...]:
    """Return all teachers of the recipe: of each settings its members, of each member its cross-fitted parts."""
    nodes: list[Node] = []
    members = [(settings, number) for settings in plan.recipe.teachers for number in range(settings.members)]
    for member, (settings, number) in enumerate(members):
        parts: list[tuple[int, int] | None] = [(part, settings.cross_fit) for part in range(settings.cross_fit)]
        for left_out in parts or [None]:
            role = f"teacher-{len(nodes) + 1}" if nodes else "teacher"
            seed = _seed(plan, settings) + number
            nodes.append(_node(plan, "teacher", role, settings, PLAIN, left_out=left_out, member=member, seed=seed))
    return tuple(nodes)


def _node(
    plan: Plan,
    kind: Kind,
    role: str,
    settings: NetworkSettings,
    transfer: TransferSettings,
    teachers: Sequence[Node] = (),
    *,
    probes: Sequence[Node] = (),
    left_out: tuple[int, int] | None = None,
    member: int = 0,
    seed: int | None = None,
) -> Node:
    seed = _seed(plan, settings) if seed is None else seed
    recipe, start, pretrains = plan.recipe, None, kind == "pretraining"
    if settings.pretraining is not None and not pretrains:
        start = _node(plan, "pretraining", "pretraining", settings, PLAIN, left_out=left_out, seed=seed)
    learns_more = _needs_no_labels(kind, settings, teachers)
    archives = [rows.checksum for rows in plan.unlabelled.rows]
    architecture, classes = _architecture(settings, len(plan.targets.classes)), plan.training_rows(settings).classes
    manifest = plan.corpus.manifest
    tasks = [plan.task, *([manifest.tasks[settings.auxiliary_task]] if settings.auxiliary_task else [])]
    # However a network goes on, its pretraining is the same.
    training = settings.pretraining.training if settings.pretraining and pretrains else settings.training
    exclude = {*_ELSEWHERE, *({"training", "consistency"} if pretrains else ())}
    determined_by: dict[str, Any] = {
        "format": _FORMAT,
        "corpus": manifest.checksums,
        "signal": manifest.signal.model_dump(mode="json"),
        "tasks": [task.model_dump(mode="json") for task in tasks],
        "labels": [recipe.task, recipe.min_samples, recipe.classes],
        "folds": plan.split.model_dump(mode="json", include={"training", "validation"}),
        "augmentation": recipe.augmentation.model_dump(mode="json"),
        "network": settings.model_dump(mode="json", exclude=exclude),
        "architecture": architecture,
        "precision": precision_of(training),
        "seed": seed,
        "left_out": left_out,
        "transfer": [transfer.model_dump(mode="json"), recipe.teacher_sees] if teachers else None,
        "teachers": [other.key for other in (*teachers, *probes)],
        "start": start.key if start else pretrains,
        "plugins": sorted(mvkt.plugins.load().values()),
        "unlabelled_folds": recipe.unlabelled_folds,
        "unlabelled": [recipe.unlabelled_share, *archives] if learns_more else None,
    }
    if recipe.training_records:
        determined_by["training_records"] = [recipe.training_records, recipe.seed]
    if settings.start:
        start_network = plan.starts.networks[settings.start]
        shared = start_network.shared(classes)
        determined_by["start_weights"] = [start_network.sha256, settings.start_rate, *shared]
    if plan.outside is not None:
        determined_by["outside"] = [plan.outside.facts.sha256, transfer.model_dump(mode="json")]
    key = hashlib.sha256(json.dumps(determined_by, sort_keys=True).encode()).hexdigest()
    if pretrains:  # a run may have several
        role = f"{role}-{key[:8]}"
    parents = tuple(teachers), tuple(probes)
    return Node(kind, role, settings, seed, transfer, *parents, left_out, member, start, architecture, classes, key)


def _architecture(settings: NetworkSettings, classes: int) -> dict[str, Any]:
    model, leads = settings.model, len(settings.leads)
    return {"name": model.name, **resolve_settings(model.name, leads=leads, classes=classes, **model.settings)}


def _seed(plan: Plan, settings: NetworkSettings) -> int:
    return plan.recipe.seed if settings.seed is None else settings.seed
