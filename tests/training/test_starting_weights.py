from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mvkt.errors import RecipeError
from mvkt.models import EcgModel, build_model
from mvkt.training.checkpoint import save_tensors
from mvkt.training.recipe import parse_recipe
from mvkt.training.starting_weights import load_starting_weights, starting_digest


def network(classes: int, seed: int, width: int = 8) -> EcgModel:
    torch.manual_seed(seed)
    return build_model("resnet1d", leads=1, classes=classes, widths=(width, width), blocks=1)


@pytest.fixture
def run(tmp_path: Path) -> str:
    folder = tmp_path / "run" / "student"
    folder.mkdir(parents=True)
    save_tensors(folder / "best.safetensors", network(9, 0).state_dict())
    return str(tmp_path / "run")


def test_the_backbone_is_taken_and_the_last_layer_begins_anew(run: str) -> None:
    model, expected = network(4, 1), network(9, 0).state_dict()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    anew = load_starting_weights(model, run)
    assert anew == ("classifier.1.weight", "classifier.1.bias")
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, before[name] if name in anew else expected[name], rtol=0, atol=0)


def test_with_the_same_classes_everything_is_taken(run: str) -> None:
    assert load_starting_weights(network(9, 1), run) == ()
    assert starting_digest(run) == starting_digest(f"{run}/student")


def test_another_backbone_and_another_folder_are_refused(run: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="expected the same backbone"):
        load_starting_weights(network(4, 1, width=16), run)
    with pytest.raises(RecipeError, match="expected the folder of a run"):
        starting_digest(str(tmp_path))


def test_a_network_begins_once() -> None:
    first = {"objective": "any-lead"}
    with pytest.raises(RecipeError, match="not from both"):
        parse_recipe({"name": "x", "task": "t", "student": {"view": "I", "start": "run", "pretraining": first}})
    assert parse_recipe({"name": "x", "task": "t", "student": {"view": "I", "start": ""}}).student.start is None
