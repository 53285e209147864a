"""One process gathers nothing."""

from __future__ import annotations

import torch

from mvkt.transfer.gather import gather, process_count, process_number, share_of_batch


def test_without_a_launcher_a_process_has_the_whole_batch() -> None:
    assert (process_count(), process_number()) == (1, 0)
    assert share_of_batch(12) == slice(0, 12)
    share = torch.randn(3, 2, requires_grad=True)
    assert gather(share) is share


def test_shares_cover_the_batch(monkeypatch) -> None:
    monkeypatch.setattr("mvkt.transfer.gather.process_count", lambda: 3)
    rows = []
    for number in range(3):
        monkeypatch.setattr("mvkt.transfer.gather.process_number", lambda number=number: number)
        rows += list(range(12))[share_of_batch(12)]
    assert rows == list(range(12))
