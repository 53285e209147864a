"""What trained networks give for the records that another network learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mvkt.models import EcgModel
from mvkt.training.batches import NetworkInput
from mvkt.training.graph import Node
from mvkt.training.predict import outputs
from mvkt.training.rows import FoldRows
from mvkt.transfer import Outputs, combined
from mvkt.transfer.recoverability import record_recoverability


@dataclass(frozen=True)
class TrainedTeacher:
    """A trained network that another learns from.

    Attributes:
        node: Which.
        model: In evaluation mode.
        network: Its input.
    """

    node: Node
    model: EcgModel
    network: NetworkInput


def outputs_of(teachers: Sequence[TrainedTeacher], rows: FoldRows) -> Outputs:
    """Run the teachers over all rows, in float32; a cross-fitted teacher over those that it has not learned from."""
    made: dict[int, Outputs] = {}
    for teacher in teachers:
        positions = np.arange(len(rows), dtype=np.int64)
        if teacher.node.left_out is not None:
            part, parts = teacher.node.left_out
            positions = np.flatnonzero(rows.parts(parts) == part)
        output = outputs(teacher.model, teacher.network, rows, positions)
        if teacher.node.member not in made:
            made[teacher.node.member] = _empty(output, len(rows))
        made[teacher.node.member].logits[positions] = output.logits
        made[teacher.node.member].embedding[positions] = output.embedding
    return combined(list(made.values()))


def _empty(like: Outputs, rows: int) -> Outputs:
    return Outputs(torch.zeros(rows, like.logits.shape[1]), torch.zeros(rows, like.embedding.shape[1]))


def shared_classes(node: Node) -> torch.Tensor | None:
    """Which of the teachers' classes the losses compare: all where auxiliary classes are the same, else the task's."""
    theirs = {teacher.classes for teacher in node.teachers}
    return None if theirs <= {node.classes} else torch.arange(node.architecture["classes"])


def contrasted(
    teachers: Sequence[TrainedTeacher], rows: FoldRows, classes: Sequence[str], normal: Sequence[str]
) -> torch.Tensor:
    """Which diseases each record has, for losses that contrast records of different disease.

    Diseases are the classes of the task that are a finding; a last column stands for none of them, so that two normal
    records are not contrasted. Where a label is not known, the teacher's probability above one half stands in.

    Args:
        teachers: Of the network that learns.
        rows: That it learns from.
        classes: Of the task.
        normal: Those that are no finding.

    Returns:
        ``(records, diseases + 1)`` truth values.
    """
    diseases = [column for column, code in enumerate(classes) if code not in normal]
    present = rows.targets[:, diseases]
    known = rows.known[:, diseases]
    if teachers and not known.all():
        taught = outputs_of(teachers, rows).logits.numpy()[:, diseases] > 0
        present = np.where(known, present, taught)
    return torch.from_numpy(np.concatenate([present, ~present.any(axis=1, keepdims=True)], axis=1))


def recoverable(
    probes: Sequence[TrainedTeacher], teachers: Sequence[TrainedTeacher], rows: FoldRows, shared: torch.Tensor | None
) -> torch.Tensor:
    """How much of the teachers' output the student's view shows, for each class of each record.

    Args:
        probes: Networks of the view that have learned to repeat the teachers.
        teachers: What they repeat.
        rows: That the student learns from.
        shared: As :func:`shared_classes`.
    """
    recovered, taught = outputs_of(probes, rows).logits, outputs_of(teachers, rows).logits
    if shared is not None:
        recovered, taught = recovered[:, shared], taught[:, shared]
    return record_recoverability(recovered, taught)
