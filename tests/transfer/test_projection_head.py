from __future__ import annotations

import torch

from mvkt.transfer.projection_head import ProjectionHead


def test_a_projection_has_length_one() -> None:
    torch.manual_seed(0)
    head = ProjectionHead(12, 5)
    projected = head(torch.randn(7, 12) * 100)
    assert projected.shape == (7, 5)
    torch.testing.assert_close(projected.norm(dim=1), torch.ones(7))


def test_it_is_the_linear_map_over_its_length() -> None:
    torch.manual_seed(1)
    head, embedding = ProjectionHead(4, 3), torch.randn(2, 4)
    (weight, bias) = head.parameters()
    for row, projected in zip(embedding, head(embedding), strict=True):
        mapped = weight @ row + bias
        torch.testing.assert_close(projected, mapped / mapped.square().sum().sqrt())
