"""What a model finds in records that have nothing to be found."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import PredictionsError
from mvkt.evaluation.bootstrap import required, resampled, share_interval
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.result_sections import ClassFalsePositives, FalsePositives
from mvkt.evaluation.verdicts.calibration import Calibration, probabilities, verdicts
from mvkt.numbers import Interval


def false_positives(
    predictions: Predictions,
    calibration: Calibration,
    titles: Mapping[str, str],
    clean: NDArray[np.bool_],
    normal: Collection[str] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> FalsePositives | None:
    """Measure the verdicts on records that have no finding, with 95 % intervals over resampled patients.

    Args:
        predictions: Of the test set, by window or by record.
        calibration: From the validation set.
        titles: Class to plain words.
        clean: ``(n,)`` which rows of the predictions have no finding, whether the model knows the finding or not.
        normal: Classes that are no finding (normal ECG, sinus rhythm); to find them is no false positive.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        None when there is no such record, or no class that could be found.

    Raises:
        PredictionsError: ``clean`` is of other rows, or a record is called clean that has a finding.
    """
    if clean.shape != (len(predictions),):
        raise PredictionsError(f"{len(predictions)} rows need as many marks of being clean; there are {clean.shape}")
    records = predictions.by_record()
    rows = np.flatnonzero(clean[predictions.first_windows()]).astype(np.int64)
    finding = np.array([code not in normal for code in records.classes])
    if not len(rows) or not finding.any():
        return None
    without = records.at(rows)
    if without.targets[:, finding].any():
        raise PredictionsError("a record that is marked as free of findings has one; give the marks of these rows")
    found = verdicts(probabilities(without.logits, calibration), calibration)
    open_or_found = (found.found | found.inconclusive)[:, finding]
    marks = {
        "found": found.found[:, finding],
        "open_or_found": open_or_found,
        "any_found": found.found[:, finding].any(axis=1, keepdims=True),
        "any_open_or_found": open_or_found.any(axis=1, keepdims=True),
    }

    def figures(weights: Floats) -> dict[str, Floats]:
        total = weights.sum(axis=0)[:, np.newaxis]
        return {name: weights.T @ mark.astype(np.float64) / total for name, mark in marks.items()}

    point = {name: mark.mean(axis=0) for name, mark in marks.items()}
    samples = resampled(figures, without, resamples, seed)

    def share(name: str, column: int = 0) -> Interval:
        return required(share_interval(float(point[name][column]), samples[name][:, column], len(without)))

    codes = [code for code, is_finding in zip(records.classes, finding, strict=True) if is_finding]
    return FalsePositives(
        normal=tuple(normal),
        records=len(without),
        patients=without.patient_numbers()[1],
        found=share("any_found"),
        found_or_inconclusive=share("any_open_or_found"),
        classes=tuple(
            ClassFalsePositives(
                code=code,
                title=titles.get(code, code),
                found=share("found", column),
                found_or_inconclusive=share("open_or_found", column),
            )
            for column, code in enumerate(codes)
        ),
    )
