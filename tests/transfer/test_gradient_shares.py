from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from mvkt.transfer import Distiller, TransferSettings
from mvkt.transfer.gradient_shares import gradient_shares


def test_shares_are_norms_of_the_weighted_gradients() -> None:
    weights = nn.Parameter(torch.tensor([1.0, 2.0]))
    losses = {"bce": weights @ torch.tensor([3.0, 4.0]), "mkd": weights.square().sum() / 2}
    # Gradients (3, 4) and (1, 2) times 4: norms 5 and 4 · √5.
    shares = gradient_shares({**losses, "total": losses["bce"]}, {"bce": 1.0, "mkd": 4.0}, [weights])
    other = 4 * 5**0.5
    assert shares == {"bce": pytest.approx(5 / (5 + other)), "mkd": pytest.approx(other / (5 + other))}
    assert weights.grad is None
    losses["mkd"].backward()  # its graph is still there
    torch.testing.assert_close(weights.grad, torch.tensor([1.0, 2.0]))


def test_parameters_that_no_loss_reaches_and_losses_without_gradient_count_as_0() -> None:
    reached, other = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
    losses = {"bce": reached.sum(), "mkd": torch.tensor(2.0), "clt": other.sum()}
    assert gradient_shares(losses, {"bce": 1.0, "mkd": 1.0, "clt": 0.0}, [reached, other]) == {
        "bce": 1.0,
        "mkd": 0.0,
        "clt": 0.0,
    }
    assert gradient_shares(losses, {"mkd": 1.0}, [reached]) == {"mkd": 0.0}


def test_a_loss_of_features_counts_where_it_reaches_the_student(
    staged_student: nn.Module, staged_teacher: nn.Module, signals: Tensor, targets: Tensor
) -> None:
    """FitNet compares a stage on the way: at the embedding it would have no gradient."""
    settings = TransferSettings(bce=1.0, fitnet={"weight": 2.0, "stages": [1]})
    distiller = Distiller(staged_student, settings, teacher=staged_teacher)
    distiller.measures_shares = True
    rows = torch.arange(6)
    losses = distiller(signals[rows, :1], targets[rows], rows, signals[rows, :2])
    student, parameters = staged_student, list(staged_student.parameters())
    shares = distiller.gradient_shares
    norms = {}
    for name, weight in (("bce", 1.0), ("fitnet", 2.0)):
        student.zero_grad()
        (weight * losses[name]).backward(retain_graph=True)
        norms[name] = sum(float(p.grad.square().sum()) for p in parameters if p.grad is not None) ** 0.5
    assert shares["fitnet"] == pytest.approx(norms["fitnet"] / sum(norms.values()), rel=1e-4)
    assert 0 < shares["fitnet"] < 1
