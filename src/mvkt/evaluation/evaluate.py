"""All figures of one model on one set of records, with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mvkt.evaluation import metrics
from mvkt.evaluation.bootstrap import interval, required, resampled
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.result import ClassFigures, Evaluation
from mvkt.evaluation.verdicts.calibration import Calibration, probabilities

_RANKED = ("auc", "average_precision", "f1")


def evaluate(
    predictions: Predictions,
    calibration: Calibration,
    titles: Mapping[str, str],
    resamples: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Evaluate a model by record, with 95 % intervals over resampled patients.

    AUC and average precision are computed from the logits, everything else from the calibrated probabilities and the
    thresholds of the calibration. The bands are checked elsewhere, by
    :func:`mvkt.evaluation.verdicts.band_check.check_verdicts`. Absent classes are named and are in no macro figure.

    Args:
        predictions: Of the test set, by window or by record.
        calibration: From the validation set.
        titles: Class to plain words; a class without a title is called by its code.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Raises:
        PredictionsError: No class has both positive and negative records, or the calibration is for other classes.
    """
    from scipy.special import expit

    records = predictions.by_record()
    scaled, plain = probabilities(records.logits, calibration), expit(records.logits)
    found = scaled >= np.asarray(calibration.thresholds)
    present = metrics.present(records.targets)
    metrics.require_a_class(records.targets, records.classes)

    def figures(weights: Floats | None) -> dict[str, Floats]:
        per_class = {
            "auc": metrics.roc_auc(records.targets, records.logits, weights),
            "average_precision": metrics.average_precision(records.targets, records.logits, weights),
            "f1": metrics.f1(records.targets, found, weights),
        }
        means = {f"macro_{name}": metrics.macro(values) for name, values in per_class.items()}
        squares = metrics.brier(records.targets, scaled, weights) - metrics.brier(records.targets, plain, weights)
        change = {"brier_change": squares[..., present].mean(axis=-1)}
        return per_class | means | change | {"fmax": metrics.fmax(records.targets, scaled, weights)}

    point, samples = figures(None), resampled(figures, records, resamples, seed)
    calibration_figures = {
        "brier": metrics.brier(records.targets, scaled),
        "brier_uncalibrated": metrics.brier(records.targets, plain),
        "ece": metrics.expected_calibration_error(records.targets, scaled),
        "ece_uncalibrated": metrics.expected_calibration_error(records.targets, plain),
        "ece_by_chance": metrics.calibration_error_by_chance(scaled, seed),
    }
    means = {name: float(values[present].mean()) for name, values in calibration_figures.items()}
    classes = tuple(
        ClassFigures(
            code=code,
            title=titles.get(code, code),
            positives=int(records.targets[:, column].sum()),
            threshold=calibration.thresholds[column],
            **{name: float(values[column]) for name, values in calibration_figures.items()},
            **{name: interval(float(point[name][column]), samples[name][:, column]) for name in _RANKED},
        )
        for column, code in enumerate(records.classes)
    )
    return Evaluation(
        records=len(records),
        patients=records.patient_numbers()[1],
        resamples=resamples,
        brier=means["brier"],
        brier_uncalibrated=means["brier_uncalibrated"],
        expected_calibration_error=means["ece"],
        expected_calibration_error_uncalibrated=means["ece_uncalibrated"],
        expected_calibration_error_by_chance=means["ece_by_chance"],
        absent=tuple(np.asarray(records.classes)[~present].tolist()),
        classes=classes,
        **{
            name: required(interval(float(point[name]), samples[name]))
            for name in ("macro_auc", "macro_average_precision", "macro_f1", "fmax", "brier_change")
        },
    )
