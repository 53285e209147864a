"""Stages of student and teacher that are compared."""

from __future__ import annotations

import pytest
import torch

from mvkt.errors import RecipeError
from mvkt.transfer.loss import TransferContext
from mvkt.transfer.stages import chosen_stages, match_steps, pairs


def context(student: int, teacher: int) -> TransferContext:
    return TransferContext(3, 5, student_channels=(8,) * student, teacher_channels=(16,) * teacher)


def test_all_stages_or_some() -> None:
    assert chosen_stages("all", context(3, 3), "fitnet") == (1, 2, 3)
    assert chosen_stages((1, 3), context(3, 4), "fitnet") == (1, 3)


def test_stages_that_are_not_there() -> None:
    with pytest.raises(RecipeError, match="the student has 2 and the teacher 3: name those to compare in stages"):
        chosen_stages("all", context(2, 3), "fitnet")
    with pytest.raises(RecipeError, match="fitnet compares stage 3, but the student has 2"):
        chosen_stages((3,), context(2, 4), "fitnet")


def test_pairs_are_counted_from_one() -> None:
    student, teacher = ((torch.full((1,), float(n)) for n in range(start, start + 3)) for start in (0, 10))
    made = [(float(a), float(b)) for a, b in pairs((1, 3), tuple(student), tuple(teacher))]
    assert made == [(0.0, 10.0), (2.0, 12.0)]


def test_the_longer_is_averaged() -> None:
    long, short = torch.arange(6.0).reshape(1, 1, 6), torch.arange(3.0).reshape(1, 1, 3)
    for first, second in ((long, short), (short, long)):
        made = match_steps(first, second)
        assert [part.shape[2] for part in made] == [3, 3]
    torch.testing.assert_close(match_steps(long, short)[0], torch.tensor([[[0.5, 2.5, 4.5]]]))
