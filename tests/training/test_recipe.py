from __future__ import annotations

from pathlib import Path

import pytest

import mvkt
from mvkt.errors import RecipeError
from mvkt.models import build_model
from mvkt.training.recipe import Recipe, find_recipe, load_recipe, parse_recipe
from mvkt.transfer import PAPER

RECIPES = sorted((Path(mvkt.__file__).parent / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_in_the_box_loads_and_builds(path):
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    for network in (recipe.teacher, recipe.student):
        model = build_model(network.model.name, leads=1, classes=5, **network.model.settings)
        assert model.classes == 5


def test_there_are_recipes():
    names = {path.stem for path in RECIPES}
    tasks = ("all", "diagnostic", "subdiagnostic", "superdiagnostic", "form", "rhythm")
    assert {"demo", "paper-ptbxl-superdiagnostic-lead-I", *(f"ptbxl-{task}-lead-I" for task in tasks)} <= names


def test_the_paper_preset_is_what_was_published():
    recipe = load_recipe(find_recipe("paper-ptbxl-superdiagnostic-lead-I"))
    assert not recipe.augmentation.active
    assert recipe.transfer == PAPER
    for network in (recipe.teacher, recipe.student):
        training = network.training
        assert network.model.name == "xresnet1d101"
        assert network.model.settings["kernel_size"] == 3
        assert network.standardise == "global"
        assert (training.optimiser, training.learning_rate, training.weight_decay) == ("adam", 1e-3, 1e-4)
        assert (training.epochs, training.batch_size, training.warmup_epochs) == (100, 32, 15)
        assert (training.schedule, training.step_epochs, training.step_factor) == ("step", (40, 70), 0.1)


def test_overrides_are_toml_and_dotted(tmp_path):
    path = tmp_path / "r.toml"
    path.write_text('name = "r"\ntask = "t"\n[student]\nview = "I"\n')
    recipe = load_recipe(
        path, ["seed=7", "student.training.epochs=5", "student.view=II", "student.model.widths=[32, 32]"]
    )
    assert (recipe.seed, recipe.student.training.epochs, recipe.student.view) == (7, 5, "II")
    assert recipe.student.model.settings == {"widths": [32, 32]}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("seed", "'seed' is not key=value"),
        ("=3", "'=3' is not key=value"),
        ("name.x=1", "name: Input should be a valid string"),
    ],
)
def test_a_bad_override_gets_a_message(tmp_path, override, words):
    path = tmp_path / "r.toml"
    path.write_text('name = "r"\ntask = "t"\n')
    with pytest.raises(RecipeError, match=words):
        load_recipe(path, [override])


def test_all_faults_at_once_with_the_nearest_key():
    with pytest.raises(RecipeError) as caught:
        parse_recipe(
            {
                "name": "r",
                "task": "t",
                "seeds": 3,
                "student": {"view": "I+I", "training": {"epoch": 3, "batch_size": 0}},
                "teacher": {"view": "12-lead", "model": {"name": "resnet1d", "kernel_sise": 5}},
            }
        )
    message = str(caught.value)
    assert "5 fault(s)" in message
    assert "seeds: unknown key; did you mean 'seed'?" in message
    assert "student.training.epoch: unknown key; did you mean 'epochs'?" in message
    assert "student.training.batch_size" in message
    assert "'I+I' is not a view" in message
    assert "kernel_size" in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"transfer": {"mkd": 1.0}}, "no label is kept back, give unlabelled_folds or training_records"),
        ({"training_records": 30}, "give a transfer loss a weight"),
    ],
)
def test_all_labels_need_some_that_are_kept_back_and_a_transfer(changes, words):
    with pytest.raises(RecipeError, match=words):
        parse_recipe({"name": "r", "task": "t", "all_labels": True, **changes})


def test_folds_must_be_disjoint():
    folds = {"training": [1, 2], "validation": [2], "test": [3]}
    with pytest.raises(RecipeError, match="fold"):
        parse_recipe({"name": "r", "task": "t", "folds": folds})


@pytest.mark.parametrize("name", ["../x", "", "a b", ".hidden"])
def test_names_are_safe_as_folders(name):
    with pytest.raises(RecipeError, match="name"):
        parse_recipe({"name": name, "task": "t"})


def test_unreadable_files_get_a_message(tmp_path):
    with pytest.raises(RecipeError, match="cannot read"):
        load_recipe(tmp_path / "absent.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(RecipeError, match="not TOML"):
        load_recipe(tmp_path / "bad.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="cannot read"):
        load_recipe(tmp_path / "bytes.toml")


def test_a_recipe_is_found_by_name_and_an_unknown_one_is_answered():
    assert find_recipe("demo").name == "demo.toml"
    with pytest.raises(RecipeError, match="did you mean 'ptbxl-superdiagnostic-lead-I'"):
        find_recipe("ptbxl-superdiagnostic-leadI")


def test_a_recipe_is_frozen_and_survives_json():
    recipe = parse_recipe({"name": "r", "task": "t", "student": {"view": "I", "model": {"widths": [32, 64]}}})
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    with pytest.raises(ValueError, match="frozen"):
        recipe.seed = 1  # type: ignore[misc]


def test_a_recipe_extends_another(tmp_path):
    (tmp_path / "base.toml").write_text(
        'name = "base"\ntask = "t"\nseed = 3\n[student]\nview = "I"\n[transfer]\nmkd = 0.5\n'
    )
    (tmp_path / "more.toml").write_text('extends = "base.toml"\nname = "more"\nstudent.view = "II"\n')
    (tmp_path / "most.toml").write_text('extends = "more.toml"\nname = "most"\ntransfer.mkd.temperature = 2.0\n')
    recipe = load_recipe(tmp_path / "most.toml", ["transfer.mkd=0.25"])
    assert (recipe.name, recipe.task, recipe.seed, recipe.student.view) == ("most", "t", 3, "II")
    assert recipe.transfer.of("mkd").model_dump(exclude_defaults=True) == {"weight": 0.25, "temperature": 2.0}


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ('"a.toml"', r"extends itself: a.toml"),
        ('"b.toml"', r"extends itself: a.toml -> b.toml"),
        ('"dmeo"', "no recipe file 'dmeo'; did you mean 'demo'"),
        ("3", "extends names a recipe, got 3"),
    ],
)
def test_what_cannot_be_extended(tmp_path, extends, words):
    (tmp_path / "a.toml").write_text(f'extends = {extends}\nname = "a"\n')
    (tmp_path / "b.toml").write_text('extends = "a.toml"\nname = "b"\n')
    with pytest.raises(RecipeError, match=words):
        load_recipe(tmp_path / "a.toml")
