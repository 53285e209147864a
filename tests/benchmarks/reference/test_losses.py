from __future__ import annotations

import pytest
import torch
from benchmarks.reference.losses import Clt, bce, mkd
from torch import Tensor
from torch.nn import functional

from mvkt.transfer import Clt as OurClt
from mvkt.transfer import Outputs, TransferBatch
from mvkt.transfer import mkd_loss as our_mkd
from mvkt.transfer.losses.clt import CltSettings

RECORDS, CLASSES, BATCH = 40, 4, 6


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_bce_is_the_mean_of_its_formula() -> None:
    logits, targets = drawn(BATCH, CLASSES), drawn(BATCH, CLASSES, seed=1) > 0
    p = torch.sigmoid(logits)
    expected = -torch.where(targets, torch.log(p), torch.log(1 - p)).mean()
    torch.testing.assert_close(bce(logits, targets.float()), expected)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_mkd_equals_ours(temperature: float) -> None:
    student, teacher = 2 * drawn(BATCH, CLASSES), 2 * drawn(BATCH, CLASSES, seed=1)
    torch.testing.assert_close(
        mkd(student, teacher, temperature),
        our_mkd(student, teacher, temperature, reduction="sum"),
        rtol=1e-4,
        atol=1e-6,
    )


def test_clt_equals_ours_over_several_batches_and_so_do_its_gradients() -> None:
    settings = CltSettings(weight=0.8, negatives_per_anchor=16, projection_dim=8)
    targets = functional.one_hot(torch.arange(RECORDS) % CLASSES).bool()
    torch.manual_seed(0)
    ours = OurClt(settings, student_dim=5, teacher_dim=7, targets=targets, fixed_teacher=False)
    usual = Clt(RECORDS, student_dim=5, teacher_dim=7, dimension=8)
    usual.student_head.load_state_dict(ours.student_head.linear.state_dict())
    usual.teacher_head.load_state_dict(ours.teacher_head.linear.state_dict())
    usual.student_memory.copy_(ours.student_bank.entries)
    usual.teacher_memory.copy_(ours.teacher_bank.entries)
    for step in range(3):
        rows = torch.randperm(RECORDS, generator=torch.Generator().manual_seed(step))[:BATCH]
        student, teacher = drawn(BATCH, 5, seed=10 + step).requires_grad_(), drawn(BATCH, 7, seed=20 + step)
        pool, counts = ours.negatives.sample(rows, 16, torch.Generator().manual_seed(step))
        negatives = torch.stack([pool.repeat_interleave(count.long()) for count in counts])
        expected = ours(
            Outputs(drawn(BATCH, CLASSES), student),
            Outputs(drawn(BATCH, CLASSES), teacher),
            TransferBatch(targets[rows], rows, None, torch.Generator().manual_seed(step)),
        )
        loss = usual(student, teacher, rows, negatives)
        torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-5)
        (gradient,) = torch.autograd.grad(loss, student, retain_graph=True)
        (our_gradient,) = torch.autograd.grad(expected, student, retain_graph=True)
        torch.testing.assert_close(gradient, our_gradient, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(usual.student_memory, ours.student_bank.entries)
    torch.testing.assert_close(usual.teacher_memory, ours.teacher_bank.entries)
