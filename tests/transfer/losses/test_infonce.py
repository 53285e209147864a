from __future__ import annotations

import math

import pytest
import torch
from tests.transfer.losses.made_outputs import outputs, random
from torch import Tensor

from mvkt.errors import RecipeError
from mvkt.transfer import TransferBatch, TransferContext, TransferSettings
from mvkt.transfer.losses.infonce import InfoNce, infonce_loss


def build(context: TransferContext, **settings: object) -> InfoNce:
    given = TransferSettings(infonce={"weight": 1.0, "temperature": 0.2, "projection_dim": 4, **settings})
    torch.manual_seed(0)
    return InfoNce.build(given.of("infonce"), context).double()


def of_anchors(scores: list[list[float]], positive: list[int], weights: list[list[float]]) -> float:
    total = 0.0
    for line, own, counts in zip(scores, positive, weights, strict=True):
        others = sum(w * math.exp(s) for at, (s, w) in enumerate(zip(line, counts, strict=True)) if at != own)
        total -= math.log(math.exp(line[own]) / (math.exp(line[own]) + others))
    return total / len(scores)


@pytest.mark.parametrize("among", ["batch", "all"])
@pytest.mark.parametrize("rule", ["any", "disjoint", "jaccard"])
def test_equals_the_plain_loop(among: str, rule: str, targets: Tensor) -> None:
    table, student, rows = random(12, 5), random(4, 3, seed=1), [0, 4, 8, 11]
    module = build(TransferContext(3, 5, targets, fixed_teacher=True), among=among, negatives=rule)
    ours = [vector / vector.norm() for vector in module.student_head.linear(student)]
    theirs = [vector / vector.norm() for vector in module.teacher_head.linear(table)]

    def weight(anchor: int, other: int) -> float:
        shared = int((targets[anchor] & targets[other]).sum())
        either = int((targets[anchor] | targets[other]).sum())
        return {"any": 1.0, "disjoint": float(not shared), "jaccard": (either - shared) / max(either, 1)}[rule]

    def score(b: int, row: int) -> float:
        return ((ours[b] @ theirs[row]) / 0.2).item()

    of_teachers = of_anchors(
        [[score(other, row) for other in range(4)] for row in rows],
        list(range(4)),
        [[weight(row, other) for other in rows] for row in rows],
    )
    entries = rows if among == "batch" else list(range(12))
    of_students = of_anchors(
        [[score(b, row) for row in entries] for b in range(4)],
        [entries.index(row) for row in rows],
        [[weight(row, other) for other in entries] for row in rows],
    )
    batch = TransferBatch(targets[rows], torch.tensor(rows), table)
    loss = module(outputs(student), outputs(table[rows]), batch)
    assert loss.item() == pytest.approx((of_students + of_teachers) / 2, rel=1e-9)


def test_limits() -> None:
    place = torch.arange(4)
    assert infonce_loss(torch.eye(4), place, temperature=0.01).item() == pytest.approx(0, abs=1e-6)
    # Entries that are all alike leave a guess among four.
    assert infonce_loss(torch.ones(4, 4), place).item() == pytest.approx(math.log(4))
    # Nothing to be contrasted with: nothing to lose.
    assert infonce_loss(torch.ones(4, 4), place, torch.zeros(4, 4)).item() == 0


def test_entries_of_all_records_get_no_gradient() -> None:
    table = random(12, 5).requires_grad_()
    module = build(TransferContext(3, 5, fixed_teacher=True), among="all")
    rows = torch.tensor([0, 4])
    module(
        outputs(random(2, 3)), outputs(table[rows].detach()), TransferBatch(torch.zeros(2, 3), rows, table)
    ).backward()
    assert table.grad is None
    assert module.teacher_head.linear.weight.grad.abs().sum() > 0


def test_what_is_missing_is_named() -> None:
    with pytest.raises(RecipeError, match="but the teacher runs on every batch: set among = 'batch'"):
        build(TransferContext(3, 5), among="all")
    with pytest.raises(RecipeError, match="give the targets of all training records"):
        build(TransferContext(3, 5), negatives="disjoint")
    module = build(TransferContext(3, 5, fixed_teacher=True), among="all")
    with pytest.raises(RecipeError, match="give its embeddings of all training records"):
        module(outputs(random(2, 3)), outputs(random(2, 5)), TransferBatch(torch.zeros(2, 3), torch.arange(2)))


def test_training_separates_a_record_from_others() -> None:
    generator = torch.Generator().manual_seed(0)
    cause = torch.randn(40, 6, generator=generator).double()
    views = [cause @ torch.randn(6, size, generator=generator).double() for size in (8, 10)]
    module = build(TransferContext(8, 10), projection_dim=8)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.02)
    batch = TransferBatch(torch.zeros(40, 3), torch.arange(40))
    first = module(outputs(views[0]), outputs(views[1]), batch).item()
    for _ in range(60):
        optimiser.zero_grad()
        loss = module(outputs(views[0]), outputs(views[1]), batch)
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.2 * first
