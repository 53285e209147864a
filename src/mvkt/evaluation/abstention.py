"""When a model had better say that it does not know: bands of probability, with a promise about errors.

Split conformal prediction, separately for the records that have a class and for those that do not (label-conditional
or Mondrian). Let ``n`` validation records have the class. A new record that has it is equally likely to come at each of
the ``n + 1`` places among them, if all are exchangeable, so with ``k = floor(missed * (n + 1))`` it scores below the
``k``-th lowest of them with a probability of at most ``k / (n + 1) <= missed``, whatever the model and the distribution
are. That score is the lower end of the band, and the upper end follows in the same way from the records without the
class. Below the band a class is said to be absent, from its upper end on it is said to be found, in between nothing is
said.

The promise is an average over validation sets and new records; with few validation records a single set can miss it by
chance. It presumes that new records are like the validation records; another hospital or device is not covered, and
neither is the choice of the epoch on the same records, which is taken to be a small matter.

Source: Vovk, Conditional validity of inductive conformal predictors, Machine Learning 92:349 (2013); Sadinle, Lei and
Wasserman, Least ambiguous set-valued classifiers with bounded error levels, J. Am. Stat. Assoc. 114:223 (2019);
Angelopoulos and Bates, Conformal prediction: a gentle introduction, Found. Trends Mach. Learn. 16:494 (2023).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MISSED = 0.10
"""Largest share of the records with a class that may be told it is absent: nine of ten are found or left open."""

FALSE_ALARMS = 0.05
"""Largest share of the records without a class that may be told it is found.

Half of :data:`MISSED`: records without a class are several times as many, and every class adds its own false alarms.
"""


class Band(NamedTuple):
    """Where the verdicts of a class change: not found below ``low``, found from ``high`` on, the threshold between."""

    low: float
    threshold: float
    high: float


def fit_band(
    targets: NDArray[np.bool_],
    scores: NDArray[np.floating],
    threshold: float,
    missed: float = MISSED,
    false_alarms: float = FALSE_ALARMS,
) -> Band:
    """Choose the band of a class.

    Both ends lie midway between two scores that occur, on the careful side. Where the class is so easy that the ends
    cross, every cut between them keeps both promises: the threshold, moved in between, then is both ends, and nothing
    is inconclusive.

    With fewer than ``1 / missed - 1`` positives no score is low enough to promise anything, so the class is never said
    to be absent; with fewer than ``1 / false_alarms - 1`` negatives it is never found. A class without positives or
    without negatives is always inconclusive.

    Args:
        targets: ``(records,)`` of the validation set.
        scores: ``(records,)`` probabilities.
        threshold: The cut to use where no band is needed.
        missed: Largest share of the positives that may be called absent.
        false_alarms: Largest share of the negatives that may be called found.
    """
    positives, negatives = np.sort(scores[targets]), np.sort(scores[~targets])
    if not len(positives) or not len(negatives):
        return Band(0.0, threshold, 1.0)
    values = np.unique(scores).astype(np.float64)
    low, high = 0.0, 1.0
    if allowed := allowed_errors(len(positives), missed):
        place = int(np.searchsorted(values, positives[allowed - 1]))
        low = float((values[place - 1] if place else 0.0) + values[place]) / 2
    if allowed := allowed_errors(len(negatives), false_alarms):
        place = int(np.searchsorted(values, negatives[-allowed]))
        high = float((values[place + 1] if place + 1 < len(values) else 1.0) + values[place]) / 2
    inside = float(np.clip(threshold, min(low, high), max(low, high)))
    return Band(low, inside, high) if low < high else Band(inside, inside, inside)


def allowed_errors(records: int, share: float) -> int:
    """Return the ``k`` with which ``k`` of ``records + 1`` places are at most the share of them."""
    return int(share * (records + 1) + 1e-9)  # 0.07 * 100 is a hair above 7, 0.29 * 100 a hair below 29
