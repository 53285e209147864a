"""What a start is worth at a hospital that it has never seen, by how many of its recordings have labels.

mvkt corpus prepare ptb-xl PTB_XL --where 'site!=1' --out others
mvkt corpus prepare ptb-xl PTB_XL --where site=1 --out hospital
mvkt train lead-I --corpus others --set transfer.mkd=0 --out start
python -m benchmarks.quality.hospital hospital start --out networks

Site 1 of PTB-XL has other devices than the sites that the start has learned from, and no patient of them. Networks are
kept in ``networks``, and a second call trains what is missing. Nothing is chosen by the test folds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.evaluation import metrics
from mvkt.evaluation.bootstrap import interval, required, resampled
from mvkt.evaluation.predictions import Predictions
from mvkt.training.graph import lineage
from mvkt.training.networks import predict_node, train_node
from mvkt.training.plan import Plan
from mvkt.training.predict import predict
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import SilentReporter
from mvkt.training.starting_weights import begin_from

BASE = "ptbxl-superdiagnostic-lead-I"
FOLDS = ("folds.training=[1, 2, 3, 4, 5]", "folds.validation=[6, 9]", "folds.test=[7, 8, 10]")
ALL = ("transfer.mkd=0", 'student.auxiliary_task=""')
SEEDS = (0, 1, 2)
RATES = (0.1, 0.3, 1.0)
SCRATCH, START, NEW_LAYER = "scratch", "start", "start, new last layer"
RESAMPLES = 2_000
SCRATCH_EPOCHS, START_EPOCHS = 12, 6
"""Of 40 batches of 32. On a validation fold 240 steps were too few for networks from scratch."""


def arms(start: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield name, number of labelled recordings and changes of the recipe."""
    for rate in RATES:
        yield f"{START}, rate {rate:g}", 100, _from(start, rate)
    for size in (50, 100, 200, 400):
        yield SCRATCH, size, (*_training("student.training", SCRATCH_EPOCHS), 'student.pretraining=""')
        yield NEW_LAYER, size, _from(start, 0.3)
        yield START, size, _from(start)
    first = ('student.pretraining.objective="any-lead"', *_training("student.pretraining.training", START_EPOCHS))
    yield "any lead first", 400, (*_training("student.training", SCRATCH_EPOCHS), *first)


def _from(start: str, rate: float | None = None) -> tuple[str, ...]:
    begun = ('student.pretraining=""', f"student.start={start}")
    chosen = () if rate is None else (f"student.start_rate={rate}",)
    return (*_training("student.training", START_EPOCHS), *begun, *chosen)


def _training(key: str, epochs: int) -> tuple[str, ...]:
    settings = {"epochs": epochs, "steps": 40, "batch_size": 32, "warmup_epochs": epochs / 5}
    return tuple(f"{key}.{name}={value}" for name, value in settings.items())


def trained(
    corpus: Corpus, networks: Path, size: int, seed: int, changes: tuple[str, ...], new_layer: bool
) -> tuple[float, Predictions]:
    """Train a network, or find it; return its macro AUC on the validation fold, and its test predictions."""
    drawn = (f"training_records={size}", f"seed={seed}")
    plan = Plan.make(Recipe.load(BASE, (*ALL, *FOLDS, *drawn, *changes)), corpus)
    if new_layer:  # as where no class has a code that the start knows
        ignorant = {name: replace(found, classes=()) for name, found in plan.starts.networks.items()}
        plan = replace(plan, starts=replace(plan.starts, networks=ignorant))
    nodes = lineage(plan)
    for node in nodes:
        progress = train_node(plan, node, networks, SilentReporter())
    return progress.best_score, predict_node(plan, nodes[-1], networks, plan.test_rows()).by_record()


def untrained(corpus: Corpus, start: str) -> tuple[float, Predictions]:
    """Return the same of a start that has learned nothing at the hospital."""
    plan = Plan.make(Recipe.load(BASE, (*ALL, *FOLDS, *_from(start))), corpus)
    network, rows = plan.input(plan.recipe.student), plan.training
    model = plan.build(plan.recipe.student, 0, len(rows.classes))
    begin_from(plan.starts.networks[start], model, network, rows)
    model.eval()
    validation = predict(model, network, plan.validation).by_record()
    score = metrics.macro_auc(validation.targets, validation.logits)
    return score, predict(model, network, plan.test_rows()).by_record()


def mean_auc(seeds: list[Predictions], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the mean macro AUC of the networks of an arm, for each resample."""
    targets = seeds[0].targets
    each = [metrics.macro(metrics.roc_auc(targets, predictions.logits, weights)) for predictions in seeds]
    return np.asarray(np.mean(each, axis=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("start")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    corpus = Corpus.open(arguments.corpus)
    found: dict[tuple[str, int], list[Predictions]] = {}
    chosen_by: dict[tuple[str, int], list[float]] = {}
    score, predictions = untrained(corpus, arguments.start)
    found[START, 0], chosen_by[START, 0] = [predictions], [score]
    for (name, size, changes), seed in product(arms(arguments.start), SEEDS):
        score, predictions = trained(corpus, arguments.out, size, seed, changes, name == NEW_LAYER)
        found.setdefault((name, size), []).append(predictions)
        chosen_by.setdefault((name, size), []).append(score)
        print(f"{name} {size} seed {seed}: validation {score:.3f}", flush=True)
    reference = (SCRATCH, 400)
    print("| from | recordings | validation | test, by seed | test | minus scratch, 400 |\n|---|---|---|---|---|---|")
    for arm, networks in found.items():
        print(row(arm, networks, found[reference], float(np.mean(chosen_by[arm]))))


def row(arm: tuple[str, int], networks: list[Predictions], reference: list[Predictions], validation: float) -> str:
    """Return the line of an arm; intervals are of resamples of the patients."""

    def both(weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return {"arm": mean_auc(networks, weights), "reference": mean_auc(reference, weights)}

    samples = resampled(both, networks[0], RESAMPLES, 0)
    value = float(mean_auc(networks))
    own = required(interval(value, samples["arm"]))
    against = required(interval(value - float(mean_auc(reference)), samples["arm"] - samples["reference"]))
    seeds = " ".join(f"{float(mean_auc([each])):.3f}" for each in networks)
    return (
        f"| {arm[0]} | {arm[1]} | {validation:.3f} | {seeds} | {value:.3f} ({own.low:.3f} to {own.high:.3f}) "
        f"| {against.value:+.3f} ({against.low:+.3f} to {against.high:+.3f}) |"
    )


if __name__ == "__main__":
    main()
