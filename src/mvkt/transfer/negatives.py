"""Draw the records that an anchor is contrasted with, by their labels."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mvkt.transfer.settings import NegativeRule

_PATTERNS_AT_ONCE = 1024


class Negatives(NamedTuple):
    """What was drawn for a batch.

    Attributes:
        rows: ``(batch, number)`` training records. Where nothing is eligible they are the anchor's own row.
        valid: ``(batch,)`` whether any record is eligible.
    """

    rows: Tensor
    valid: Tensor


class NegativeSampler(nn.Module):
    """Draws uniformly, with replacement, from the records that are eligible for an anchor; never the anchor.

    Records are grouped by their set of labels. Whether records are eligible is decided for whole groups, and
    a uniform number below the eligible groups' total size finds first a group, then a record: exact, without
    a table of records by records.

    Args:
        targets: ``(records, classes)`` labels of all training records.
        rule: ``disjoint``, ``different`` or ``any``; see :class:`TransferSettings`.
    """

    patterns: Tensor
    sizes: Tensor
    starts: Tensor
    pattern_of: Tensor
    order: Tensor
    place: Tensor

    def __init__(self, targets: Tensor, rule: NegativeRule = "disjoint") -> None:
        super().__init__()
        self.rule = rule
        patterns, pattern_of, sizes = torch.unique(targets.bool(), dim=0, return_inverse=True, return_counts=True)
        order = torch.argsort(pattern_of, stable=True)
        starts = sizes.cumsum(0) - sizes
        place = torch.empty_like(order)
        place[order] = torch.arange(len(order), device=order.device) - starts[pattern_of[order]]
        buffers = {"patterns": patterns.float(), "sizes": sizes, "starts": starts}
        buffers |= {"pattern_of": pattern_of, "order": order, "place": place}
        for name, buffer in buffers.items():
            # Made from the targets again when a run is resumed, so not a part of its state.
            self.register_buffer(name, buffer, persistent=False)

    def sample(self, rows: Tensor, number: int, generator: torch.Generator | None = None) -> Negatives:
        """Draw ``number`` negatives for each anchor.

        Args:
            rows: ``(batch,)`` positions of the anchors among the training records.
            number: Negatives an anchor.
            generator: Decides the draw, alone; it may live on another device.
        """
        own = self.pattern_of[rows]
        eligible = self._eligible(own)
        counts = eligible * self.sizes
        cumulative = counts.cumsum(dim=1)
        own_eligible = eligible.gather(1, own[:, None])
        total = cumulative[:, -1:] - own_eligible.long()
        uniform = torch.rand(
            (len(rows), number),
            dtype=torch.float64,
            generator=generator,
            device=generator.device if generator else rows.device,
        )
        drawn = (uniform.to(rows.device) * total).long().minimum((total - 1).clamp(min=0))
        # An anchor that is in an eligible group itself is stepped over.
        self_at = cumulative.gather(1, own[:, None]) - self.sizes[own, None] + self.place[rows, None]
        drawn += own_eligible & (drawn >= self_at)
        group = torch.searchsorted(cumulative, drawn, right=True).clamp(max=len(self.sizes) - 1)
        offset = drawn - (cumulative - counts).gather(1, group)
        picked = self.order[(self.starts[group] + offset).clamp(max=len(self.order) - 1)]
        valid = total[:, 0] > 0
        return Negatives(torch.where(valid[:, None], picked, rows[:, None]), valid)

    def records_without_negatives(self) -> int:
        """Return how many training records have no eligible negative, and so contribute nothing."""
        without = 0
        patterns = torch.arange(len(self.sizes), device=self.sizes.device)
        for chunk in torch.split(patterns, _PATTERNS_AT_ONCE):
            eligible = self._eligible(chunk)
            totals = (eligible * self.sizes).sum(dim=1) - eligible.gather(1, chunk[:, None])[:, 0].long()
            without += int(self.sizes[chunk][totals == 0].sum())
        return without

    def _eligible(self, pattern: Tensor) -> Tensor:
        """Whether each group may be contrasted with each of the given ones: ``(given, groups)``."""
        if self.rule == "disjoint":
            return self.patterns[pattern] @ self.patterns.T == 0
        if self.rule == "different":
            return pattern[:, None] != torch.arange(len(self.sizes), device=pattern.device)
        return torch.ones(len(pattern), len(self.sizes), dtype=torch.bool, device=pattern.device)
