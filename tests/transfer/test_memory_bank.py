from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from mvkt.transfer.memory_bank import MemoryBank, similarities


def test_entries_begin_random_with_length_one() -> None:
    torch.manual_seed(0)
    bank = MemoryBank(100, 16)
    torch.testing.assert_close(bank.entries.norm(dim=1), torch.ones(100))
    assert (bank.entries @ bank.entries.T).fill_diagonal_(0).abs().max() < 0.95


def test_update_is_the_momentum_formula() -> None:
    bank = MemoryBank(3, 2, momentum=0.25)
    bank.entries[:] = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    bank.update(torch.tensor([2, 0]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    moved_2 = torch.tensor([0.25 * 0.6 + 0.75 * 1.0, 0.25 * 0.8])
    moved_0 = torch.tensor([0.25, 0.75])
    expected = torch.stack([moved_0 / moved_0.norm(), torch.tensor([0.0, 1.0]), moved_2 / moved_2.norm()])
    torch.testing.assert_close(bank.entries, expected)


def test_update_takes_no_gradient_and_keeps_the_buffer() -> None:
    bank = MemoryBank(3, 2)
    live = bank.state_dict()["entries"]
    before = live.clone()
    bank.update(torch.tensor([1]), torch.ones(1, 2, requires_grad=True))
    assert not bank.entries.requires_grad
    assert bank.entries.data_ptr() == live.data_ptr()
    assert torch.equal(live[[0, 2]], before[[0, 2]])
    assert not torch.equal(live[1], before[1])


@pytest.mark.parametrize("records", [7, 100])
@pytest.mark.parametrize("projected", [False, True])
def test_similarities_are_inner_products_either_way(records: int, projected: bool) -> None:
    """A short table is multiplied whole, a long one gathered: 4 · 5 entries are asked for."""
    generator = torch.Generator().manual_seed(0)
    head = torch.nn.Linear(6, 3)
    anchors = torch.randn(4, 3, generator=generator, requires_grad=True)
    table = torch.randn(records, 6 if projected else 3, generator=generator)
    rows = torch.randint(records, (4, 5), generator=generator)
    result = similarities(anchors, table, rows, head if projected else None)
    entries = (head(table) if projected else table).detach()
    expected = torch.tensor([[(anchors[b].detach() @ entries[rows[b, k]]).item() for k in range(5)] for b in range(4)])
    torch.testing.assert_close(result.detach(), expected)
    result.sum().backward()
    torch.testing.assert_close(anchors.grad, entries[rows].sum(dim=1))
    assert head.weight.grad is None


@pytest.mark.parametrize("records", [7, 100])
def test_the_bank_may_move_before_the_gradient_is_computed(records: int) -> None:
    bank = MemoryBank(records, 3)
    entries = bank.entries.clone()
    anchors = functional.normalize(torch.randn(4, 3), dim=1).requires_grad_()
    rows = torch.randint(records, (4, 5))
    result = similarities(anchors, bank.entries, rows)
    bank.update(torch.arange(4), anchors)
    result.sum().backward()
    torch.testing.assert_close(anchors.grad, entries[rows].sum(dim=1))
