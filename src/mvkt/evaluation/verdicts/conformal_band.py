"""Bands of probability in which a model leaves a class open, with promises about errors.

Split conformal prediction, separately for the records that have a class and for those that do not (label-conditional
or Mondrian). Let ``n`` validation records have the class. A new record that has it is equally likely to come at each of
the ``n + 1`` places among them, if all are exchangeable, so with ``k = floor(missed * (n + 1))`` it scores below the
``k``-th lowest of them with a probability of at most ``k / (n + 1) <= missed``, whatever the model and the distribution
are. That score is the lower end of the band, and the upper end follows in the same way from the records without the
class. Below the band a class is reported as absent, from its upper end on it is reported as found; in between it is
inconclusive.

With these promises alone nearly every healthy person would have a finding that cannot be ruled out: one lead
does not show an old infarction in many people, so a band that misses few of them is wide, and with a dozen
classes one is always open. Medicine answers that with a reference range: what is common in healthy people is no
finding. So a third promise comes first: of the records that are *normal* (only classes that are no finding) at most
:data:`LEFT_OPEN` have any class found or left open. The lower ends are raised until that holds, where it costs the
fewest people missed (:mod:`mvkt.evaluation.verdicts.normal_limits`). What is missed by that is counted and reported,
class by class.

The promises about people with a class and without it are averages over validation sets and new records; with few
validation records a single set can miss them by chance. That about normal records has a margin: three of four
validation sets keep it (:data:`CONFIDENCE`). All presume that new records are like the validation records; another
hospital or device is not covered, and neither is the choice of the epoch on the same records, which makes them look
easier than new ones.

Source: Vovk, Conditional validity of inductive conformal predictors, Machine Learning 92:349 (2013); Sadinle, Lei and
Wasserman, Least ambiguous set-valued classifiers with bounded error levels, J. Am. Stat. Assoc. 114:223 (2019);
Angelopoulos and Bates, Conformal prediction: a gentle introduction, Found. Trends Mach. Learn. 16:494 (2023).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MISSED = 0.10
"""Share of the records with a class that may be reported as absent: nine of ten are found or left open.

Where that would leave too many normal records open, it is more: see :data:`LEFT_OPEN`.
"""

FALSE_ALARMS = 0.05
"""Largest share of the records without a class that may be reported as found.

Half of :data:`MISSED`: records without a class are several times as many, and every class adds its own false alarms.
"""

LEFT_OPEN = 0.20
"""Largest share of the normal records in which anything may be found or left open: four of five get a clear answer."""

CONFIDENCE = 0.75
"""Share of validation sets with which :data:`LEFT_OPEN` is kept, by :func:`confident_errors`.

By cross-validation, with this margin fewer people are missed *and* fewer normal records left open than before there was
one (``docs/results/students.md``).
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
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> Band:
    """Choose the band of a class.

    The ends lie midway between two scores that occur, on the careful side. A class is found from its threshold on at
    the earliest, however few false alarms a lower end would give: a rare class would else be found at probabilities of
    a few percent. Where the class is so easy that the ends cross, every cut between them keeps both promises: the
    threshold, moved in between, then is both ends, and nothing is inconclusive.

    With fewer than ``1 / missed - 1`` positives no score is low enough to promise anything, so the class is never
    reported as absent (but below ``lowest``); with fewer than ``1 / false_alarms - 1`` negatives it is never found. A
    class without positives or without negatives is always inconclusive.

    Args:
        targets: ``(records,)`` of the validation set.
        scores: ``(records,)`` probabilities.
        threshold: The best single cut.
        missed: Share of the positives that may be called absent.
        false_alarms: Share of the negatives that may be called found.
        lowest: The lower end is raised to it, at the cost of more missed.
        highest: The upper end is lowered to it, at the cost of more false alarms.
    """
    if targets.all() or not targets.any():
        return Band(0.0, threshold, 1.0)
    low = max(lower_end(scores[targets], scores, missed), lowest)
    high = max(min(upper_end(scores[~targets], scores, false_alarms), highest), threshold)
    inside = float(np.clip(threshold, min(low, high), max(low, high)))
    return Band(low, inside, high) if low < high else Band(inside, inside, inside)


def lower_end(some: NDArray[np.floating], scores: NDArray[np.floating], share: float) -> float:
    """Return a limit that at most this share of new records like ``some`` score below; 0 where none can be promised.

    Args:
        some: Scores of the records that it is about.
        scores: Of all; the limit lies between two of them.
        share: 0 to 1.
    """
    allowed = allowed_errors(len(some), share)
    return _midway(scores, np.sort(some)[allowed - 1], -1) if allowed else 0.0


def upper_end(some: NDArray[np.floating], scores: NDArray[np.floating], share: float) -> float:
    """Return a limit that at most this share of new records like ``some`` reach; 1 where none can be promised.

    Args:
        some: Scores of the records that it is about.
        scores: Of all; the limit lies between two of them.
        share: 0 to 1.
    """
    allowed = allowed_errors(len(some), share)
    return _midway(scores, np.sort(some)[-allowed], +1) if allowed else 1.0


def _midway(scores: NDArray[np.floating], score: np.floating, step: int) -> float:
    """The middle between a score and the next below it (-1) or above it (+1); the last are 0 and 1."""
    values = np.concatenate([[0.0], np.unique(scores), [1.0]])
    place = int(np.searchsorted(values[1:-1], score)) + 1
    return float(values[place] + values[place + step]) / 2


def allowed_errors(records: int, share: float) -> int:
    """Return the ``k`` with which ``k`` of ``records + 1`` places are at most the share of them."""
    return int(share * (records + 1) + 1e-9)  # 0.07 * 100 is a hair above 7, 0.29 * 100 a hair below 29


def confident_errors(records: int, share: float, confidence: float = CONFIDENCE) -> int:
    """Return the largest ``k`` with which the ``k``-th highest of the records is a limit that keeps a share.

    Beyond that limit lies a share of all new records that is distributed, over sets of ``n`` records, as
    ``Beta(k, n + 1 - k)``. :func:`allowed_errors` bounds its mean, this its quantile.

    Source: Vovk, Conditional validity of inductive conformal predictors, Machine Learning 92:349 (2013), section 3.

    Args:
        records: Their number ``n``.
        share: 0 to 1.
        confidence: 0 to 1, share of the sets of records whose limits keep the share.

    Returns:
        0 where no limit keeps it.
    """
    from scipy.stats import binom

    enough = binom.sf(np.arange(records), records, share) >= confidence - 1e-12
    return int(enough.sum())
