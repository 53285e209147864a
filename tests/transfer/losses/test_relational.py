from __future__ import annotations

import math
from itertools import permutations

import pytest
import torch
from tests.transfer.losses.made_outputs import random

from mvkt.transfer import TransferContext, TransferSettings
from mvkt.transfer.losses.relational import Relational, relational_loss


def huber(first: float, second: float) -> float:
    apart = abs(first - second)
    return apart**2 / 2 if apart <= 1 else apart - 0.5


def distance(points: list[list[float]], i: int, j: int) -> float:
    return math.dist(points[i], points[j])


def cosine(points: list[list[float]], i: int, j: int, k: int) -> float:
    """At j, between i and k."""
    first = [a - b for a, b in zip(points[i], points[j], strict=True)]
    second = [a - b for a, b in zip(points[k], points[j], strict=True)]
    return sum(a * b for a, b in zip(first, second, strict=True)) / math.hypot(*first) / math.hypot(*second)


def by_distance(student: list[list[float]], teacher: list[list[float]]) -> float:
    pairs = list(permutations(range(len(student)), 2))
    means = [sum(distance(points, *pair) for pair in pairs) / len(pairs) for points in (student, teacher)]
    terms = [huber(distance(student, *p) / means[0], distance(teacher, *p) / means[1]) for p in pairs]
    return sum(terms) / len(terms)


def by_angle(student: list[list[float]], teacher: list[list[float]]) -> float:
    terms = [huber(cosine(student, *t), cosine(teacher, *t)) for t in permutations(range(len(student)), 3)]
    return sum(terms) / len(terms)


@pytest.mark.parametrize(("weight_of_distance", "weight_of_angle"), [(1.0, 0.0), (0.0, 1.0), (25.0, 50.0)])
def test_equals_the_plain_loop(weight_of_distance: float, weight_of_angle: float) -> None:
    student, teacher = random(6, 2), random(6, 9, seed=1)
    loss = relational_loss(student, teacher, weight_of_distance, weight_of_angle)
    expected = weight_of_distance * by_distance(student.tolist(), teacher.tolist())
    expected += weight_of_angle * by_angle(student.tolist(), teacher.tolist())
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_place_size_and_direction_do_not_matter() -> None:
    """A student that holds the teacher's shape elsewhere, larger and turned has nothing left to learn."""
    teacher = random(6, 3)
    turn = torch.linalg.qr(random(3, 3, seed=1)).Q
    assert relational_loss(4 * teacher @ turn + 7, teacher).item() == pytest.approx(0, abs=1e-12)


def test_gradient() -> None:
    student, teacher = random(5, 3).requires_grad_(), random(5, 4, seed=1)
    assert torch.autograd.gradcheck(lambda embedding: relational_loss(embedding, teacher), student)


def test_records_that_coincide_have_a_finite_gradient() -> None:
    student = random(5, 3)
    student[1] = student[0]
    student.requires_grad_()
    relational_loss(student, random(5, 4, seed=1)).backward()
    assert student.grad.isfinite().all()
    assert student.grad.abs().max() < 10


@pytest.mark.parametrize("batch", [1, 2])
def test_too_few_records_have_no_relations(batch: int) -> None:
    # Two records have one distance, which is its own mean.
    assert relational_loss(random(batch, 3), random(batch, 4, seed=1)).item() == 0


def test_weights_are_those_of_the_recipe() -> None:
    settings = TransferSettings(relational={"weight": 1.0, "distance": 25.0, "angle": 50.0})
    module = Relational.build(settings.of("relational"), TransferContext(4, 4))
    assert (module.distance, module.angle) == (25.0, 50.0)
