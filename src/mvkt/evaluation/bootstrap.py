"""Intervals by resampling patients.

Records of one patient resemble each other, so patients are drawn, not records: as many as there are, with
replacement, and a record counts as often as its patient was drawn. Intervals are the 2.5th and 97.5th
percentile over the resamples. A class that is absent from a resample is left out of that resample's macro
figure, and its own interval is over the resamples where it is present.

The intervals show how much the figures depend on who was in the test set. They do not cover the chance of
training: another seed gives another model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mvkt.errors import BootstrapError, PredictionsError
from mvkt.evaluation import metrics
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.result import GapClosed
from mvkt.numbers import Interval

_LARGEST_BLOCK = 2**23  # weights at once: 64 MB
_TAIL = 0.025


def patient_weights(predictions: Predictions, resamples: int, seed: int) -> Iterator[Floats]:
    """Draw resamples of the patients.

    Yields:
        Blocks ``(records, some resamples)``: how often each record counts. The same predictions, number and
        seed give the same blocks, and so do other predictions of the same records.

    Raises:
        BootstrapError: There are no resamples to draw.
    """
    if resamples < 1:
        raise BootstrapError(f"the bootstrap needs at least one resample, not {resamples}; 1,000 are usual")
    patient, patients = predictions.patient_numbers()
    generator = np.random.default_rng(seed)
    block = max(1, _LARGEST_BLOCK // max(patients, len(patient)))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        draws = generator.integers(patients, size=(size, patients)) + patients * np.arange(size)[:, np.newaxis]
        counts = np.bincount(draws.ravel(), minlength=size * patients).reshape(size, patients)
        yield counts.T[patient].astype(np.float64)


def resampled(
    figures: Callable[[Floats], dict[str, Floats]], predictions: Predictions, resamples: int, seed: int
) -> dict[str, Floats]:
    """Compute named figures for every resample.

    Args:
        figures: Given weights ``(records, r)``, returns arrays whose first axis is the ``r`` resamples.
        predictions: Of records; with the patients.
        resamples: How many.
        seed: Of the draws.

    Returns:
        The arrays of all resamples, by name.
    """
    blocks = [figures(weights) for weights in patient_weights(predictions, resamples, seed)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def interval(value: float, samples: Floats) -> Interval | None:
    """Put a 95 % percentile interval around a figure; None where the figure does not exist.

    Args:
        value: The figure of the whole set; NaN where it does not exist.
        samples: ``(resamples,)`` the figure of each resample; NaN where it does not exist.
    """
    finite = samples[np.isfinite(samples)]
    if not np.isfinite(value) or not len(finite):
        return None
    low, high = np.quantile(finite, [_TAIL, 1 - _TAIL])
    return Interval(value=float(value), low=float(low), high=float(high))


def share_interval(value: float, samples: Floats, records: int) -> Interval | None:
    """Put an interval around a share of records.

    Where none or all of the records count, every resample gives the same. The exact binomial interval stands there.

    Source: Clopper and Pearson, Biometrika 26:404 (1934).

    Args:
        value: The share; NaN where it does not exist.
        samples: ``(resamples,)``.
        records: Of which it is a share.
    """
    found = interval(value, samples)
    if found is None or 0 < value < 1:
        return found
    reach = float(1 - _TAIL ** (1 / records))
    return Interval(value=value, low=0.0, high=reach) if value == 0 else Interval(value=value, low=1 - reach, high=1.0)


def gap_closed(
    teacher: Predictions, baseline: Predictions, student: Predictions, resamples: int = 1000, seed: int = 0
) -> GapClosed:
    """Return how much of the way from the baseline to the teacher the student has gone, in macro AUC.

    All three are evaluated on the same resamples, so that what a resample does to all of them cancels.

    The share ``(student - baseline) / (teacher - baseline)`` has a bounded confidence set only when its
    denominator is significantly different from 0 (Fieller, J. R. Stat. Soc. B 16:175, 1954). So it is given
    only when the 95 % interval of ``teacher - baseline`` lies above 0. In the few resamples where the teacher
    is not better, the share counts as beyond all others on the side of ``student - baseline``.

    Args:
        teacher: Predictions of the teacher on the test set.
        baseline: The same for the student's network trained without transfer.
        student: The same for the student.
        resamples: How many.
        seed: Of the draws.

    Raises:
        PredictionsError: The three are not about the same records, or no class can be evaluated.
    """
    models = tuple(predictions.by_record() for predictions in (teacher, baseline, student))
    check_same_records(models)
    targets = models[0].targets
    metrics.require_a_class(targets, models[0].classes)

    def macro_aucs(weights: Floats | None) -> Floats:
        return np.stack([metrics.macro(metrics.roc_auc(targets, m.logits, weights)) for m in models], axis=-1)

    point = macro_aucs(None)
    samples = resampled(lambda weights: {"auc": macro_aucs(weights)}, models[0], resamples, seed)["auc"]
    samples = samples[np.isfinite(samples).all(axis=1)]
    gain, gap = samples[:, 2] - samples[:, 1], samples[:, 0] - samples[:, 1]
    gain_interval = required(interval(float(point[2] - point[1]), gain))
    gap_interval = required(interval(float(point[0] - point[1]), gap))
    share, note = share_of_gap(gain_interval, gap_interval, gain, gap)
    return GapClosed(
        gap_closed=share,
        student_minus_baseline=gain_interval,
        teacher_minus_baseline=gap_interval,
        p_value=two_sided_p(gain),
        resamples=resamples,
        note=note,
    )


def share_of_gap(gain: Interval, gap: Interval, gains: Floats, gaps: Floats) -> tuple[Interval | None, str]:
    """Return the share of a gap that a gain closes, or why there is none (:func:`gap_closed`).

    Args:
        gain: Student minus baseline.
        gap: Teacher minus baseline.
        gains: ``(resamples,)`` the gain in each resample.
        gaps: ``(resamples,)`` the gap in each resample.
    """
    if gap.low <= 0:
        return None, (
            "The teacher is not clearly better than the baseline on these records (the interval of the "
            "difference includes 0 or lies below it), so there is no gap to close a share of."
        )
    beyond = np.where(gains == 0, 0.0, np.copysign(np.inf, gains))
    shares = np.sort(np.divide(gains, gaps, out=beyond, where=gaps > 0))
    # Order statistics instead of interpolated quantiles: between a number and infinity there is nothing.
    outside = int(_TAIL * (len(shares) - 1))
    low, high = float(shares[outside]), float(shares[-1 - outside])
    if not np.isfinite([low, high]).all():
        return None, "The gap between teacher and baseline is too uncertain for an interval of its closed share."
    return Interval(value=gain.value / gap.value, low=low, high=high), ""


def two_sided_p(differences: Floats) -> float:
    """Two-sided bootstrap p value of a difference being 0.

    Twice the smaller share of resamples on either side of 0, each counted with one more resample so that no
    finite number of resamples gives 0 (Davison and Hinkley, Bootstrap Methods and Their Application, 1997,
    eq. 4.11).
    """
    below, above = int(np.sum(differences <= 0)), int(np.sum(differences >= 0))
    return min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1))


def check_same_records(models: Sequence[Predictions]) -> None:
    """Check that models were evaluated on the same records with the same labels, in the same order.

    Raises:
        PredictionsError: They were not.
    """
    first = models[0]
    for other in models[1:]:
        same = (
            other.classes == first.classes
            and np.array_equal(other.record_id, first.record_id)
            and np.array_equal(other.patient_id, first.patient_id)
            and np.array_equal(other.targets, first.targets)
        )
        if not same:
            raise PredictionsError(
                "teacher, baseline and student must be evaluated on the same records in the same order; here "
                f"{len(first)} records of {len(first.classes)} classes stand against {len(other)} of "
                f"{len(other.classes)}, and they do not match; evaluate all three on one test set"
            )


def required(found: Interval | None) -> Interval:
    """Return an interval that must be there.

    Raises:
        BootstrapError: It is not.
    """
    if found is None:
        raise BootstrapError("no resample holds a class that can be evaluated; evaluate on more patients")
    return found
