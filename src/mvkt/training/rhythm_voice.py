"""Fit what the beats add to the logits of a network.

A network has learned from the training folds, so on them its logits are too good to be weighed against anything. Hence
two steps: boosted decision trees learn the labels from the beats alone, on the training folds; how much they count in
each class, against the logits of the network, is fitted on the validation folds, with two numbers a class.

Source: Friedman, Stochastic gradient boosting, Computational Statistics & Data Analysis 38:367 (2002).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.ecg.rhythm_head import RhythmHead, row_of
from mvkt.evaluation.predictions import Predictions
from mvkt.training.rows import FoldRows

_TREES, _RATE, _DEPTH, _LEAST_OF_LEAF = 150, 0.05, 3, 20
_SPLITS = 2**_DEPTH - 1
_SHARE, _MOST_OF_TREE = 0.7, 5000  # of the windows that a tree learns from: the time for many does not grow
_FEATURES = 0.3  # share of the features that a split chooses from
_LARGEST_SHARE = 5.0
_PENALTY = 1e-3
_WINDOWS_AT_ONCE = 256

Float = NDArray[np.float64]


def with_rhythm(
    training: FoldRows, rows: FoldRows, view: str, validation: Predictions
) -> tuple[RhythmHead, Predictions]:
    """Fit what the beats add to a network.

    Args:
        training: Rows that the network learned from.
        rows: The validation rows.
        view: The lead of the network.
        validation: Its logits for the validation rows, by window.

    Returns:
        The head, and the predictions with what it adds.
    """
    alone = fit_alone(features_of(training, view), training)
    of_validation = features_of(rows, view)
    head = weighted(alone, alone.of_features(of_validation), validation)
    return head, shifted(validation, head.of_features(of_validation))


def added(head: RhythmHead, view: str, rows: FoldRows, predictions: Predictions) -> Predictions:
    """Return the predictions of a network for some rows with what its head adds."""
    return shifted(predictions, head.of_features(features_of(rows, view)))


def features_of(rows: FoldRows, view: str) -> Float:
    """``(rows, features)`` of the windows of some rows."""
    parts = (
        rhythm_features(rows.select(positions, view), rows.sampling_frequency)
        for positions in rows.chunks(_WINDOWS_AT_ONCE)
    )
    return np.concatenate(list(parts))


def shifted(predictions: Predictions, shift: Float) -> Predictions:
    """Return predictions with something added to their logits ``(rows, classes)``."""
    logits = (predictions.logits + shift).astype(np.float32)
    return Predictions(predictions.record_id, predictions.patient_id, predictions.targets, logits, predictions.classes)


def fit_alone(features: Float, rows: FoldRows) -> RhythmHead:
    """Learn the classes from the beats alone.

    Args:
        features: ``(rows, features)``.
        rows: With the labels; what is not known does not count, and all windows of a record count as much as that of
            another.
    """
    typical = np.array(row_of(np.nan_to_num(np.nanmedian(features, axis=0))))
    known = np.where(np.isnan(features), typical, features)
    _, record, windows = np.unique(rows.record_id, return_inverse=True, return_counts=True)
    weights = rows.known / windows[record][:, np.newaxis]
    classes = [_trees(known, truth, weight) for truth, weight in zip(rows.targets.T, weights.T, strict=True)]
    return RhythmHead(
        features=NAMES,
        typical=row_of(typical),
        split=tuple(tuple(tree) for split, *_ in classes for tree in split.tolist()),
        threshold=tuple(row_of(tree) for _, threshold, *_ in classes for tree in threshold),
        leaves=tuple(row_of(tree) for *_, leaves, _ in classes for tree in leaves),
        bias=row_of(np.array([bias for *_, bias in classes])),
    )


def weighted(alone: RhythmHead, shift: Float, validation: Predictions) -> RhythmHead:
    """Return a head that counts in each class for as much as it helps the logits of a network.

    Args:
        alone: See :func:`fit_alone`.
        shift: ``(windows, classes)`` its output for the validation rows.
        validation: Logits of the network for them.
    """
    records, voices = validation.by_record(), shifted(validation, shift - validation.logits).by_record()
    shares = np.array(
        [
            _share(records.logits[:, column], voices.logits[:, column], records.targets[:, column])
            for column in range(len(records.classes))
        ]
    )
    return alone.weighed(shares)


def lay_out(tree: Any, split: NDArray[np.int64], threshold: Float, leaves: Float) -> None:
    """Lay a tree of scikit-learn out by level; where a branch ends early, all leaves below have its value."""
    places = [(0, 0)]
    while places:
        place, node = places.pop()
        below = tree.children_left[node], tree.children_right[node]
        if place >= _SPLITS:
            leaves[place - _SPLITS] = tree.value[node, 0, 0]
        elif below[0] < 0:
            places += [(2 * place + 1, node), (2 * place + 2, node)]
        else:
            split[place], threshold[place] = tree.feature[node], tree.threshold[node]
            places += zip((2 * place + 1, 2 * place + 2), below, strict=True)


def _trees(features: Float, truth: NDArray[np.bool_], weights: Float) -> tuple[NDArray[np.int64], Float, Float, float]:
    """Splits, thresholds and leaves of the trees of a class, and its bias; the same every time."""
    from sklearn.ensemble import GradientBoostingClassifier

    split, threshold = np.zeros((_TREES, _SPLITS), dtype=np.int64), np.zeros((_TREES, _SPLITS))
    leaves = np.zeros((_TREES, _SPLITS + 1))
    counts = weights > 0
    x, y, weight = features[counts], truth[counts], weights[counts]
    if y.all() or not y.any():
        return split, threshold, leaves, 0.0
    boosted = GradientBoostingClassifier(
        n_estimators=_TREES,
        learning_rate=_RATE,
        max_depth=_DEPTH,
        min_samples_leaf=_LEAST_OF_LEAF,
        subsample=min(_SHARE, _MOST_OF_TREE / len(y)),
        max_features=_FEATURES,
        random_state=0,
    ).fit(x, y, sample_weight=weight)
    for number, (tree,) in enumerate(boosted.estimators_):
        lay_out(tree.tree_, split[number], threshold[number], leaves[number])
    share = np.average(y, weights=weight)
    return split, threshold, _RATE * leaves, float(np.log(share / (1 - share)))


def _share(network: NDArray[np.float32], voice: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """How much the voice counts against the logits of the network."""
    if truth.all() or not truth.any():
        return 0.0
    of_network, of_voice, _ = weights_of_both(network, voice, truth)
    return float(min(of_voice / max(of_network, 1e-9), _LARGEST_SHARE))


def weights_of_both(network: NDArray[Any], voice: NDArray[Any], truth: NDArray[np.bool_]) -> Float:
    """Weights of network and voice, and a constant, by logistic regression without negative weights.

    Args:
        network: ``(records,)`` logits of a class.
        voice: ``(records,)`` those of the beats.
        truth: ``(records,)`` who has it: some, not all.
    """
    inputs = np.stack([network, voice, np.ones(len(truth))], axis=1).astype(np.float64)

    def loss_and_gradient(weights: Float) -> tuple[float, Float]:
        odds = inputs @ weights
        penalty = np.append(weights[:2], 0.0)
        excess = 1 / (1 + np.exp(-np.clip(odds, -50, 50))) - truth
        loss = (np.logaddexp(0.0, odds) - truth * odds).mean() + _PENALTY * np.square(penalty).sum()
        return float(loss), inputs.T @ excess / len(truth) + 2 * _PENALTY * penalty

    bounds = [(0.0, None), (0.0, None), (None, None)]
    found: Float = minimize(loss_and_gradient, [0.5, 0.5, 0.0], jac=True, method="L-BFGS-B", bounds=bounds).x
    return found
