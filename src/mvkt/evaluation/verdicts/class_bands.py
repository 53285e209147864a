"""The bands of all classes of a model together, and what they promise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mvkt.ecg.statements.kinds import NORMAL, UNREADABLE
from mvkt.evaluation.verdicts.conformal_band import (
    Band,
    allowed_errors,
    confident_errors,
    fit_band,
    lower_end,
    upper_end,
)
from mvkt.evaluation.verdicts.normal_limits import normal_limits
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits, found_limit
from mvkt.stored import Part

Share = Annotated[float, Field(ge=0, le=1)]


REFUSED = 0.03
"""Largest share of the normal records that may be refused as unreadable."""


class Promise(Part):
    """What the bands of a calibration promise, and on how many records they were chosen.

    Attributes:
        missed: For each class, the largest share of the records with it that are reported as absent.
        false_alarms: For each class, the largest share of the records without it that are reported as found.
        positives: Records of each class in the validation set.
        negatives: Records without it.
        left_open: Largest share of the normal records in which a finding is reported as present or left open; None
            where nothing is promised about them.
        normals: Normal records in the validation set.
        limits: Class to what its recipe wants of its limits; empty where that is the same for all classes.
    """

    missed: tuple[Share, ...]
    false_alarms: tuple[Share, ...]
    positives: tuple[int, ...]
    negatives: tuple[int, ...]
    left_open: Share | None = None
    normals: int = 0
    limits: Mapping[str, WantedLimits] = {}


class Wanted(NamedTuple):
    """The error rates to promise; see :mod:`mvkt.evaluation.verdicts.conformal_band`.

    Without ``left_open`` no lower end is raised for the normal records. ``limits`` are those of single classes.
    """

    missed: float
    false_alarms: float
    left_open: float | None
    limits: Mapping[str, WantedLimits] = MappingProxyType({})

    def missed_of(self, code: str) -> float:
        """The largest share of the records with a class that are reported as absent."""
        own = self.limits.get(code)
        return self.missed if own is None or own.missed is None else own.missed


def finding_classes(classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """``(classes,)``: which are findings; the others are normal."""
    return np.array([code not in NORMAL for code in classes])


def normal_records(targets: NDArray[np.bool_], classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """``(records,)``: those that have a normal class and no finding, of the classes that there are."""
    finding = finding_classes(classes)
    return np.asarray(targets[:, ~finding].any(axis=1) & ~targets[:, finding].any(axis=1))


def fit_bands(
    targets: NDArray[np.bool_],
    scores: NDArray[np.floating],
    thresholds: list[float],
    classes: tuple[str, ...],
    wanted: Wanted,
) -> tuple[list[Band], Promise]:
    """Choose the bands of all classes, with what they promise.

    Args:
        targets: ``(records, classes)`` of the validation set.
        scores: ``(records, classes)`` probabilities.
        thresholds: The best single cut of each class.
        classes: Their codes.
        wanted: What is to be promised, as far as it can be.
    """
    normals = int(normal_records(targets, classes).sum())
    if not confident_errors(normals, wanted.left_open or 0.0):
        wanted = wanted._replace(left_open=None)
    lowest, highest = _limits(targets, scores, classes, wanted)
    bands, promised = [], []
    for column, threshold in enumerate(thresholds):
        truth, score = targets[:, column], scores[:, column]
        code, missed = classes[column], wanted.missed_of(classes[column])
        own = wanted.limits.get(code)
        if own is not None and own.of_finding and truth.any() and not truth.all():
            cut = found_limit(own, column, targets, scores, classes)
            band = Band(min(max(lower_end(score[truth], score, missed), lowest[column]), cut), cut, cut)
        else:
            limits = {"lowest": lowest[column], "highest": highest[column]}
            band = fit_band(truth, score, threshold, missed, wanted.false_alarms, **limits)
        if code in UNREADABLE:
            band = refusal_limit(score[normal_records(targets, classes)], score, band)
        bands.append(band)
        promised_missed = _promised(score[truth] < band.low, missed, asserts=band.low > 0)
        alarms = _promised(score[~truth] >= band.high, wanted.false_alarms, asserts=band.high < 1)
        promised.append((promised_missed, alarms))
    positives = targets.sum(axis=0)
    promise = Promise(
        missed=tuple(missed for missed, _ in promised),
        false_alarms=tuple(alarms for _, alarms in promised),
        positives=tuple(positives.tolist()),
        negatives=tuple((len(targets) - positives).tolist()),
        left_open=wanted.left_open,
        normals=normals,
        limits=dict(wanted.limits),
    )
    return bands, promise


def refusal_limit(normal: NDArray[np.floating], scores: NDArray[np.floating], otherwise: Band) -> Band:
    """Return the limit from which a record counts as unreadable: at most :data:`REFUSED` of the normal ones do.

    What is unreadable is seldom in a corpus, so the best cut by F1 would let most of it pass; and between readable and
    unreadable there is nothing to be left open.

    Args:
        normal: ``(normal records,)`` their probabilities of being unreadable.
        scores: ``(records,)`` those of all.
        otherwise: Where there are too few normal records to promise anything.
    """
    limit = upper_end(normal, scores, REFUSED)
    return Band(limit, limit, limit) if limit < 1 else otherwise


def _limits(
    targets: NDArray[np.bool_], scores: NDArray[np.floating], classes: tuple[str, ...], wanted: Wanted
) -> tuple[list[float], list[float]]:
    """For each class, what its lower end is raised to and its upper end lowered to, so that normal records get answers.

    A normal class is treated as in a mirror: it is to be found in most normal records.
    """
    lowest, highest = [0.0] * len(classes), [1.0] * len(classes)
    if wanted.left_open is None:
        return lowest, highest
    normal, finding = normal_records(targets, classes), finding_classes(classes)
    shares = np.array([wanted.missed_of(code) for code in classes])
    limits = normal_limits(targets[:, finding], scores[:, finding], normal, shares[finding], wanted.left_open)
    for column, limit in zip(np.flatnonzero(finding), limits, strict=True):
        lowest[column] = float(limit)
    for column in np.flatnonzero(~finding):
        highest[column] = lower_end(scores[normal, column], scores[:, column], wanted.left_open)
    return lowest, highest


def _promised(errors: NDArray[np.bool_], wanted: float, *, asserts: bool) -> float:
    """Return the share of errors that an end of a band promises: as wanted, or what it gave way to.

    With ``k - 1`` validation records beyond a limit, a new one is beyond it with a probability of about
    ``k / (n + 1)``, as for limits that are chosen by their own records.
    """
    made = int(errors.sum())
    if not asserts or made < allowed_errors(len(errors), wanted):
        return wanted
    return (made + 1) / (len(errors) + 1)
