from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.training.batches import BatchMaker, NetworkInput, one_ahead
from mvkt.training.mixup import draw_mixture
from mvkt.training.network_settings import AugmentationSettings
from mvkt.training.plan import Plan


def test_teacher_and_student_see_the_same_altered_record(corpus, recipe):
    plan = Plan.make(recipe, corpus)
    none = plan.input(plan.recipe.student).spec.model_copy(update={"standardise": "none"})
    inputs = (replace(plan.input(network), spec=none) for network in (plan.recipe.student, plan.recipe.teacher))
    of_student, of_teacher = inputs
    changes = AugmentationSettings(shift_seconds=2, scale=0.3, noise_mv=0.1, wander_mv=0.2, mask_share=0.3)
    make = BatchMaker(of_student, (of_teacher,), changes, plan.training)
    student, (teacher,), _ = make(np.arange(8), np.random.default_rng(0))
    assert student.shape == (8, 1, 1000)
    assert teacher.shape == (8, 12, 1000)
    assert torch.equal(student[:, 0], teacher[:, 0])
    make = BatchMaker(of_student, (of_teacher,), AugmentationSettings(), plan.training)
    plain = make(np.arange(8), np.random.default_rng(0))
    assert not torch.equal(plain.student, student)


def test_without_augmentation_batches_are_the_corpus(corpus, recipe):
    plan = Plan.make(recipe, corpus)
    make = BatchMaker(plan.input(plan.recipe.student), (), AugmentationSettings(), plan.training)
    batch = make(np.arange(5), np.random.default_rng(0))
    rows = [list(corpus.record_id).index(record) for record in plan.training.record_id[:5]]
    assert np.array_equal(batch.student.numpy(), corpus.batch(rows, "I"))
    assert np.array_equal(batch.targets.numpy(), plan.training.targets[:5])


def test_mixed_records_have_mixed_labels_for_all_networks(corpus, recipe):
    plan = Plan.make(recipe, corpus)
    none = plan.input(plan.recipe.student).spec.model_copy(update={"standardise": "none"})
    teachers = (NetworkInput("12-lead", none), NetworkInput("I", none))
    make = BatchMaker(NetworkInput("I", none), teachers, AugmentationSettings(mixup=0.5), plan.training)
    batch = make(np.arange(8), np.random.default_rng(0))
    assert torch.equal(batch.student[:, 0], batch.teachers[0][:, 0])
    assert torch.equal(batch.student, batch.teachers[1])
    mixture = draw_mixture(8, 0.5, np.random.default_rng(0))
    share, partner = mixture.share[:, None], mixture.partner
    targets = plan.training.targets[:8].astype(np.float32)
    np.testing.assert_allclose(batch.targets, share * targets + (1 - share) * targets[partner], atol=1e-6)
    signal = corpus.select(corpus.rows(range(1, 9))[:8], "I").astype(np.float32)[:, 0] / 1000
    np.testing.assert_allclose(batch.student[:, 0], share * signal + (1 - share) * signal[partner], atol=6e-4)


def test_a_network_may_see_the_records_altered_anew(corpus, recipe):
    """The changes are others, the records and their mixture the same; what the others see stays as it was."""
    plan = Plan.make(recipe, corpus)
    none = plan.input(plan.recipe.student).spec.model_copy(update={"standardise": "none"})
    lead = NetworkInput("I", none)
    anew = replace(lead, altered_anew=True)

    def made(teachers, **changes):
        make = BatchMaker(lead, teachers, AugmentationSettings(**changes), plan.training)
        return make(np.arange(8), np.random.default_rng(0))

    batch = made((lead, anew), noise_mv=0.02)
    assert torch.equal(batch.student, batch.teachers[0])
    assert torch.equal(batch.student, made((), noise_mv=0.02).student)
    assert not torch.equal(batch.student, batch.teachers[1])
    torch.testing.assert_close(batch.student, batch.teachers[1], atol=0.2, rtol=0)
    mixed = made((anew,), mixup=0.5)
    assert torch.equal(mixed.student, mixed.teachers[0])


def test_batches_are_made_in_order_and_one_ahead():
    made: list[int] = []

    def make(item: int) -> int:
        made.append(item)
        return item * item

    batches = one_ahead(make, range(5))
    assert next(batches) == 0
    assert set(made) <= {0, 1}
    assert list(batches) == [1, 4, 9, 16]
    assert made == [0, 1, 2, 3, 4]
    assert list(one_ahead(make, [])) == []


def test_an_error_in_making_a_batch_reaches_the_training():
    batches = one_ahead(lambda item: 1 // item, [1, 0, 1])
    assert next(batches) == 1
    with pytest.raises(ZeroDivisionError):
        next(batches)


@pytest.mark.parametrize("view", ["I", "I+II"])
def test_any_lead_draws_leads_of_the_corpus(corpus, view):
    plan = plan_with(corpus)
    spec = corpus.signal.model_copy(update={"standardise": "none"})
    network = NetworkInput(view, spec, any_lead=True)
    batch = BatchMaker(network, (network,), AugmentationSettings(), plan.training)(
        np.arange(100), np.random.default_rng(0)
    )
    all_leads = corpus.select(corpus.rows(range(1, 9))[:100], "12-lead") / np.float32(1000)
    drawn = []
    for side in (batch.student, *batch.teachers):
        match = np.isclose(side.numpy()[:, :, np.newaxis], all_leads[:, np.newaxis], atol=1e-6).all(axis=3)
        assert match.any(axis=2).all()
        drawn.append(match.argmax(axis=2))
        assert drawn[-1].shape[1] == len(view.split("+"))
    assert set(drawn[0].ravel()) == set(range(12))
    assert all(len(set(leads)) == len(leads) for leads in drawn[0].tolist())
    assert not np.array_equal(drawn[0], drawn[1])
