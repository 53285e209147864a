from __future__ import annotations

import numpy as np
import pytest
import torch
from benchmarks.reference.losses import Clt
from benchmarks.reference.networks import resnet1d
from benchmarks.reference.transfer import Weights, macro_auc, predictions, student_step, teacher_step

from mvkt.evaluation.metrics import macro_auc as our_macro_auc
from mvkt.models import build_model
from mvkt.transfer import PLAIN, Distiller, TransferSettings

RECORDS, CLASSES, SAMPLES = 12, 3, 64
TARGETS = torch.nn.functional.one_hot(torch.arange(RECORDS) % CLASSES)


def batch(negatives: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
    signal = torch.randn(RECORDS, 12, SAMPLES, generator=torch.Generator().manual_seed(5))
    rows = torch.arange(RECORDS)
    return signal, signal[:, :1], TARGETS.float(), rows, rows[:, None] if negatives is None else negatives


def test_a_teacher_step_has_our_loss_and_moves_the_weights() -> None:
    ours, usual = _networks(12)
    expected = Distiller(ours, PLAIN)(batch()[0], TARGETS, torch.arange(RECORDS))["total"].detach()
    before = usual.classifier[1].weight.clone()
    loss = teacher_step(usual, batch(), torch.optim.AdamW(usual.parameters()))
    assert float(loss) == pytest.approx(float(expected), rel=1e-4)
    assert not torch.equal(before, usual.classifier[1].weight)


def test_a_student_step_has_our_total_loss() -> None:
    settings = TransferSettings(
        mkd={"weight": 0.5, "reduction": "sum"}, clt={"weight": 0.8, "negatives_per_anchor": 8, "projection_dim": 4}
    )
    (our_teacher, teacher), (our_student, student) = _networks(12), _networks(1)
    ours = Distiller(our_student, settings, teacher=our_teacher, targets=TARGETS)
    usual = Clt(RECORDS, student.embedding_dim, teacher.embedding_dim, dimension=4)
    clt = ours.losses["clt"]
    usual.student_head.load_state_dict(clt.student_head.linear.state_dict())
    usual.teacher_head.load_state_dict(clt.teacher_head.linear.state_dict())
    usual.student_memory.copy_(clt.student_bank.entries)
    usual.teacher_memory.copy_(clt.teacher_bank.entries)
    rows = torch.arange(RECORDS)
    pool, counts = clt.negatives.sample(rows, 8, torch.Generator().manual_seed(1))
    negatives = torch.stack([pool.repeat_interleave(count.long()) for count in counts])
    made = batch(negatives)
    expected = ours(made[1], TARGETS, rows, made[0], torch.Generator().manual_seed(1))["total"].detach()
    loss = student_step(
        student, teacher.eval(), usual, Weights(), made, torch.optim.AdamW([*student.parameters(), *usual.parameters()])
    )
    assert float(loss) == pytest.approx(float(expected), rel=1e-4)


def test_macro_auc_equals_ours_with_ties() -> None:
    random = np.random.default_rng(0)
    targets, logits = random.random((50, 3)) < 0.3, np.round(random.standard_normal((50, 3)), 1).astype(np.float32)
    assert macro_auc(targets, logits) == pytest.approx(our_macro_auc(targets, logits))


def test_predictions_are_made_in_evaluation_mode() -> None:
    _, usual = _networks(1)
    signal = batch()[1]
    parts = predictions(usual, iter([signal[:5], signal[5:]]))
    np.testing.assert_allclose(parts, predictions(usual, iter([signal])), rtol=1e-5, atol=1e-6)
    assert usual.training


def _networks(leads: int) -> tuple[torch.nn.Module, torch.nn.Module]:
    """Ours and the reference with the same weights and no dropout."""
    torch.manual_seed(leads)
    ours = build_model("resnet1d", leads=leads, classes=CLASSES, widths=(8, 16), dropout=0.0)
    usual = resnet1d(leads, CLASSES, widths=(8, 16), dropout=0.0)
    theirs = usual.state_dict()
    usual.load_state_dict({name: value.reshape(theirs[name].shape) for name, value in ours.state_dict().items()})
    return ours, usual
