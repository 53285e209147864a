"""The common part of CLT, InfoNCE and SupCon."""

from __future__ import annotations

import pytest
import torch

from mvkt.errors import RecipeError
from mvkt.transfer.contrastive import ContrastiveLoss
from mvkt.transfer.loss import Outputs, TransferBatch
from mvkt.transfer.losses.clt import Clt
from mvkt.transfer.losses.infonce import InfoNce
from mvkt.transfer.losses.supcon import SupCon


def test_all_three_are_built_on_it() -> None:
    assert all(issubclass(loss, ContrastiveLoss) for loss in (Clt, InfoNce, SupCon))


def test_embeddings_of_any_length_and_precision_become_unit_vectors() -> None:
    torch.manual_seed(0)
    loss = ContrastiveLoss(student_dim=5, teacher_dim=7, projection_dim=3)
    student = Outputs(torch.zeros(4, 2), torch.randn(4, 5).half())
    teacher = Outputs(torch.zeros(4, 2), torch.randn(4, 7).half())
    projected = loss.project(student, teacher)
    for head, embedding, made in zip(
        (loss.student_head, loss.teacher_head), (student.embedding, teacher.embedding), projected, strict=True
    ):
        assert made.shape == (4, 3)
        assert made.dtype == torch.float32
        torch.testing.assert_close(made.norm(dim=1), torch.ones(4))
        plain = embedding.float() @ head.linear.weight.T + head.linear.bias
        torch.testing.assert_close(made, plain / plain.norm(dim=1, keepdim=True))


def test_entries_of_a_fixed_teacher_have_no_gradient() -> None:
    torch.manual_seed(0)
    loss, embeddings = ContrastiveLoss(5, 7, 3), torch.randn(6, 7)
    batch = TransferBatch(torch.zeros(2, 1), torch.tensor([0, 1]), embeddings)
    everything = loss.teacher_entries(batch)
    assert everything.shape == (6, 3)
    assert not everything.requires_grad
    rows = torch.tensor([4, 1])
    torch.testing.assert_close(loss.teacher_entries(batch, rows), everything[rows])


def test_entries_need_the_embeddings() -> None:
    with pytest.raises(RecipeError, match="give its embeddings of all training records"):
        ContrastiveLoss(5, 7, 3).teacher_entries(TransferBatch(torch.zeros(2, 1), torch.tensor([0, 1])))
