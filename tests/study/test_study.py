from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.errors import RecipeError
from mvkt.study.study import find_study, list_studies, load_study

ROOT = Path(__file__).parents[2]


def test_methods_are_the_recipe_with_changes(tmp_path, write_study):
    study = load_study(write_study(tmp_path))
    assert list(study.recipes) == ["labels", "mkd", "teacher"]
    labels, mkd, teacher = study.recipes.values()
    assert (labels.transfer.weights, mkd.transfer.weights) == ({}, {"mkd": 0.5})
    assert (mkd.student.view, teacher.student.view) == ("I", "12-lead")
    assert teacher.student.model == mkd.student.model
    assert study.settings.methods["mkd"].note == "as published"


def test_changes_of_the_study_come_before_those_of_a_method(tmp_path, write_study):
    path = write_study(
        tmp_path,
        ('baseline = "labels"\n', 'baseline = "labels"\nset = { "transfer.clt" = 0.3, "transfer.mkd" = 0.9 }\n'),
    )
    recipes = load_study(path).recipes
    assert recipes["labels"].transfer.weights == {"clt": 0.3}
    assert recipes["mkd"].transfer.weights == {"mkd": 0.9, "clt": 0.3}


def test_a_method_may_have_another_recipe(tmp_path, write_study):
    path = write_study(tmp_path, ('note = "as published"', 'recipe = "demo"'))
    assert len(load_study(path).recipes["mkd"].student.model.settings["widths"]) == 4


def test_all_faults_at_once(tmp_path, write_study):
    path = write_study(
        tmp_path,
        ("seeds = [1]", "seeds = [1, 1]\nseed = 3"),
        ("test_folds = [10, 1]", "test_folds = []"),
        ('note = "as published"', 'nte = "as published"'),
        ("set = { transfer.mkd = 0 }", "set = { student.training.epoch = 0, transfer.mkd = -1 }"),
        ('set = { student.view = "12-lead", transfer.mkd = 0 }', 'recipe = "dmeo"'),
    )
    with pytest.raises(RecipeError) as caught:
        load_study(path)
    message = str(caught.value)
    for part in (
        "6 fault(s)",
        "seeds: each one once",
        "seed: unknown key; did you mean 'seeds'?",
        "test_folds: ",
        "methods.mkd.nte: unknown key; did you mean 'note'?",
        "student.training.epoch: unknown key; did you mean 'epochs'?",
        "transfer.mkd.weight: ",
        "did you mean 'demo'?",
    ):
        assert part in message, message


def test_a_fault_of_many_methods_is_reported_once(tmp_path, write_study):
    path = write_study(tmp_path, ('baseline = "labels"\n', 'baseline = "labels"\nset = { transfer.mdk = 0 }\n'))
    with pytest.raises(RecipeError) as caught:
        load_study(path)
    assert str(caught.value).count("did you mean 'mkd'?") == 1
    assert "methods.labels, mkd, teacher: " in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('baseline = "labels"', 'baseline = "bce"', "'bce' is no method; there are: labels, mkd, teacher"),
        ("set = { transfer.mkd = 0 }", "set = { seed = 4 }", "set cannot change 'seed', which is given by seeds"),
        ("set = { transfer.mkd = 0 }", "set = { folds.test = [1] }", "set cannot change 'folds'"),
        ('recipe = "tiny-recipe.toml"', 'recipe = "no-such.toml"', "there is no recipe file"),
        ('recipe = "tiny-recipe.toml"', "recipe = 3", "recipe: "),
        ("[methods.labels]", '[methods."a/b"]', "methods.a/b"),
        ('name = "tiny"', 'name = "tiny"\ntasks = ["all"]\nclasses = ["X"]', "classes belong to one task"),
        ("seeds = [1]", "seeds = [-1]", "seeds.0: "),
        ("seeds = [1]", "seeds = 1 1", "is not TOML"),
    ],
)
def test_wrong_settings_get_a_message(tmp_path, write_study, old, new, message):
    with pytest.raises(RecipeError) as caught:
        load_study(write_study(tmp_path, (old, new)))
    assert message in str(caught.value)


def test_tasks_replace_the_task_of_the_recipe(tmp_path, write_study):
    path = write_study(tmp_path, ('name = "tiny"', 'name = "tiny"\ntasks = ["form", "rhythm"]'))
    study = load_study(path)
    assert [folder for folder, _ in study.tables] == ["form", "rhythm"]
    assert {recipe.task for recipe in study.tables[1][1].recipes.values()} == {"rhythm"}
    path = write_study(tmp_path, ('name = "tiny"', 'name = "tiny"\ntasks = ["form"]\nset = { task = "all" }'))
    with pytest.raises(RecipeError, match="set cannot change 'task', which is given by tasks"):
        load_study(path)


def test_views_replace_the_view_of_students_but_not_of_methods_that_have_one(tmp_path, write_study):
    path = write_study(tmp_path, ('name = "tiny"', 'name = "tiny"\ntasks = ["form"]\nviews = ["II", "I+II"]'))
    (first, _), (second, study) = load_study(path).tables
    assert (first, second) == ("form/II", "form/I+II")
    views = {name: recipe.student.view for name, recipe in study.recipes.items()}
    assert views["labels"] == "I+II"
    assert views["teacher"] == "12-lead"
    assert study.settings.title.endswith("form, view I+II")


def test_all_folds(tmp_path, write_study):
    path = write_study(tmp_path, ("test_folds = [10, 1]", 'test_folds = "all"'))
    assert load_study(path).settings.test_folds is None


def test_files_that_are_no_study(tmp_path):
    with pytest.raises(RecipeError, match="cannot read"):
        load_study(tmp_path / "absent.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(RecipeError, match="larger than"):
        load_study(tmp_path / "large.toml")


@pytest.mark.parametrize("path", list_studies(), ids=lambda path: path.stem)
def test_studies_that_come_with_mvkt_are_sound(path):
    study = load_study(path)
    assert study.settings.name == path.stem
    assert study.settings.title
    assert find_study(path.stem) == path
    assert (ROOT / "studies" / path.name).samefile(path)


def test_an_unknown_study_is_answered_with_the_nearest():
    with pytest.raises(RecipeError, match="did you mean 'smoke'"):
        find_study("smok")
    with pytest.raises(RecipeError, match="those that come with mvkt are"):
        find_study("zzz")
