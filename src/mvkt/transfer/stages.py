"""Which stages of student and teacher are compared, and how their steps in time are matched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag
from torch import Tensor
from torch.nn import functional

from mvkt.errors import RecipeError
from mvkt.transfer.loss import TransferContext, text_or_number

Stages = Annotated[
    Annotated[Literal["all"], Tag("text")]
    | Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1), Tag("number")],
    Discriminator(text_or_number),
]
"""Numbers of stages, counted from 1 in both networks, or all."""


def chosen_stages(stages: Stages, context: TransferContext, loss: str) -> tuple[int, ...]:
    """Return the numbers of the stages that a loss compares.

    Raises:
        RecipeError: A network does not have them, or they are ``all`` and the networks have unequal numbers of them.
    """
    student, teacher = len(context.student_channels), len(context.teacher_channels)
    if stages == "all":
        if student != teacher:
            raise RecipeError(
                f"{loss} compares all stages, but the student has {student} and the teacher {teacher}: name "
                "those to compare in stages"
            )
        return tuple(range(1, student + 1))
    if max(stages) > min(student, teacher):
        raise RecipeError(
            f"{loss} compares stage {max(stages)}, but the student has {student} and the teacher {teacher}: "
            "choose other stages"
        )
    return stages


def pairs(
    stages: tuple[int, ...], student: tuple[Tensor, ...], teacher: tuple[Tensor, ...]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the features of student and teacher of each stage."""
    for stage in stages:
        yield student[stage - 1], teacher[stage - 1]


def match_steps(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Average the longer of two ``(batch, channels, steps)`` over time until it is as long as the shorter."""
    steps = min(first.shape[2], second.shape[2])
    return functional.adaptive_avg_pool1d(first, steps), functional.adaptive_avg_pool1d(second, steps)
