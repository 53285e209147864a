"""A run in a call."""

from __future__ import annotations

import pytest

from mvkt.errors import CorpusError, RecipeError
from mvkt.training import train_recipe as module
from mvkt.training.train_recipe import train_recipe


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(module, "train_run", lambda *args, **kwargs: made.append((args, kwargs)))
    return made


def test_a_recipe_by_name_with_changes(corpus, tmp_path, calls):
    train_recipe("demo", corpus.path, tmp_path / "run", changes=["student.training.epochs=5"], unlabelled=[corpus])
    (recipe, opened, out, _), named = calls[0]
    assert (recipe.name, recipe.student.training.epochs) == ("demo", 5)
    assert opened.path == corpus.path
    assert (out, named["resume"], named["teacher_run"]) == (tmp_path / "run", False, None)
    assert [other.path for other in named["unlabelled"]] == [corpus.path]


def test_an_own_recipe_reports_its_choices(corpus, tmp_path, calls, reporter):
    train_recipe("own", corpus, tmp_path / "run", reporter=reporter, teacher_run=str(tmp_path / "earlier"))
    (recipe, *_), named = calls[0]
    assert recipe.task == "conditions"
    assert named["teacher_run"] == tmp_path / "earlier"


def test_wrong_arguments_get_a_message(recipe, corpus, tmp_path, calls):
    with pytest.raises(RecipeError, match="changes are for a recipe given by name or file"):
        train_recipe(recipe, corpus, tmp_path / "run", changes=["seed=1"])
    with pytest.raises(CorpusError):
        train_recipe(recipe, tmp_path / "none", tmp_path / "run")
    with pytest.raises(RecipeError, match="there is no recipe"):
        train_recipe("no-such-recipe", corpus, tmp_path / "run")
    assert not calls
