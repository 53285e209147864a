"""Several teachers as a committee: the mean of the logits, the embeddings side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mvkt.transfer import Committee, Outputs
from mvkt.transfer.committee import combined


class Fixed(nn.Module):
    """A teacher whose logits are the sums of its leads, for as many classes as it has."""

    def __init__(self, classes: int, embedding_dim: int) -> None:
        super().__init__()
        self.classes, self.embedding_dim = classes, embedding_dim

    def forward(self, signal: Tensor) -> Outputs:
        total = signal.sum(dim=(1, 2))[:, None]
        return Outputs(total + torch.arange(self.classes), total.expand(-1, self.embedding_dim))


def test_each_member_gets_the_leads_of_its_view_and_all_weigh_the_same() -> None:
    committee = Committee([Fixed(3, 2), Fixed(3, 4)])
    limb, precordial = torch.ones(5, 2, 10), 2 * torch.ones(5, 1, 10)
    output = committee([limb, precordial])
    # Both sum to 20: 2 leads of ones, 1 lead of twos, 10 samples.
    assert torch.equal(output.logits, (20.0 + torch.arange(3)).expand(5, -1))
    assert committee.embedding_dim == output.embedding.shape[1] == 6
    other = committee([limb, 2 * precordial])
    assert torch.equal(other.logits, output.logits + 10)
    assert torch.equal(other.embedding[:, :2], output.embedding[:, :2])
    assert torch.equal(other.embedding[:, 2:], output.embedding[:, 2:] + 20)


def test_classes_that_only_some_know_are_left_out() -> None:
    few, many = Outputs(torch.zeros(2, 3), torch.zeros(2, 1)), Outputs(torch.ones(2, 7), torch.zeros(2, 1))
    assert torch.equal(combined([few, many]).logits, torch.full((2, 3), 0.5))
    assert torch.equal(combined([many, few]).logits, torch.full((2, 3), 0.5))


def test_one_member_is_itself() -> None:
    alone = Outputs(torch.randn(4, 3), torch.randn(4, 2))
    together = combined([alone])
    assert torch.equal(together.logits, alone.logits)
    assert torch.equal(together.embedding, alone.embedding)
