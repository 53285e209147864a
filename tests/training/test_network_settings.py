from __future__ import annotations

import pytest

from mvkt.errors import RecipeError
from mvkt.training.recipe import find_recipe, load_recipe, parse_recipe


def test_unknown_model_is_answered_with_the_nearest():
    with pytest.raises(RecipeError, match="xresnet1d101"):
        parse_recipe({"name": "r", "task": "t", "student": {"view": "I", "model": {"name": "xresnet1d110"}}})


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"epochs": 4, "warmup_epochs": 4}, "fewer than epochs"),
        ({"schedule": "step"}, "step_epochs"),
        ({"step_epochs": [3]}, "step_epochs"),
    ],
)
def test_schedules_must_fit(training, words):
    with pytest.raises(RecipeError, match=words):
        parse_recipe({"name": "r", "task": "t", "student": {"view": "I", "training": training}})


def test_an_empty_auxiliary_task_is_none():
    path = find_recipe("ptbxl-superdiagnostic-lead-I")
    assert load_recipe(path).student.auxiliary_task == "findings"
    assert load_recipe(path, ["student.auxiliary_task="]).student.auxiliary_task is None
