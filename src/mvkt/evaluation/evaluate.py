"""All figures of one model on one set of records, with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mvkt.errors import CorpusError
from mvkt.evaluation import metrics
from mvkt.evaluation.bootstrap import interval, resampled
from mvkt.evaluation.calibration import Calibration, probabilities
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.result import ClassFigures, Evaluation, Interval

_RANKED = ("auc", "average_precision", "f1")


def evaluate(
    predictions: Predictions,
    calibration: Calibration,
    titles: Mapping[str, str],
    resamples: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Judge a model by record, with 95 % intervals over resampled patients.

    AUC and average precision are of the logits, everything else of the calibrated probabilities and the
    thresholds of the calibration. Absent classes are named and are in no macro figure.

    Args:
        predictions: Of the test set, by window or by record.
        calibration: From the validation set.
        titles: Class to plain words; a class without a title is called by its code.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Raises:
        CorpusError: No class has both positive and negative records, or the calibration is for other classes.
    """
    records = predictions.by_record()
    scaled = probabilities(records.logits, calibration)
    found = scaled >= np.asarray(calibration.thresholds)
    present = metrics.present(records.targets)
    metrics.require_something_to_judge(records.targets, records.classes)

    def figures(weights: Floats | None) -> dict[str, Floats]:
        per_class = {
            "auc": metrics.roc_auc(records.targets, records.logits, weights),
            "average_precision": metrics.average_precision(records.targets, records.logits, weights),
            "f1": metrics.f1(records.targets, found, weights),
        }
        means = {f"macro_{name}": metrics.macro(values) for name, values in per_class.items()}
        return per_class | means | {"fmax": metrics.fmax(records.targets, scaled, weights)}

    point, samples = figures(None), resampled(figures, records, resamples, seed)
    brier = metrics.brier(records.targets, scaled)
    ece = metrics.expected_calibration_error(records.targets, scaled)
    classes = tuple(
        ClassFigures(
            code=code,
            title=titles.get(code, code),
            positives=int(records.targets[:, column].sum()),
            threshold=calibration.thresholds[column],
            brier=float(brier[column]),
            ece=float(ece[column]),
            **{name: interval(float(point[name][column]), samples[name][:, column]) for name in _RANKED},
        )
        for column, code in enumerate(records.classes)
    )
    return Evaluation(
        records=len(records),
        patients=records.patient_numbers()[1],
        resamples=resamples,
        brier=float(brier[present].mean()),
        expected_calibration_error=float(ece[present].mean()),
        absent=tuple(np.asarray(records.classes)[~present].tolist()),
        classes=classes,
        **{
            name: _of_whole_set(interval(float(point[name]), samples[name]))
            for name in ("macro_auc", "macro_average_precision", "macro_f1", "fmax")
        },
    )


def _of_whole_set(found: Interval | None) -> Interval:
    if found is None:
        raise CorpusError("no resample holds a class that can be judged; evaluate on more patients")
    return found
