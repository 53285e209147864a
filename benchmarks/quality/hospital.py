"""What a start is worth at a hospital that it has never seen, by how many of its recordings have labels.

mvkt corpus prepare ptb-xl PTB_XL --where 'site!=1' --out others
mvkt corpus prepare ptb-xl PTB_XL --where site=1 --out hospital
mvkt train lead-I --corpus others --set transfer.mkd=0 --out start
python -m benchmarks.quality.hospital hospital start --out networks

Site 1 of PTB-XL has other devices than the sites that the start has learned from, and no patient of them. Two folds at
a time are the test, and the other six of these eight are learned from. Folds 6 and 9, which chose how a network goes on
from a start, choose the epoch and are never tested. Networks are kept in ``networks``, and a second call trains what is
missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.evaluation import metrics
from mvkt.evaluation.bootstrap import interval, required, resampled
from mvkt.evaluation.predictions import Predictions
from mvkt.training.graph import lineage
from mvkt.training.networks import predict_node, train_node
from mvkt.training.node_model import build
from mvkt.training.plan import Plan
from mvkt.training.predict import predict
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import SilentReporter
from mvkt.training.starting_weights import begin_from

BASE = "ptbxl-superdiagnostic-lead-I"
VALIDATION, TESTS = (6, 9), ((1, 2), (3, 4), (5, 7), (8, 10))
ALL = ("transfer.mkd=0", 'student.auxiliary_task=""')
SEEDS = (0, 1, 2)
SCRATCH, START, NEW_LAYER = "scratch", "start", "start, new last layer"
RESAMPLES = 2_000
SCRATCH_EPOCHS, START_EPOCHS = 12, 6
"""Of 40 batches of 32. On a validation fold 240 steps were too few for networks from scratch."""


def arms(start: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield name, number of labelled recordings and changes of the recipe."""
    for size in (50, 100, 200, 400):
        yield SCRATCH, size, (*_training("student.training", SCRATCH_EPOCHS), 'student.pretraining=""')
        yield NEW_LAYER, size, _from(start)
        yield START, size, _from(start)
    first = ('student.pretraining.objective="any-lead"', *_training("student.pretraining.training", START_EPOCHS))
    yield "any lead first", 400, (*_training("student.training", SCRATCH_EPOCHS), *first)


def _from(start: str) -> tuple[str, ...]:
    begun = ('student.pretraining=""', f"student.start={start}")
    return (*_training("student.training", START_EPOCHS), *begun)


def _training(key: str, epochs: int) -> tuple[str, ...]:
    settings = {"epochs": epochs, "steps": 40, "batch_size": 32, "warmup_epochs": epochs / 5}
    return tuple(f"{key}.{name}={value}" for name, value in settings.items())


def _folds(test: tuple[int, int]) -> tuple[str, ...]:
    learned = [fold for pair in TESTS if pair != test for fold in pair]
    parts = {"training": learned, "validation": list(VALIDATION), "test": list(test)}
    return tuple(f"folds.{part}={folds}" for part, folds in parts.items())


def trained(
    corpus: Corpus,
    networks: Path,
    size: int,
    seed: int,
    test: tuple[int, int],
    changes: tuple[str, ...],
    new_layer: bool,
) -> Predictions:
    """Train a network, or find it; return its test predictions."""
    drawn = (f"training_records={size}", f"seed={seed}")
    plan = Plan.make(Recipe.load(BASE, (*ALL, *_folds(test), *drawn, *changes)), corpus)
    if new_layer:  # as where the start has learned none of the classes
        ignorant = {name: replace(found, classes=()) for name, found in plan.starts.networks.items()}
        plan = replace(plan, starts=replace(plan.starts, networks=ignorant))
    nodes = lineage(plan)
    for node in nodes:
        train_node(plan, node, networks, SilentReporter())
    return predict_node(plan, nodes[-1], networks, plan.test_rows()).by_record()


def untrained(corpus: Corpus, start: str, test: tuple[int, int]) -> Predictions:
    """Return the same of a start that has learned nothing at the hospital."""
    plan = Plan.make(Recipe.load(BASE, (*ALL, *_folds(test), *_from(start))), corpus)
    network, rows = plan.input(plan.recipe.student), plan.training
    model = build(lineage(plan)[-1], len(rows.classes))
    begin_from(plan.starts.networks[start], model, network, rows)
    model.eval()
    return predict(model, network, plan.test_rows()).by_record()


class Arm:
    """The networks of an arm: of each pair of test folds one for each seed."""

    def __init__(self, tests: list[list[Predictions]]) -> None:
        self._tests = tests

    def by_seed(self) -> list[float]:
        """Return the macro AUC of each seed, the mean of the pairs of folds."""
        return [float(np.mean([_mean_auc([seed]) for seed in seeds])) for seeds in zip(*self._tests, strict=True)]

    def macro_auc(self) -> float:
        """Return the mean macro AUC of all networks."""
        return float(np.mean([_mean_auc(seeds) for seeds in self._tests]))

    def resampled(self) -> NDArray[np.float64]:
        """Return the mean macro AUC for each resample of the patients; the same patients for each arm."""
        tests = [_resampled(seeds, number) for number, seeds in enumerate(self._tests)]
        return np.asarray(np.mean(tests, axis=0))


def _resampled(seeds: list[Predictions], number: int) -> NDArray[np.float64]:
    return resampled(lambda weights: {"auc": _mean_auc(seeds, weights)}, seeds[0], RESAMPLES, number)["auc"]


def _mean_auc(seeds: list[Predictions], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    each = [metrics.macro(metrics.roc_auc(seeds[0].targets, seed.logits, weights)) for seed in seeds]
    return np.asarray(np.mean(each, axis=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("start")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    corpus, start = Corpus.open(arguments.corpus), arguments.start
    found = {(START, 0): Arm([[untrained(corpus, start, test)] for test in TESTS])}
    for name, size, changes in arms(start):
        fit = partial(trained, corpus, arguments.out, size, changes=changes, new_layer=name == NEW_LAYER)
        found[name, size] = Arm([[fit(seed=seed, test=test) for seed in SEEDS] for test in TESTS])
        print(f"{name} {size}: trained", file=sys.stderr)
    print("| from | recordings with labels | by seed | macro AUC | minus scratch with 400 |\n|---|---|---|---|---|")
    for named, arm in found.items():
        print(row(named, arm, found[SCRATCH, 400]))


def row(named: tuple[str, int], arm: Arm, reference: Arm) -> str:
    """Return the line of an arm; intervals are of resamples of the patients."""
    value, samples = arm.macro_auc(), arm.resampled()
    own = required(interval(value, samples))
    against = required(interval(value - reference.macro_auc(), samples - reference.resampled()))
    seeds = " ".join(f"{auc:.3f}" for auc in arm.by_seed())
    return (
        f"| {named[0]} | {named[1]} | {seeds} | {own.value:.3f} ({own.low:.3f} to {own.high:.3f}) "
        f"| {against.value:+.3f} ({against.low:+.3f} to {against.high:+.3f}) |"
    )


if __name__ == "__main__":
    main()
