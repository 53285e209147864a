from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mvkt.errors import RecipeError
from mvkt.transfer import Clt, Outputs, TransferBatch, TransferContext, clt_loss
from mvkt.transfer.losses.clt import CltSettings, log_mean_exponential
from mvkt.transfer.projection_head import ProjectionHead

SETTINGS = CltSettings(weight=1.0, negatives_per_anchor=6, projection_dim=4, temperature=0.2, momentum=0.3)


def reference(
    positive: list[float], negative: list[list[float]], counts: list[list[int]], normaliser: float, records: int
) -> float:
    """Equations 18 and 19 of Tian et al., term by term, with Z = records · normaliser."""
    total = 0.0
    z = records * normaliser
    for own, others, times in zip(positive, negative, counts, strict=True):
        negatives = [other for other, number in zip(others, times, strict=True) for _ in range(number)]
        if not negatives:
            continue
        k = len(negatives)
        h = [math.exp(score) / z for score in (own, *negatives)]
        h = [p / (p + k / records) for p in h]
        total -= math.log(h[0]) + sum(math.log(1 - p) for p in h[1:])
    return total / len(positive)


def random_scores(anchors: int, pool: int) -> tuple[Tensor, Tensor, Tensor]:
    """Similarities over a temperature of 0.07, and counts; the third anchor has no negatives."""
    generator = torch.Generator().manual_seed(0)
    scores = (torch.rand(anchors, 1 + pool, dtype=torch.float64, generator=generator) * 2 - 1) / 0.07
    counts = torch.randint(4, (anchors, pool), generator=generator).double()
    counts[2] = 0
    return scores[:, 0], scores[:, 1:], counts


@pytest.mark.parametrize("records", [10, 5000])
def test_equals_the_equations_whatever_the_number_of_records(records: int) -> None:
    positive, negative, counts = random_scores(4, 9)
    loss = clt_loss(positive, negative, counts, math.log(3.7))
    expected = reference(positive.tolist(), negative.tolist(), counts.int().tolist(), 3.7, records)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_gradient() -> None:
    positive, negative, counts = random_scores(4, 5)
    positive, negative = (positive * 0.1).requires_grad_(), (negative * 0.1).requires_grad_()
    assert torch.autograd.gradcheck(lambda p, n: clt_loss(p, n, counts, 0.4), (positive, negative))
    clt_loss(positive, negative, counts, 0.4).backward()
    assert positive.grad[2] == 0
    assert (positive.grad[[0, 1, 3]] < 0).all()
    assert torch.equal(negative.grad > 0, counts > 0)


def test_a_better_match_lowers_the_loss() -> None:
    once = torch.ones(1, 2)
    apart = clt_loss(torch.tensor([9.0]), torch.tensor([[-5.0, -5.0]]), once)
    alike = clt_loss(torch.tensor([2.0]), torch.tensor([[1.0, 1.0]]), once)
    assert apart < alike
    # Where every record is separated with certainty, the loss is 0.
    assert clt_loss(torch.tensor([100.0]), torch.tensor([[-100.0]]), once[:, :1]).item() == pytest.approx(0, abs=1e-6)


def test_extreme_similarities_stay_finite() -> None:
    positive = torch.tensor([-1000.0], requires_grad=True)
    negative = torch.tensor([[1000.0, 1000.0]], requires_grad=True)
    loss = clt_loss(positive, negative, torch.tensor([[1.0, 0.0]]), -200.0)
    loss.backward()
    assert loss.isfinite()
    assert positive.grad.isfinite().all()
    assert negative.grad.isfinite().all()


def test_log_mean_exponential_is_of_anchors_with_negatives_only() -> None:
    positive, negative = torch.tensor([1.0, 50.0]).double(), torch.tensor([[3.0, 2.0], [50.0, 50.0]]).double()
    counts = torch.tensor([[2.0, 0.0], [0.0, 0.0]]).double()
    expected = math.log((math.exp(1.0) + 2 * math.exp(3.0)) / 3)
    assert log_mean_exponential(positive, negative, counts).item() == pytest.approx(expected)
    assert log_mean_exponential(positive, negative, torch.zeros(2, 2)).isnan()


class LoopClt:
    """CLT again, record by record, from copies of the module's heads and banks."""

    def __init__(self, clt: Clt, teacher_table: Tensor | None) -> None:
        self.heads = [[p.detach().clone().requires_grad_() for p in head.parameters()] for head in self.both(clt)]
        self.student_bank = [row.clone() for row in clt.student_bank.entries]
        self.teacher_bank = [row.clone() for row in clt.teacher_bank.entries] if clt.teacher_bank else []
        self.teacher_table = teacher_table
        self.normalisers: list[float] | None = None
        self.records = len(self.student_bank)

    @staticmethod
    def both(clt: Clt) -> tuple[ProjectionHead, ProjectionHead]:
        return clt.student_head, clt.teacher_head

    def project(self, side: int, embedding: Tensor) -> Tensor:
        weight, bias = self.heads[side]
        projected = weight @ embedding + bias
        return projected / projected.square().sum().sqrt()

    def step(self, student: Tensor, teacher: Tensor, rows: list[int], negatives: list[list[int]]) -> Tensor:
        tau = 0.2
        anchors = [[self.project(0, e) for e in student], [self.project(1, e) for e in teacher]]
        if self.teacher_table is not None:
            self.teacher_bank = [self.project(1, e).detach() for e in self.teacher_table]
        scores: list[list[list[Tensor]]] = []
        for side, bank in ((0, self.teacher_bank), (1, self.student_bank)):
            scores.append(
                [
                    [(anchors[side][b] * bank[row]).sum() / tau for row in (rows[b], *negatives[b])]
                    for b in range(len(rows))
                ]
            )
        if self.normalisers is None:
            flat = [[math.exp(s.item()) for line in side for s in line] for side in scores]
            self.normalisers = [sum(values) / len(values) for values in flat]
        loss = torch.zeros((), dtype=torch.float64)
        for side, normaliser in zip(scores, self.normalisers, strict=True):
            for line in side:
                k = len(line) - 1
                p = [s.exp() / (self.records * normaliser) for s in line]
                h = [value / (value + k / self.records) for value in p]
                loss = loss - h[0].log() / len(rows)
                for value in h[1:]:
                    loss = loss - (1 - value).log() / len(rows)
        for b, row in enumerate(rows):
            for bank, new in ((self.student_bank, anchors[0][b]), (self.teacher_bank, anchors[1][b])):
                moved = 0.3 * bank[row] + 0.7 * new.detach()
                bank[row] = moved / moved.square().sum().sqrt()
        return loss


def drawn(clt: Clt, rows: Tensor, seed: int) -> list[list[int]]:
    """The negatives of each anchor as a list of rows, drawn as the module will draw them or all of them."""
    number = clt.settings.negatives_per_anchor
    if number == "all":
        pool, counts = clt.negatives.every(rows)
    else:
        pool, counts = clt.negatives.sample(rows, number, torch.Generator().manual_seed(seed))
    return [
        [row for row, number in zip(pool.tolist(), line, strict=True) for _ in range(number)]
        for line in counts.int().tolist()
    ]


@pytest.mark.parametrize("number", [6, "all"])
@pytest.mark.parametrize("fixed_teacher", [True, False])
def test_equals_the_loop_over_several_batches(fixed_teacher: bool, number: int | str, targets: Tensor) -> None:
    generator = torch.Generator().manual_seed(3)
    table = torch.randn(12, 5, dtype=torch.float64, generator=generator)
    settings = CltSettings(**{**SETTINGS.model_dump(), "negatives_per_anchor": number})
    clt = Clt(settings, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=fixed_teacher).double()
    loop = LoopClt(clt, table if fixed_teacher else None)
    for seed, rows in enumerate([[0, 4, 8, 11], [1, 4, 10, 6], [0, 9, 7, 2]]):
        student = torch.randn(4, 3, dtype=torch.float64, generator=generator)
        student_for_module, student_for_loop = (
            student.clone().requires_grad_(),
            student.clone().requires_grad_(),
        )
        batch = TransferBatch(
            targets[rows],
            torch.tensor(rows),
            table if fixed_teacher else None,
            torch.Generator().manual_seed(seed),
        )
        negatives = drawn(clt, batch.rows, seed)
        empty = torch.zeros(4, 3)
        clt.zero_grad()
        loss = clt(Outputs(empty, student_for_module), Outputs(empty, table[rows]), batch)
        loss.backward()
        expected = loop.step(student_for_loop, table[rows], rows, negatives)
        for parameter in (p for head in loop.heads for p in head):
            parameter.grad = None
        expected.backward()

        assert loss.item() == pytest.approx(expected.item(), rel=1e-9)
        torch.testing.assert_close(student_for_module.grad, student_for_loop.grad)
        for head, parameters in zip(LoopClt.both(clt), loop.heads, strict=True):
            for ours, theirs in zip(head.parameters(), parameters, strict=True):
                torch.testing.assert_close(ours.grad, theirs.grad)
        torch.testing.assert_close(clt.student_bank.entries, torch.stack(loop.student_bank))
        if clt.teacher_bank is not None:
            torch.testing.assert_close(clt.teacher_bank.entries, torch.stack(loop.teacher_bank))


def batch_of(targets: Tensor, rows: list[int], seed: int = 0) -> tuple[Outputs, Outputs, TransferBatch]:
    generator = torch.Generator().manual_seed(seed)
    student = Outputs(torch.zeros(len(rows), 3), torch.randn(len(rows), 3, generator=generator))
    teacher = Outputs(torch.zeros(len(rows), 3), torch.randn(len(rows), 5, generator=generator))
    return student, teacher, TransferBatch(targets[rows], torch.tensor(rows), None, generator)


def test_records_without_negatives_contribute_nothing() -> None:
    targets = torch.ones(6, 2, dtype=torch.bool)
    clt = Clt(SETTINGS, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=False)
    student, teacher, batch = batch_of(targets, [0, 1, 2])
    student.embedding.requires_grad_()
    loss = clt(student, teacher, batch)
    loss.backward()
    assert loss.item() == 0
    assert student.embedding.grad.abs().max() == 0
    assert clt.log_normalisers.isnan().all()


def test_evaluation_moves_no_bank(targets: Tensor) -> None:
    clt = Clt(SETTINGS, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=False)
    before = clt.student_bank.entries.clone()
    student, teacher, batch = batch_of(targets, [0, 4])
    clt.eval()(student, teacher, batch)
    assert torch.equal(clt.student_bank.entries, before)
    clt.train()(student, teacher, batch)
    assert not torch.equal(clt.student_bank.entries, before)


def test_the_normaliser_is_set_once_and_in_place(targets: Tensor) -> None:
    clt = Clt(SETTINGS, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=False)
    live = clt.state_dict()["log_normalisers"]
    clt(*batch_of(targets, [0, 4]))
    first = live.clone()
    assert first.isfinite().all()
    clt(*batch_of(targets, [8, 9], seed=1))
    assert torch.equal(live, first)


def test_a_resumed_state_goes_on_identically(targets: Tensor) -> None:
    def build(seed: int) -> Clt:
        torch.manual_seed(seed)
        return Clt(SETTINGS, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=False)

    clt, resumed = build(0), build(1)
    clt(*batch_of(targets, [0, 4]))
    resumed.load_state_dict(clt.state_dict(), strict=True)
    for rows, seed in (([3, 7], 1), ([0, 11], 2)):
        assert torch.equal(clt(*batch_of(targets, rows, seed)), resumed(*batch_of(targets, rows, seed)))
    assert torch.equal(clt.student_bank.entries, resumed.student_bank.entries)


def test_missing_arguments_get_a_message(targets: Tensor) -> None:
    with pytest.raises(RecipeError, match="give the targets of all training records"):
        Clt.build(SETTINGS, TransferContext(3, 5, fixed_teacher=True))
    clt = Clt(SETTINGS, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=True)
    with pytest.raises(RecipeError, match="give its embeddings of all training records"):
        clt(*batch_of(targets, [0, 4]))


def test_contrastive_representation_distillation_is_clt_with_any_negatives(targets: Tensor) -> None:
    """As in a recipe: `clt = 1.0`, `negatives = "any"`. Every other record is a negative, of whatever disease."""
    settings = CltSettings(weight=1.0, negatives="any", negatives_per_anchor="all")
    clt = Clt.build(settings, TransferContext(3, 5, targets))
    assert drawn(clt, torch.tensor([0, 4]), 0) == [[row for row in range(12) if row != own] for own in (0, 4)]


def test_all_is_what_a_draw_tends_to(targets: Tensor) -> None:
    settings = CltSettings(weight=1.0, negatives_per_anchor=3000, projection_dim=4, negatives="jaccard")
    clt = Clt(settings, student_dim=3, teacher_dim=5, targets=targets, fixed_teacher=False)
    rows = torch.tensor([0, 4, 8])
    counts = torch.zeros(3, 12)
    for seed in range(30):
        pool, drawn_counts = clt.negatives.sample(rows, 3000, torch.Generator().manual_seed(seed))
        counts[:, pool] += drawn_counts / (30 * 3000)
    every = clt.negatives.every(rows).counts
    torch.testing.assert_close(counts, every / every.sum(dim=1, keepdim=True), atol=0.01, rtol=0)


def test_training_separates_a_record_from_others() -> None:
    """Student and teacher see the same hidden cause through different mixtures; the heads learn to match them."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    targets = torch.eye(4, dtype=torch.bool).repeat(15, 1)
    cause = torch.randn(60, 6, generator=generator)
    views = [cause @ torch.randn(6, size, generator=generator) for size in (8, 10)]
    settings = CltSettings(weight=1.0, negatives_per_anchor=32, projection_dim=8)
    clt = Clt(settings, student_dim=8, teacher_dim=10, targets=targets, fixed_teacher=True)
    optimiser = torch.optim.Adam(clt.parameters(), lr=0.02)

    def matched() -> float:
        student, teacher = clt.student_head(views[0]), clt.teacher_head(views[1])
        return ((student @ teacher.T).argmax(dim=1) == torch.arange(60)).float().mean().item()

    before = matched()
    for _ in range(60):
        batch = TransferBatch(targets, torch.arange(60), views[1], generator)
        loss = clt(Outputs(targets, views[0]), Outputs(targets, views[1]), batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert before < 0.2
    assert matched() > 0.8
