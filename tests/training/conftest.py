"""A small simulated corpus, and a recipe for it that trains in a second or two."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe, parse_recipe

NETWORK = {
    "model": {"name": "resnet1d", "widths": [8, 16], "kernel_size": 5},
    "training": {"epochs": 3, "batch_size": 32, "warmup_epochs": 0.5, "precision": "float32"},
}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return prepare(Simulated(records=240, seed=3), tmp_path_factory.mktemp("corpora") / "simulated", workers=1)


def recipe_as_data() -> dict[str, Any]:
    return {
        "name": "tiny",
        "task": "conditions",
        "min_samples": 10,
        "seed": 1,
        "teacher": {"view": "12-lead", **deepcopy(NETWORK)},
        "student": {"view": "I", **deepcopy(NETWORK)},
        "transfer": {"mkd": 0.5, "clt": {"weight": 0.1, "negatives_per_anchor": 16}},
        "augmentation": {"shift_seconds": 1.0, "noise_mv": 0.02},
    }


def plan_with(corpus: Corpus, **changes: Any) -> Plan:
    """Resolve the recipe with changes, one epoch long, against a corpus."""
    data = recipe_as_data()
    for name in ("teacher", "student"):
        data[name]["training"]["epochs"] = 1
        data[name] |= changes.pop(name, {})
    return Plan.make(parse_recipe(data | changes), corpus)


@pytest.fixture
def recipe_data() -> dict[str, Any]:
    return recipe_as_data()


@pytest.fixture
def recipe(recipe_data: dict[str, Any]) -> Recipe:
    return parse_recipe(recipe_data)


class Silent:
    """A reporter that keeps what was reported to it."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.epochs: list[tuple[str, dict[str, Any]]] = []
        self.steps = 0

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        self.begun.append((role, done))

    def step(self) -> None:
        self.steps += 1

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        self.epochs.append((role, metrics))

    def message(self, text: str) -> None:
        pass


@pytest.fixture
def reporter() -> Silent:
    return Silent()
