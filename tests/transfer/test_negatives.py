from __future__ import annotations

import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mvkt.transfer.negatives import NegativeSampler

RULES = ["disjoint", "different", "any", "jaccard", "hamming"]


def likelihood(rule: str, targets: Tensor, anchor: int, other: int) -> float:
    """The definition, for one pair."""
    if anchor == other:
        return 0.0
    ours, theirs = (set(targets[row].nonzero()[:, 0].tolist()) for row in (anchor, other))
    if rule == "disjoint":
        return float(not ours & theirs)
    if rule == "different":
        return float(ours != theirs)
    if rule == "jaccard":
        return 1 - len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    if rule == "hamming":
        return len(ours ^ theirs) / targets.shape[1]
    return 1.0


def likelihoods(rule: str, targets: Tensor) -> Tensor:
    records = range(len(targets))
    return torch.tensor([[likelihood(rule, targets, anchor, other) for other in records] for anchor in records])


def counts_of(sampler: NegativeSampler, rows: Tensor, number: int, seed: int = 0) -> Tensor:
    """How often each training record was drawn for each anchor: ``(anchors, records)``."""
    pool, counts = sampler.sample(rows, number, torch.Generator().manual_seed(seed))
    assert torch.equal(pool, pool.unique())
    return torch.zeros(len(rows), len(sampler.order)).index_copy(1, pool, counts)


label_matrices = st.integers(1, 4).flatmap(
    lambda classes: st.lists(st.lists(st.booleans(), min_size=classes, max_size=classes), min_size=1, max_size=15)
)


@settings(deadline=None, max_examples=150)
@given(labels=label_matrices, rule=st.sampled_from(RULES), seed=st.integers(0, 2**32))
def test_only_eligible_records_are_drawn_and_as_many_as_wanted(labels: list[list[bool]], rule: str, seed: int) -> None:
    targets = torch.tensor(labels)
    sampler = NegativeSampler(targets, rule)
    anchors = torch.arange(len(targets))
    expected = likelihoods(rule, targets)
    torch.testing.assert_close(sampler.likelihood(anchors), expected)
    some = (expected > 0).any(dim=1)
    counts = counts_of(sampler, anchors, 40, seed)
    assert not counts[expected == 0].any()
    assert torch.equal(counts.sum(dim=1), 40.0 * some)
    pool, every = sampler.every(anchors)
    assert torch.equal(pool, anchors)
    torch.testing.assert_close(every.sum(dim=1), (expected > 0).sum(dim=1).float())
    torch.testing.assert_close(every * expected.sum(dim=1, keepdim=True), expected * every.sum(dim=1, keepdim=True))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("rest", ["of the stream", "alone"])
def test_every_record_is_drawn_as_often_as_its_likelihood(
    rule: str, rest: str, targets: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a chi-squared test, once where the stream is long enough and once where it is all but empty."""
    if rest == "alone":
        monkeypatch.setattr("mvkt.transfer.negatives._SPARE", 0.05)
    draws = 30_000
    sampler = NegativeSampler(targets, rule)
    counts = counts_of(sampler, torch.arange(12), draws)
    expected = likelihoods(rule, targets)
    expected *= draws / expected.sum(dim=1, keepdim=True)
    assert torch.equal(counts.sum(dim=1), torch.full((12,), float(draws)))
    assert not counts[expected == 0].any()
    chi_squared = torch.where(expected > 0, (counts - expected) ** 2 / expected.clamp(min=1), 0.0).sum(dim=1)
    assert (chi_squared < 35).all()  # eleven degrees of freedom: exceeded once in 4,000


def test_fewer_eligible_than_wanted_are_repeated() -> None:
    sampler = NegativeSampler(torch.tensor([[1, 0], [1, 0], [0, 1]], dtype=torch.bool))
    counts = counts_of(sampler, torch.tensor([0, 2]), 50)
    assert counts[0].tolist() == [0, 0, 50]
    assert (counts[1, :2] > 0).all()
    assert counts[1].sum() == 50


def test_a_rare_eligible_record_is_found_without_a_longer_stream() -> None:
    targets = torch.zeros(5000, 2, dtype=torch.bool)
    targets[:, 0] = True
    targets[17] = torch.tensor([False, True])
    sampler = NegativeSampler(targets)
    pool, counts = sampler.sample(torch.tensor([3, 4, 17]), 10, torch.Generator().manual_seed(0))
    assert len(pool) < 200
    assert counts.sum(dim=1).tolist() == [10, 10, 10]
    assert counts[:2, pool == 17].tolist() == [[10], [10]]


def test_no_eligible_record_is_no_negative() -> None:
    sampler = NegativeSampler(torch.ones(5, 1, dtype=torch.bool))
    counts = sampler.sample(torch.tensor([3, 1]), 4, torch.Generator().manual_seed(0)).counts
    assert not counts.any()
    assert not sampler.every(torch.tensor([3, 1])).counts.any()


def test_the_generator_alone_decides() -> None:
    targets = torch.rand(50, 4) < 0.3
    anchors = torch.arange(50)
    first = counts_of(NegativeSampler(targets), anchors, 20, 7)
    torch.manual_seed(123)
    again = counts_of(NegativeSampler(targets), anchors, 20, 7)
    other = counts_of(NegativeSampler(targets), anchors, 20, 8)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.slow
def test_a_million_records_need_no_table_of_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    targets = torch.rand(1_000_000, 12, generator=generator) < 0.15
    sampler = NegativeSampler(targets)
    assert sum(buffer.numel() for buffer in sampler.buffers()) < 4_000_000
    started = time.thread_time()
    pool, counts = sampler.sample(torch.arange(64), 1024, generator)
    assert time.thread_time() - started < 2
    assert len(pool) < 64 * 1024
    shared = targets[:64].float() @ targets[pool].float().T
    assert not (counts * shared).any()
