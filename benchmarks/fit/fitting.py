"""Logistic regression, as small as it is needed here; the coefficients end up in modules of mvkt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

Float = NDArray[np.float64]


def fit_multinomial(features: Float, target: NDArray[np.int64], weights: Float, penalty: float) -> Float:
    """``(features + 1, classes - 1)`` coefficients against class 0, intercepts last; the intercepts are not penalised.

    Args:
        features: ``(n, features)``.
        target: ``(n,)`` classes from 0.
        weights: ``(n,)``; those of a class add up to how much the class counts.
        penalty: Of the sum of squared coefficients.
    """
    design = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    shape = (design.shape[1], int(target.max()))

    def loss(flat: Float) -> tuple[float, Float]:
        coefficients = flat.reshape(shape)
        logits = np.concatenate([np.zeros((len(design), 1)), design @ coefficients], axis=1)
        total = logsumexp(logits, axis=1)
        error = np.exp(logits - total[:, np.newaxis])
        error[np.arange(len(design)), target] -= 1
        gradient = design.T @ (weights[:, np.newaxis] * error[:, 1:])
        gradient[:-1] += 2 * penalty * coefficients[:-1]
        value = weights @ (total - logits[np.arange(len(design)), target])
        return float(value + penalty * np.square(coefficients[:-1]).sum()), gradient.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 3000})
    fitted: Float = found.x.reshape(shape)
    return fitted


def fit_odd(features: Float, penalty: float) -> Float:
    """``(features,)`` coefficients without intercept that separate ``features`` (upright) from ``-features``."""

    def loss(coefficients: Float) -> tuple[float, Float]:
        margin = features @ coefficients
        gradient = -features.T @ (1 / (1 + np.exp(np.clip(margin, -500, 500)))) / len(features)
        value = np.logaddexp(0, -margin).mean() + penalty * np.square(coefficients).sum()
        return float(value), gradient + 2 * penalty * coefficients

    start = np.zeros(features.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 3000})
    fitted: Float = found.x
    return fitted
