from __future__ import annotations

import math

import pytest
import torch
from tests.transfer.losses.made_outputs import random
from torch import Tensor

from mvkt.transfer import Outputs, TransferBatch, TransferContext, TransferSettings
from mvkt.transfer.losses.infonce import infonce_loss
from mvkt.transfer.losses.supcon import SupCon, label_overlap, supcon_loss


def test_overlap_is_the_jaccard_similarity(targets: Tensor) -> None:
    overlap = label_overlap(targets)
    for first in range(12):
        for second in range(12):
            a, b = (set(targets[row].nonzero()[:, 0].tolist()) for row in (first, second))
            expected = len(a & b) / len(a | b) if a | b else 1.0
            assert overlap[first, second].item() == pytest.approx(expected)


def test_overlap_of_shares_of_labels() -> None:
    overlap = label_overlap(torch.tensor([[0.7, 0.3], [1.0, 0.0], [0.0, 0.0]]))
    torch.testing.assert_close(overlap, torch.tensor([[1.0, 0.7 / 1.3, 0.0], [0.7 / 1.3, 1.0, 0.0], [0.0, 0.0, 1.0]]))


def test_equals_the_plain_loop(targets: Tensor) -> None:
    rows = [0, 1, 3, 8, 10, 11]
    student, teacher = random(6, 3), random(6, 5, seed=1)
    settings = TransferSettings(supcon={"weight": 1.0, "temperature": 0.3, "projection_dim": 4})
    module = SupCon.build(settings.of("supcon"), TransferContext(3, 5)).double()
    ours = [vector / vector.norm() for vector in module.student_head.linear(student)]
    theirs = [vector / vector.norm() for vector in module.teacher_head.linear(teacher)]
    overlap = label_overlap(targets[rows]).tolist()
    expected = 0.0
    for anchors, entries in ((ours, theirs), (theirs, ours)):
        for anchor, weights in zip(anchors, overlap, strict=True):
            powers = [math.exp((anchor @ entry).item() / 0.3) for entry in entries]
            for weight, power in zip(weights, powers, strict=True):
                expected -= weight / sum(weights) * math.log(power / sum(powers)) / 12
    empty = torch.zeros(6, 3)
    batch = TransferBatch(targets[rows], torch.tensor(rows))
    loss = module(Outputs(empty, student), Outputs(empty, teacher), batch)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_records_that_share_nothing_make_it_infonce() -> None:
    similarity = random(4, 4)
    torch.testing.assert_close(
        supcon_loss(similarity, label_overlap(torch.eye(4)).double(), 0.2),
        infonce_loss(similarity, torch.arange(4), temperature=0.2),
    )


def test_records_that_share_everything_are_to_be_alike() -> None:
    """Then the least is the logarithm of their number, where all similarities are equal."""
    together = torch.ones(4, 4)
    assert supcon_loss(torch.full((4, 4), 0.3), together).item() == pytest.approx(math.log(4))
    assert supcon_loss(torch.eye(4), together) > math.log(4)
