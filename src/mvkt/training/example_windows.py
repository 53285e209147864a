"""A few test windows that a run keeps, for its report and to compare what is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts.calibration import Calibration, probabilities
from mvkt.files import atomic_write
from mvkt.training.rows import FoldRows

_EXAMPLES = 6


def save_examples(
    path: Path, rows: FoldRows, leads: tuple[str, ...], predictions: Predictions, calibration: Calibration
) -> None:
    """Keep a few windows.

    Args:
        path: The file, ``.npz``.
        rows: The test windows.
        leads: That are kept of them.
        predictions: Of the student, for these windows.
        calibration: Of the student.
    """
    scores = probabilities(predictions.logits, calibration)
    picked = choose_examples(predictions.targets, scores, np.asarray(calibration.thresholds, dtype=np.float32))
    with atomic_write(path) as file:
        np.savez_compressed(
            file,
            record_id=predictions.record_id[picked],
            microvolts=rows.select(picked, "+".join(leads)),
            leads=np.array(leads),
            sampling_frequency=np.float64(rows.sampling_frequency),
            targets=predictions.targets[picked],
            probabilities=scores[picked],
        )


def choose_examples(
    targets: NDArray[np.bool_], scores: NDArray[np.float32], thresholds: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Choose windows that show what the student does: typical hits, then its worst miss and its worst false alarm.

    Args:
        targets: ``(n, classes)``.
        scores: ``(n, classes)`` calibrated probabilities.
        thresholds: ``(classes,)``.

    Returns:
        Up to six positions, all different.
    """
    found = scores >= thresholds
    right = (found == targets).all(axis=1)
    chosen: list[int] = []
    for column in range(targets.shape[1]):
        hits = np.flatnonzero(right & targets[:, column])
        ranked = hits[np.argsort(scores[hits, column])]
        fresh = [int(row) for row in (ranked[len(ranked) // 2 :]) if int(row) not in chosen]
        chosen += fresh[:1]
    missed_by = np.where(targets, thresholds - scores, 0.0).max(axis=1)
    alarmed_by = np.where(targets, 0.0, scores - thresholds).max(axis=1)
    worst = [int(np.argmax(margin)) for margin in (missed_by, alarmed_by) if margin.max() > 0]
    picked = list(dict.fromkeys([*chosen[: _EXAMPLES - len(set(worst))], *worst])) or [0]
    return np.array(picked, dtype=np.int64)
