from __future__ import annotations

import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mvkt.transfer.negatives import NegativeSampler

RULES = ["disjoint", "different", "any"]


def may_be_contrasted(rule: str, targets: Tensor, anchor: int, other: int) -> bool:
    """The definition, for one pair."""
    if anchor == other:
        return False
    if rule == "disjoint":
        return not (targets[anchor] & targets[other]).any()
    return rule == "any" or not torch.equal(targets[anchor], targets[other])


def eligible(rule: str, targets: Tensor, anchor: int) -> set[int]:
    return {other for other in range(len(targets)) if may_be_contrasted(rule, targets, anchor, other)}


label_matrices = st.integers(1, 4).flatmap(
    lambda classes: st.lists(st.lists(st.booleans(), min_size=classes, max_size=classes), min_size=1, max_size=15)
)


@settings(deadline=None, max_examples=150)
@given(labels=label_matrices, rule=st.sampled_from(RULES), seed=st.integers(0, 2**32))
def test_only_eligible_records_are_drawn(labels: list[list[bool]], rule: str, seed: int) -> None:
    targets = torch.tensor(labels)
    sampler = NegativeSampler(targets, rule)
    rows, valid = sampler.sample(torch.arange(len(targets)), 40, torch.Generator().manual_seed(seed))
    without = 0
    for anchor in range(len(targets)):
        expected = eligible(rule, targets, anchor)
        assert valid[anchor].item() == bool(expected)
        assert set(rows[anchor].tolist()) <= (expected or {anchor})
        without += not expected
    assert sampler.records_without_negatives() == without


@pytest.mark.parametrize("rule", RULES)
def test_every_eligible_record_is_as_likely(rule: str, targets: Tensor) -> None:
    draws = 30_000
    sampler = NegativeSampler(targets, rule)
    rows, _ = sampler.sample(torch.arange(12), draws, torch.Generator().manual_seed(0))
    for anchor in range(12):
        expected = eligible(rule, targets, anchor)
        counts = torch.bincount(rows[anchor], minlength=12).double()
        assert {record for record in range(12) if counts[record] > 0} == expected
        chi_squared = ((counts[list(expected)] - draws / len(expected)) ** 2 / (draws / len(expected))).sum()
        assert chi_squared < 35  # eleven degrees of freedom: exceeded once in 4,000


def test_fewer_eligible_than_asked_are_repeated() -> None:
    sampler = NegativeSampler(torch.tensor([[1, 0], [1, 0], [0, 1]], dtype=torch.bool))
    rows, valid = sampler.sample(torch.tensor([0, 2]), 50, torch.Generator().manual_seed(0))
    assert valid.all()
    assert set(rows[0].tolist()) == {2}
    assert set(rows[1].tolist()) == {0, 1}


def test_no_eligible_record_is_said_and_counted() -> None:
    sampler = NegativeSampler(torch.ones(5, 1, dtype=torch.bool))
    rows, valid = sampler.sample(torch.tensor([3, 1]), 4, torch.Generator().manual_seed(0))
    assert valid.tolist() == [False, False]
    assert rows.tolist() == [[3] * 4, [1] * 4]
    assert sampler.records_without_negatives() == 5


def test_the_generator_alone_decides() -> None:
    targets = torch.rand(50, 4) < 0.3
    sampler = NegativeSampler(targets)
    anchors = torch.arange(50)
    first = sampler.sample(anchors, 20, torch.Generator().manual_seed(7)).rows
    torch.manual_seed(123)
    again = NegativeSampler(targets).sample(anchors, 20, torch.Generator().manual_seed(7)).rows
    other = sampler.sample(anchors, 20, torch.Generator().manual_seed(8)).rows
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.slow
def test_a_million_records_need_no_table_of_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    targets = torch.rand(1_000_000, 12, generator=generator) < 0.15
    sampler = NegativeSampler(targets)
    assert sum(buffer.numel() for buffer in sampler.buffers()) < 4_000_000
    started = time.perf_counter()
    rows, valid = sampler.sample(torch.arange(64), 1024, generator)
    assert time.perf_counter() - started < 2
    anchors = torch.arange(64)[valid]
    assert not (targets[anchors][:, None] & targets[rows[valid]]).any()
