"""What the inconclusive bands bring on the test set, and whether their promise was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.evaluation import metrics
from mvkt.evaluation.bootstrap import required, resampled, share_interval
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats, ratio
from mvkt.evaluation.result_sections import Abstention, ClassVerdicts, Kept, LimitVerdicts, RiskPoint
from mvkt.evaluation.verdicts.calibration import Calibration, Verdicts, fit_verdicts, probabilities, verdicts
from mvkt.evaluation.verdicts.class_bands import Promise, finding_classes, normal_records
from mvkt.evaluation.verdicts.conformal_band import FALSE_ALARMS, MISSED, allowed_errors
from mvkt.numbers import Interval

STRICTNESS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0)
"""Multiples of :data:`MISSED` and :data:`FALSE_ALARMS` at which the curve shows how much would be decided."""

_IMPLAUSIBLE = 0.025  # one side of 95 %


def check_verdicts(
    validation: Predictions,
    test: Predictions,
    calibration: Calibration,
    titles: Mapping[str, str],
    resamples: int = 1000,
    seed: int = 0,
) -> Abstention | None:
    """Measure what a model decides and what it leaves open, with 95 % intervals over resampled patients.

    Args:
        validation: What the bands were chosen on; for the curve they are chosen again.
        test: By window or by record.
        calibration: With bands and their promise.
        titles: Class to plain words.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        None when the calibration has no bands with a promise.

    Raises:
        PredictionsError: No class has both positive and negative records.
    """
    promise, records = calibration.promise, test.by_record()
    if not calibration.inconclusive or promise is None:
        return None
    decided = verdicts(probabilities(records.logits, calibration), calibration)
    present = metrics.present(records.targets)
    metrics.require_a_class(records.targets, records.classes)

    def figures(weights: Floats | None) -> dict[str, Floats]:
        shares = verdict_shares(records.targets, decided, weights, finding_classes(records.classes))
        means = {f"macro_{name}": metrics.macro(shares[name][..., present]) for name in ("decided", "error")}
        return shares | means

    estimates = _Estimates(figures(None), resampled(figures, records, resamples, seed))
    return Abstention(
        decided=required(estimates.share("macro_decided", len(records))),
        error=estimates.share("macro_error", len(records)),
        all_decided=required(estimates.share("all_decided", len(records))),
        normal=_normal(records, decided, promise, estimates),
        overlooked=estimates.share("overlooked", int(_with_a_finding(records).sum())),
        classes=tuple(
            _class_verdicts(column, titles.get(code, code), records, decided, calibration, promise, estimates)
            for column, code in enumerate(records.classes)
        ),
        limits=tuple(_wanted(records, decided, promise, resamples, seed)),
        curve=risk_curve(validation, records, calibration),
    )


@dataclass(frozen=True)
class _Estimates:
    """Shares of the whole set and of its resamples, by name."""

    point: Mapping[str, Floats]
    samples: Mapping[str, Floats]

    def share(self, name: str, records: int, column: int | None = None) -> Interval | None:
        place = () if column is None else (column,)
        return share_interval(float(self.point[name][place]), self.samples[name][:, *place], records)


def _with_a_finding(records: Predictions) -> NDArray[np.bool_]:
    return np.asarray(records.targets[:, finding_classes(records.classes)].any(axis=1))


def _normal(records: Predictions, decided: Verdicts, promise: Promise, estimates: _Estimates) -> Kept | None:
    """How the promise about normal records fared."""
    if promise.left_open is None:
        return None
    normal = normal_records(records.targets, records.classes)
    unclear = np.asarray(~decided.excluded[:, finding_classes(records.classes)].all(axis=1))
    share = estimates.share("normal_left_open", int(normal.sum()))
    return _kept(promise.left_open, promise.normals, normal, unclear, share)


def _kept(
    promised: float,
    calibrated_on: int,
    concerned: NDArray[np.bool_],
    errors: NDArray[np.bool_],
    share: Interval | None,
) -> Kept:
    count, made = int(concerned.sum()), int((concerned & errors).sum())
    if not count:
        return Kept(promised=promised, records=0, share=None, p_value=None, kept=None)
    p_value = promise_p_value(made, count, calibrated_on, promised)
    return Kept(promised=promised, records=count, share=share, p_value=p_value, kept=p_value >= _IMPLAUSIBLE)


def _wanted(
    records: Predictions, decided: Verdicts, promise: Promise, resamples: int, seed: int
) -> Iterator[LimitVerdicts]:
    """How what a recipe wants of single classes fared."""
    positives = dict(zip(records.classes, promise.positives, strict=True))
    for code, wanted in promise.limits.items():
        found = decided.found[:, records.classes.index(code)]
        shares = dict(wanted.false_alarms) | ({} if wanted.found is None else {code: 1 - wanted.found})
        for other, promised in shares.items():
            concerned = records.targets[:, records.classes.index(other)]
            errors = ~found if other == code else found
            estimates = _share_of(concerned, errors, records, resamples, seed)
            kept = _kept(promised, positives[other], concerned, errors, estimates.share("share", int(concerned.sum())))
            yield LimitVerdicts(code=code, other=other, kept=kept)


def _share_of(
    concerned: NDArray[np.bool_], errors: NDArray[np.bool_], records: Predictions, resamples: int, seed: int
) -> _Estimates:
    """The share of the concerned records with an error."""

    def figures(weights: Floats | None) -> dict[str, Floats]:
        filled = np.ones((len(records), 1)) if weights is None else weights
        share = ratio(filled.T @ (concerned & errors).astype(np.float64), filled.T @ concerned.astype(np.float64))
        return {"share": share if weights is not None else share[0]}

    return _Estimates(figures(None), resampled(figures, records, resamples, seed))


def _class_verdicts(
    column: int,
    title: str,
    records: Predictions,
    decided: Verdicts,
    calibration: Calibration,
    promise: Promise,
    estimates: _Estimates,
) -> ClassVerdicts:
    truth, excluded, found = records.targets[:, column], decided.excluded[:, column], decided.found[:, column]
    low, high = calibration.inconclusive[column]

    def kept(
        name: str, promised: float, calibrated_on: int, concerned: NDArray[np.bool_], called: NDArray[np.bool_]
    ) -> Kept:
        share = estimates.share(name, int(concerned.sum()), column)
        return _kept(promised, calibrated_on, concerned, called, share)

    return ClassVerdicts(
        code=records.classes[column],
        title=title,
        low=low,
        high=high,
        decided=required(estimates.share("decided", len(records), column)),
        error=estimates.share("error", int((excluded | found).sum()), column),
        missed=kept("missed", promise.missed[column], promise.positives[column], truth, excluded),
        false_alarms=kept("false_alarms", promise.false_alarms[column], promise.negatives[column], ~truth, found),
    )


def verdict_shares(
    targets: NDArray[np.bool_],
    decided: Verdicts,
    weights: Floats | None = None,
    findings: NDArray[np.bool_] | None = None,
) -> dict[str, Floats]:
    """Compute shares of records by their verdicts.

    Args:
        targets: ``(records, classes)``.
        decided: Their verdicts.
        weights: ``(records, resamples)``, or None for each record once.
        findings: ``(classes,)`` which classes are findings; all if None.

    Returns:
        ``decided``, ``error`` (among the decided), ``missed`` (among those with the class) and ``false_alarms``
        (among those without), each ``(classes,)`` or ``(resamples, classes)``, NaN where there is nothing to divide
        by; ``()`` or ``(resamples,)``: ``all_decided``, ``normal_left_open`` (of the records with nothing but normal
        classes, those in which a finding is found or left open) and ``overlooked`` (of the records with a finding,
        those in which none is).
    """
    filled = np.ones((len(targets), 1)) if weights is None else weights
    chosen = np.ones(targets.shape[1], dtype=np.bool_) if findings is None else findings

    def count(what: NDArray[np.bool_]) -> Floats:
        total: Floats = filled.T @ what.astype(np.float64)
        return total

    total = filled.sum(axis=0)[:, np.newaxis]
    positives, missed, alarms = count(targets), count(targets & decided.excluded), count(decided.found & ~targets)
    open_verdicts = count(decided.inconclusive)
    some, clear = np.asarray(targets[:, chosen].any(axis=1)), np.asarray(decided.excluded[:, chosen].all(axis=1))
    normal = np.asarray(targets[:, ~chosen].any(axis=1)) & ~some
    shares = {
        "decided": 1 - open_verdicts / total,
        "error": ratio(missed + alarms, total - open_verdicts),
        "missed": ratio(missed, positives),
        "false_alarms": ratio(alarms, total - positives),
        "all_decided": 1 - count(np.asarray(decided.inconclusive.any(axis=1))) / total[:, 0],
        "normal_left_open": ratio(count(normal & ~clear), count(normal)),
        "overlooked": ratio(count(some & clear), count(some)),
    }
    return shares if weights is not None else {name: values[0] for name, values in shares.items()}


def risk_curve(validation: Predictions, test: Predictions, calibration: Calibration) -> tuple[RiskPoint, ...]:
    """Return how much would be decided, and how much of that wrongly.

    These bands promise nothing to normal records.

    Args:
        validation: Bands for each promise are chosen on it.
        test: And measured on it.
        calibration: Gives temperatures and biases; without a promise there is no curve.
    """
    records = test.by_record()
    if calibration.promise is None:
        return ()
    present = metrics.present(records.targets)
    points = []
    for factor in STRICTNESS:
        missed, alarms = min(1.0, factor * MISSED), min(1.0, factor * FALSE_ALARMS)
        other = fit_verdicts(calibration, validation, missed, alarms, left_open=None)
        shares = verdict_shares(records.targets, verdicts(probabilities(records.logits, other), other))
        decided, error = (float(metrics.macro(shares[name][present])) for name in ("decided", "error"))
        if not np.isnan(error):
            points.append(RiskPoint(missed=missed, false_alarms=alarms, decided=decided, error=error))
        if decided == 1:
            break
    return tuple(points)


def promise_p_value(errors: int, records: int, calibrated_on: int, promised: float) -> float:
    """Return the probability of at least so many errors when the promise is kept.

    Both the band and the test set are samples: given the ``n`` records that the band was chosen on and its
    ``k = floor(promised * (n + 1))``, the errors among the test records are beta-binomial with ``k`` and
    ``n + 1 - k``.

    Source: Vovk, Machine Learning 92:349 (2013), proposition 2b; Angelopoulos and Bates (2023), section 3.2.
    """
    from scipy.stats import betabinom

    if errors == 0:
        return 1.0
    allowed = allowed_errors(calibrated_on, promised)
    if allowed == 0:
        return 0.0
    if allowed > calibrated_on:
        return 1.0
    return float(np.clip(betabinom.sf(errors - 1, records, allowed, calibrated_on + 1 - allowed), 0, 1))
