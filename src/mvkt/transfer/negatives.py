"""Draw the records that anchors are contrasted with, by their labels."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

NegativeRule = Literal["disjoint", "different", "any", "jaccard", "hamming"]
"""Which records an anchor may be contrasted with; see :class:`NegativeSampler`."""

_SPARE = 1.15
"""The stream is longer by this than it has to be on average, so that it is seldom too short."""
_RAREST = 1 / 8
"""Anchors that may be contrasted with a smaller share of the records do not make the stream longer."""


class Negatives(NamedTuple):
    """What the anchors of a batch are contrasted with.

    Attributes:
        rows: ``(pool,)`` distinct training records, ascending.
        counts: ``(batch, pool)`` how often an anchor is contrasted with each of them; all 0 where no record is
            eligible for it.
    """

    rows: Tensor
    counts: Tensor


class NegativeSampler(nn.Module):
    """Draws with replacement from the records that are eligible for an anchor; never the anchor itself.

    Two records with label sets ``A`` and ``B`` are contrasted with a probability in proportion to

    - ``disjoint``: 1 where they share no label, else 0;
    - ``different``: 1 where the sets differ, else 0;
    - ``any``: 1;
    - ``jaccard``: the Jaccard distance, ``1 - |A ∩ B| / |A ∪ B|``;
    - ``hamming``: the number of classes in either set alone.

    All anchors of a batch look through one stream of random records, and each takes the first that are eligible for
    it: that is the same as drawing for each anchor alone, but a batch then reads a table of some thousand entries
    instead of as many for every anchor. Where too few of the stream are eligible, the rest is drawn for that anchor
    alone. There is no table of records by records: records are grouped by their set of labels.

    Args:
        targets: ``(records, classes)`` labels of all training records.
        rule: Of the list above.
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
        patterns, pattern_of, sizes = torch.unique(targets > 0.5, dim=0, return_inverse=True, return_counts=True)
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
        likelihood = self._likelihood(self.pattern_of[rows])
        mass = self._mass(likelihood, rows)
        total = mass.sum(dim=1)
        stream = self._stream(total, number, generator)
        drawn = torch.rand(len(stream), generator=generator, device=_device(generator, rows)).to(rows.device)
        # index_select is several times faster than indexing with brackets.
        accepted = drawn < likelihood.index_select(1, self.pattern_of[stream])
        accepted &= stream.int() != rows.int()[:, None]
        so_far = accepted.cumsum(dim=1, dtype=torch.int32)
        taken = (accepted & (so_far <= number)).float()
        lacking = torch.where(total > 0, (number - so_far[:, -1]).clamp(min=0), 0)
        # Towards its end the stream serves only those for whom few records are eligible.
        used = taken.sum(dim=0).nonzero()[:, 0]
        pool, place = torch.unique(stream[used], return_inverse=True)
        counts = drawn.new_zeros(len(rows), len(pool))
        counts.scatter_add_(1, place.expand(len(rows), -1), taken.index_select(1, used))
        if int(lacking.max()) == 0:
            return Negatives(pool, counts)
        return _join(Negatives(pool, counts), self._alone(rows, lacking, likelihood, mass, generator))

    def every(self, rows: Tensor) -> Negatives:
        """Contrast each anchor with all training records by their probabilities, instead of with a draw.

        The counts of an anchor are in proportion to the probabilities, and their sum is the number of records that
        are eligible for it: with a rule of 0 and 1, each of those counts 1.
        """
        counts = self.likelihood(rows)
        scale = (counts > 0).sum(dim=1) / counts.sum(dim=1).clamp(min=torch.finfo(counts.dtype).tiny)
        return Negatives(torch.arange(len(self.order), device=rows.device), counts * scale[:, None])

    def likelihood(self, rows: Tensor) -> Tensor:
        """Return ``(batch, records)``, 0 to 1: how likely each record is drawn for an anchor; 0 for itself."""
        likelihood = self._likelihood(self.pattern_of[rows]).index_select(1, self.pattern_of)
        return likelihood.scatter(1, rows[:, None], 0.0)

    def _likelihood(self, pattern: Tensor) -> Tensor:
        """How likely a record of each group is accepted for each of the given patterns: ``(given, groups)``."""
        own = self.patterns[pattern]
        shared = own @ self.patterns.T
        either = own.sum(dim=1, keepdim=True) + self.patterns.sum(dim=1) - shared
        if self.rule == "disjoint":
            return (shared == 0).float()
        if self.rule == "different":
            return (shared != either).float()
        if self.rule == "jaccard":
            return (either - shared) / either.clamp(min=1)
        if self.rule == "hamming":
            return (either - shared) / self.patterns.shape[1]
        return torch.ones_like(shared)

    def _mass(self, likelihood: Tensor, rows: Tensor) -> Tensor:
        """The likelihood of all records of each group together, without the anchor: ``(batch, groups)``."""
        own = torch.nn.functional.one_hot(self.pattern_of[rows], len(self.sizes))
        return likelihood.double() * (self.sizes - own)

    def _stream(self, total: Tensor, number: int, generator: torch.Generator | None) -> Tensor:
        records = len(self.order)
        shares = torch.where(total > 0, total / records, 1.0).clamp(min=_RAREST)
        length = math.ceil(_SPARE * number / float(shares.min()))
        device = _device(generator, total)
        return torch.randint(records, (length,), generator=generator, device=device).to(total.device)

    def _alone(
        self, rows: Tensor, lacking: Tensor, likelihood: Tensor, mass: Tensor, generator: torch.Generator | None
    ) -> Negatives:
        """Draw what anchors lack, each for itself: a number below the total mass finds a group, then a record."""
        short = lacking.nonzero()[:, 0]
        cumulative = mass[short].cumsum(dim=1)
        total = cumulative[:, -1:]
        shape = (len(short), int(lacking.max()))
        uniform = torch.rand(shape, dtype=torch.float64, generator=generator, device=_device(generator, rows))
        # Rounding must not lead beyond the last group.
        drawn = (uniform.to(rows.device) * total).minimum(total.nextafter(torch.zeros_like(total)))
        group = torch.searchsorted(cumulative, drawn, right=True)
        within = drawn - (cumulative - mass[short]).gather(1, group)
        offset = (within / likelihood[short].double().gather(1, group)).long()
        # In its own group the anchor is stepped over.
        own = group == self.pattern_of[rows[short]][:, None]
        offset = offset.minimum(self.sizes[group] - 1 - own.long())
        offset += own & (offset >= self.place[rows[short]][:, None])
        picked = self.order[self.starts[group] + offset]
        needed = torch.arange(shape[1], device=rows.device) < lacking[short, None]
        pool, place = torch.unique(picked, return_inverse=True)
        counts = torch.zeros(len(rows), len(pool), device=rows.device)
        counts[short] = counts[short].scatter_add(1, place, needed.float())
        return Negatives(pool, counts)


def _join(first: Negatives, second: Negatives) -> Negatives:
    pool, place = torch.unique(torch.cat([first.rows, second.rows]), return_inverse=True)
    counts = torch.cat([first.counts, second.counts], dim=1)
    joined = counts.new_zeros(len(counts), len(pool))
    return Negatives(pool, joined.scatter_add_(1, place.expand(len(counts), -1), counts))


def _device(generator: torch.Generator | None, like: Tensor) -> torch.device:
    return generator.device if generator else like.device
