"""What do the beats add to a network? AUC of each class by the network, by the beats and by both, on validation folds.

    python -m benchmarks.tables.second_voice CORPUS NAME

``NAME`` is a recipe of a single lead, and the network in the box of that name; ``CORPUS`` is what it learned from,
prepared as by ``make students``. The trees are fitted on the training folds; how much network and trees count is fitted
within the validation folds, for each tenth by the others. F1 is that of each recording called by its most probable
class; it means something where every recording has one.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import standardise
from mvkt.evaluation.metrics import macro_auc
from mvkt.evaluation.predictions import Predictions
from mvkt.training.plan import Plan
from mvkt.training.recipe import find_recipe, load_recipe
from mvkt.training.rhythm_voice import features_of, fit_alone, weights_of_both
from mvkt.training.rows import FoldRows

_PARTS = 10

Float = NDArray[np.float64]


def both(network: Float, voice: Float, truth: NDArray[np.bool_]) -> Float:
    """``(records, classes)`` log odds by network and voice, each record weighed without its part."""
    part = np.random.default_rng(0).permutation(len(truth)) % _PARTS
    odds = np.empty_like(network)
    for left_out in range(_PARTS):
        own, others = part == left_out, part != left_out
        for column in range(truth.shape[1]):
            weights = weights_of_both(network[others, column], voice[others, column], truth[others, column])
            odds[own, column] = weights @ [network[own, column], voice[own, column], np.ones(own.sum())]
    return odds


def f1_of_most_probable(odds: Float, truth: NDArray[np.bool_]) -> Float:
    """``(classes,)``."""
    called = np.arange(truth.shape[1]) == odds.argmax(axis=1)[:, np.newaxis]
    f1: Float = 2 * (called & truth).sum(axis=0) / (called.sum(axis=0) + truth.sum(axis=0))
    return f1


def network_logits(bundle: Bundle, rows: FoldRows) -> NDArray[np.float32]:
    """``(rows, classes)`` of the network, with age and sex, without the beats."""
    manifest = bundle.manifest
    made = []
    for positions in rows.chunks(256):
        signal = standardise(rows.select(positions, manifest.view), manifest.signal)
        made.append(bundle.logits(signal) + manifest.person_shift(rows.age[positions], rows.sex[positions]))
    return np.concatenate(made)


def main(folder: str, name: str) -> None:
    """Print the table."""
    bundle = Bundle.open(find(name))
    plan = Plan.make(load_recipe(find_recipe(name)), Corpus.open(folder))
    rows, view = plan.validation, bundle.manifest.view
    trees = fit_alone(features_of(plan.training, view), plan.training)
    of_network = rows.predictions(network_logits(bundle, rows)).by_record()
    of_beats: Predictions = rows.predictions(trees.of_features(features_of(rows, view)).astype(np.float32)).by_record()
    truth, nothing = of_network.targets, np.zeros(of_network.logits.shape)
    network, voice = of_network.logits.astype(np.float64), of_beats.logits.astype(np.float64)
    ranked = (network, voice, both(network, voice, truth))
    odds = (both(network, nothing, truth), both(nothing, voice, truth), ranked[2])
    columns = range(truth.shape[1])
    aucs = np.array([[macro_auc(truth[:, [column]], each[:, [column]]) for column in columns] for each in ranked])
    figures = np.concatenate([aucs, [f1_of_most_probable(each, truth) for each in odds]])
    print("| class | have it | AUC, network | AUC, beats | AUC, both | F1, network | F1, beats | F1, both |")
    print(f"|{'---|' * 8}")
    for column, code in enumerate(rows.classes):
        print(f"| {code} | {truth[:, column].sum()} | {' | '.join(f'{value:.3f}' for value in figures[:, column])} |")
    print(f"| mean | | {' | '.join(f'{value:.3f}' for value in figures.mean(axis=1))} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
