from __future__ import annotations

import pytest
import torch

from mvkt.transfer import memory_bank
from mvkt.transfer.memory_bank import MemoryBank


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


def test_what_was_read_stays_when_the_bank_moves() -> None:
    bank = MemoryBank(5, 3)
    before = bank.entries.clone()
    read = bank.read(torch.tensor([1, 1, 4]))
    bank.update(torch.arange(5), torch.ones(5, 3))
    assert torch.equal(read, before[[1, 1, 4]])


def test_a_large_bank_is_kept_in_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    def filled() -> MemoryBank:
        torch.manual_seed(0)
        bank = MemoryBank(100, 16)
        bank.update(torch.arange(50), torch.nn.functional.normalize(torch.randn(50, 16), dim=1))
        return bank

    full = filled()
    monkeypatch.setattr(memory_bank, "MOST_BYTES_IN_FULL_PRECISION", 4 * 100 * 16 - 1)
    half = filled()
    assert (full.entries.dtype, half.entries.dtype) == (torch.float32, torch.float16)
    rows = torch.arange(0, 100, 7)
    read = half.read(rows)
    assert read.dtype == torch.float32
    torch.testing.assert_close(read, full.read(rows), atol=1e-3, rtol=0)
    assert (half.read(rows) @ read.T - full.read(rows) @ full.read(rows).T).abs().max() < 1e-3
