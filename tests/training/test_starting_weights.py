"""What a network takes from the network that it goes on from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import RecipeError
from mvkt.files import sha256
from mvkt.models import EcgModel, build_model
from mvkt.training.batches import NetworkInput
from mvkt.training.checkpoint import save_tensors
from mvkt.training.plan import Plan
from mvkt.training.starting_network import StartingNetwork
from mvkt.training.starting_weights import begin_from

INPUT = NetworkInput("I", SignalSpec())


def network(classes: int, seed: int, width: int = 8) -> EcgModel:
    torch.manual_seed(seed)
    return build_model("resnet1d", leads=1, classes=classes, widths=(width, width), blocks=1)


@pytest.fixture
def plan(corpus: Corpus) -> Plan:
    return plan_with(corpus, transfer={})


def start(folder: Path, classes: tuple[str, ...], width: int = 8) -> tuple[StartingNetwork, dict[str, torch.Tensor]]:
    model = network(len(classes), 0, width)
    path = folder / "best.safetensors"
    save_tensors(path, model.state_dict())
    architecture = {"name": "resnet1d", "leads": 1, "classes": len(classes), "widths": [width, width]}
    return StartingNetwork("s", path, sha256(path), "I", SignalSpec(), classes, architecture, ()), model.state_dict()


def test_the_backbone_is_taken_and_the_last_layer_begins_anew(tmp_path: Path, plan: Plan) -> None:
    given, expected = start(tmp_path, ("A", "B", "C"))
    rows = plan.training
    model = network(len(rows.classes), 1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    body = begin_from(given, model, INPUT, rows)
    assert "stem.0.0.weight" in body
    assert not any(name.startswith("classifier") for name in body)
    assert body == {name for name, _ in model.named_parameters() if not name.startswith("classifier")}
    for name, tensor in model.state_dict().items():
        anew = name.startswith("classifier")
        torch.testing.assert_close(tensor, before[name] if anew else expected[name], rtol=0, atol=0)


def test_the_last_layer_is_taken_for_classes_of_the_same_code_alone(tmp_path: Path, plan: Plan) -> None:
    """As many classes are not the same classes, and their order may be another."""
    rows = plan.training
    given, expected = start(tmp_path, rows.classes)
    model = network(len(rows.classes), 1)
    assert "classifier.1.weight" in begin_from(given, model, INPUT, rows)
    torch.testing.assert_close(model.state_dict(), expected, rtol=0, atol=0)

    others = network(len(rows.classes), 1)
    fresh = others.state_dict()["classifier.1.weight"].clone()
    begin_from(start(tmp_path, tuple(f"other {code}" for code in rows.classes))[0], others, INPUT, rows)
    torch.testing.assert_close(others.state_dict()["classifier.1.weight"], fresh, rtol=0, atol=0)

    more = network(len(rows.classes), 1)
    fresh = more.state_dict()["classifier.1.weight"].clone()
    fewer, weights = start(tmp_path, (rows.classes[1], "unknown", rows.classes[0]))
    assert "classifier.1.weight" not in begin_from(fewer, more, INPUT, rows), "what begins anew needs the full rate"
    last = more.state_dict()["classifier.1.weight"]
    torch.testing.assert_close(last[:2], weights["classifier.1.weight"][[2, 0]], rtol=0, atol=0)
    torch.testing.assert_close(last[2:], fresh[2:], rtol=0, atol=0)


def test_another_backbone_is_refused(tmp_path: Path, plan: Plan) -> None:
    given, _ = start(tmp_path, ("A",), width=16)
    with pytest.raises(RecipeError, match=r"weights of s do not fit, stem.* expected the same backbone"):
        begin_from(given, network(len(plan.training.classes), 1), INPUT, plan.training)
