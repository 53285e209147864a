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
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import SilentReporter

BASE = "ptbxl-superdiagnostic-lead-I"
FOLDS = ("folds.training=[1, 2, 3, 4, 5]", "folds.validation=[6, 9]", "folds.test=[7, 8, 10]")
SEEDS = (0, 1, 2)
RESAMPLES = 2_000
SCRATCH_EPOCHS, START_EPOCHS = 12, 6
"""Of 40 batches of 32. On a validation fold 240 steps were too few for networks from scratch."""


def arms(start: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield name, number of labelled recordings and changes of the recipe; what is compared first comes first."""
    alone = (*_training("student.training", SCRATCH_EPOCHS), 'student.pretraining=""')
    for size, other in ((400, 100), (100, 400), (200, 200), (50, 50)):
        yield "scratch", size, alone
        yield "start", other, _from(start)


def _from(start: str) -> tuple[str, ...]:
    return (*_training("student.training", START_EPOCHS), 'student.pretraining=""', f"student.start={start}")


def _training(key: str, epochs: int) -> tuple[str, ...]:
    settings = {"epochs": epochs, "steps": 40, "batch_size": 32, "warmup_epochs": epochs / 5}
    return tuple(f"{key}.{name}={value}" for name, value in settings.items())


def trained(
    corpus: Corpus, networks: Path, size: int, seed: int, changes: tuple[str, ...]
) -> tuple[float, Predictions]:
    """Train a network, or find it; return its macro AUC on the validation fold, and its test predictions."""
    all_changes = ("transfer.mkd=0", 'student.auxiliary_task=""', f"training_records={size}", f"seed={seed}", *FOLDS)
    plan = Plan.make(Recipe.load(BASE, (*all_changes, *changes)), corpus)
    nodes = lineage(plan)
    for node in nodes:
        progress = train_node(plan, node, networks, SilentReporter())
    return progress.best_score, predict_node(plan, nodes[-1], networks, plan.test_rows()).by_record()


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
    planned = list(arms(arguments.start))
    for pair in (planned[place : place + 2] for place in range(0, len(planned), 2)):
        for seed, (name, size, changes) in product(SEEDS, pair):
            score, predictions = trained(corpus, arguments.out, size, seed, changes)
            found.setdefault((name, size), []).append(predictions)
            chosen_by.setdefault((name, size), []).append(score)
            print(f"{name} {size} seed {seed}: validation {score:.3f}", flush=True)
    reference = ("scratch", 400)
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
