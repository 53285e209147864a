"""Temperature and bias with which the logits of a class fit its labels.

They minimise the negative log likelihood of slightly softened labels, as Platt proposed: with ``p`` positives and ``n``
negatives these are ``(p + 1) / (p + 2)`` and ``1 / (n + 2)``, so that a few records that happen to be ranked without a
mistake do not make the model certain. The temperature stays within a factor of five of 1. A temperature alone leaves
classes whose mean probability is off, and an isotonic curve needs more records than a validation fold has;
cross-validated, both were worse.

Source: Platt, Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers (1999).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST_TEMPERATURE = 5.0


def fit_scale(targets: NDArray[np.bool_], logits: NDArray[np.floating]) -> tuple[float, float]:
    """Return temperature and bias of a class: ``probability = sigmoid(logit / temperature + bias)``.

    Args:
        targets: ``(records,)``, at least one of each kind.
        logits: ``(records,)``.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    positives, negatives = int(targets.sum()), int((~targets).sum())
    softened = np.where(targets, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    wide = logits.astype(np.float64)

    def loss_and_gradient(slope_and_bias: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = slope_and_bias[0] * wide + slope_and_bias[1]
        excess = expit(scaled) - softened
        loss = np.logaddexp(0.0, scaled) - softened * scaled
        return float(loss.mean()), np.array([(excess * wide).mean(), excess.mean()])

    # In slope and bias the loss is convex, so where the search begins does not matter.
    bounds = [(1 / _LARGEST_TEMPERATURE, _LARGEST_TEMPERATURE), (None, None)]
    settings = {"ftol": 1e-15, "gtol": 1e-9}
    found = minimize(loss_and_gradient, [1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds, options=settings)
    return float(1 / found.x[0]), float(found.x[1])
