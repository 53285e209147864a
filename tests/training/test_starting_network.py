"""What a start can be given as: a name, a bundle, a run, a network of a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from tests.training.conftest import Silent, recipe_as_data

from mvkt.bundle.manifest import MANIFEST_FILE, MODEL_FILE, WEIGHTS_FILE
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.errors import BundleError, RecipeError
from mvkt.models import build_model
from mvkt.training.recipe import parse_recipe
from mvkt.training.run import train_run
from mvkt.training.starting_network import StartingNetwork, find_start


@pytest.fixture(scope="module")
def run(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    data = recipe_as_data() | {"transfer": {}}
    data["student"]["training"]["epochs"] = 1
    train_run(parse_recipe(data), corpus, out, Silent())
    return out


def loads(start: StartingNetwork) -> None:
    """Raise where the weights do not fit the architecture."""
    model = build_model(**start.architecture)
    weights = start.weights()
    weights.pop("person_term.weight", None)
    model.load_state_dict(weights)
    assert all(torch.isfinite(tensor).all() for tensor in weights.values())


@pytest.mark.parametrize("name", ["lead-I", "lead-II", "limb", "12-lead"])
def test_a_network_of_the_box(name: str) -> None:
    start = find_start(name)
    assert (start.name, start.path, start.quantised) == (name, find(name) / WEIGHTS_FILE, False)
    learned = start.learned_from[0]
    assert (learned.source, learned.records, learned.training, learned.validation) == (
        "ptb-xl", 3_134, tuple(range(1, 9)), (9,),
    )  # fmt: skip
    assert learned.licence == "CC BY 4.0"
    loads(start)


def test_a_run_its_networks_and_its_bundle(run: Path, corpus: Corpus) -> None:
    student = find_start(str(run))
    assert (student.name, student.view, student.model["widths"]) == ("first", "I", [8, 16])
    assert find_start(str(run / "student")).sha256 == student.sha256
    assert student.learned_from[0].checksum == corpus.manifest.checksums["signals.npy"]
    bundle = find_start(str(run / "bundle"))
    assert (bundle.name, bundle.classes) == ("bundle", student.classes)
    assert bundle.learned_from == student.learned_from
    for start in (student, bundle):
        loads(start)
    with pytest.raises(RecipeError, match=r"first has no teacher; it has student"):
        find_start(str(run / "teacher"))


def test_a_path_or_name_that_is_no_start_gets_a_message(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no network 'lead-l' in the box .* did you mean 'lead-I'\?"):
        find_start("lead-l")
    with pytest.raises(RecipeError, match="neither a bundle nor a finished run"):
        find_start(str(tmp_path))
    unfinished = tmp_path / "unfinished"
    shutil.copytree(run, unfinished)
    (unfinished / "result.json").unlink()
    for folder in (unfinished, unfinished / "student"):
        with pytest.raises(RecipeError, match="is not finished; go on with it by mvkt train --resume"):
            find_start(str(folder))


def test_a_damaged_bundle_and_a_bundle_that_states_nothing(run: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(run / "bundle", bundle)
    start = find_start(str(bundle))
    (bundle / WEIGHTS_FILE).write_bytes(b"other")
    with pytest.raises(BundleError, match="SHA-256 differs"):
        start.weights()
    (bundle / WEIGHTS_FILE).unlink()
    with pytest.raises(BundleError, match="copy the whole bundle again"):
        find_start(str(bundle))
    shutil.copytree(run / "bundle", bundle, dirs_exist_ok=True)
    manifest = json.loads((bundle / MANIFEST_FILE).read_text())
    for provenance in (
        {},
        {"corpus": "mine", "split": [1], "records": None},
        {"corpus": {}, "split": {}, "records": {}},
    ):
        (bundle / MANIFEST_FILE).write_text(json.dumps(manifest | {"provenance": provenance}))
        assert find_start(str(bundle)).learned_from == ()


def test_weights_that_are_there_in_8_bits_alone(tmp_path: Path) -> None:
    bundle = tmp_path / "lead-I"
    shutil.copytree(find("lead-I"), bundle, ignore=shutil.ignore_patterns(WEIGHTS_FILE))
    manifest = json.loads((bundle / MANIFEST_FILE).read_text())
    manifest["checksums"].pop(WEIGHTS_FILE)
    (bundle / MANIFEST_FILE).write_text(json.dumps(manifest))
    start = find_start(str(bundle))
    assert (start.path, start.quantised) == (bundle / MODEL_FILE, True)
    loads(start)
