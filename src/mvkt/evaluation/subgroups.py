"""Whether a model serves women and men, young and old, equally well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import PredictionsError
from mvkt.evaluation import metrics
from mvkt.evaluation.bootstrap import interval, resampled
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.result_sections import ClassInGroup, Subgroup
from mvkt.numbers import Interval

AGE_GROUPS: tuple[tuple[str, float, float], ...] = (
    ("under 40", 0, 40),
    ("40 to 59", 40, 60),
    ("60 to 74", 60, 75),
    ("75 and over", 75, np.inf),
)
"""Name, from this age on, below this age."""

SEXES = ("female", "male")
UNKNOWN = "unknown"

FEWEST = 10
"""Records with a class, and records without it, that a group needs for an AUC.

With fewer the interval spans a third of the whole scale, and a figure would be read as more than it is.
"""


def subgroups(
    predictions: Predictions,
    age: NDArray[np.floating],
    sex: NDArray[np.str_],
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[Subgroup, ...]:
    """Measure the ranking in groups of people, with 95 % intervals over resampled patients.

    The macro AUC of a group is over the classes that can be evaluated in it, and is left out where these are fewer than
    half of those that the test set has: a mean over a few cannot be compared with the rest. Groups differ in their
    classes and in how hard their records are, so a difference between groups is no proof that the model treats them
    differently.

    Args:
        predictions: Of the test set, by window or by record.
        age: ``(n,)`` years for each row of the predictions; NaN where unknown.
        sex: ``(n,)`` ``"female"``, ``"male"`` or empty.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        The groups that have records.

    Raises:
        PredictionsError: There is not one age and one sex for each row.
    """
    if age.shape != (len(predictions),) or sex.shape != (len(predictions),):
        raise PredictionsError(
            f"{len(predictions)} rows need as many ages and sexes; there are {age.shape} and {sex.shape}"
        )
    first = predictions.first_windows()
    records = predictions.by_record()
    needed = int(metrics.present(records.targets).sum()) / 2
    return tuple(
        _group(by, name, records.at(rows), needed, resamples, seed)
        for by, name, rows in _groups(np.asarray(age[first], dtype=np.float64), sex[first])
        if len(rows)
    )


def _groups(
    age: NDArray[np.float64], sex: NDArray[np.str_]
) -> Iterator[tuple[Literal["sex", "age"], str, NDArray[np.int64]]]:
    for name in SEXES:
        yield "sex", name, np.flatnonzero(sex == name)
    yield "sex", UNKNOWN, np.flatnonzero(~np.isin(sex, SEXES))
    for name, start, end in AGE_GROUPS:
        yield "age", name, np.flatnonzero((age >= start) & (age < end))
    yield "age", UNKNOWN, np.flatnonzero(~(age >= 0))


def _group(
    by: Literal["sex", "age"], name: str, records: Predictions, needed: float, resamples: int, seed: int
) -> Subgroup:
    positives = records.targets.sum(axis=0)
    measured = np.flatnonzero((positives >= FEWEST) & (len(records) - positives >= FEWEST))
    targets, logits = records.targets[:, measured], records.logits[:, measured]

    def figures(weights: Floats | None) -> dict[str, Floats]:
        auc = metrics.roc_auc(targets, logits, weights)
        return {"auc": auc, "macro": metrics.macro(auc)}

    aucs: dict[int, Interval | None] = {}
    macro = None
    if len(measured):
        point, samples = figures(None), resampled(figures, records, resamples, seed)
        macro = interval(float(point["macro"]), samples["macro"]) if len(measured) >= needed else None
        aucs = {
            int(column): interval(float(point["auc"][place]), samples["auc"][:, place])
            for place, column in enumerate(measured)
        }
    return Subgroup(
        by=by,
        name=name,
        records=len(records),
        patients=records.patient_numbers()[1],
        macro_auc=macro,
        classes=tuple(
            ClassInGroup(code=code, positives=int(positives[column]), auc=aucs.get(column))
            for column, code in enumerate(records.classes)
        ),
    )
