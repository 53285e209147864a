"""Whether an 8-bit network still computes what its float32 network computes, on validation recordings.

Quantising fails silently: the file loads, runs, and ranks the recordings at random. So nothing is written that has not
been compared on labelled recordings that neither training nor quantising has seen.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.special import expit

from mvkt.bundle.manifest import BundleManifest
from mvkt.errors import ExportMismatchError
from mvkt.evaluation import metrics
from mvkt.evaluation.predictions import Predictions
from mvkt.stored import Part

LARGEST_AUC_LOSS = 0.003
LARGEST_MEAN_CHANGE = 0.02

Share = Annotated[float, Field(ge=0, le=1)]


class QuantisationFigures(Part):
    """What 8 bits changed, by validation record.

    Attributes:
        ranges: How the ranges were chosen, of :data:`mvkt.embedded.quantise.RANGES`.
        calibration_windows: Training windows that the ranges were measured on.
        records: Of the validation folds.
        macro_auc: Of the 8-bit network.
        macro_auc_float: Of the float32 network.
        mean_change: Change of the mean probability, of the class where it is largest.
        mean_change_class: That class.
        absolute_change: Mean over records and classes of the absolute change of the probability.
        changed_findings: Share of the records and classes that pass the threshold in one network only.
        bytes: Of the network file.
        bytes_float: Of the float32 network file.
    """

    ranges: str
    calibration_windows: int
    records: int
    macro_auc: float
    macro_auc_float: float
    mean_change: Share
    mean_change_class: str
    absolute_change: Share
    changed_findings: Share
    bytes: int
    bytes_float: int

    @property
    def auc_loss(self) -> float:
        """Macro AUC that 8 bits cost; below 0 when they are better by chance."""
        return self.macro_auc_float - self.macro_auc


def compare(
    exact: Predictions,
    quantised: Predictions,
    manifest: BundleManifest,
    *,
    ranges: str,
    calibration_windows: int,
    sizes: tuple[int, int],
) -> QuantisationFigures:
    """Compare an 8-bit network with its float32 network.

    Args:
        exact: Of the float32 network on the validation folds, by window or by record.
        quantised: Of the 8-bit network on the same windows.
        manifest: Of the bundle; its temperatures and thresholds stay as they are.
        ranges: As in :class:`QuantisationFigures`.
        calibration_windows: As in :class:`QuantisationFigures`.
        sizes: Bytes of the 8-bit and of the float32 network file.

    Raises:
        CorpusError: No class has both positive and negative records.
    """
    exact, quantised = exact.by_record(), quantised.by_record()
    metrics.require_a_class(exact.targets, exact.classes)
    temperatures, thresholds = np.array(manifest.temperatures), np.array(manifest.thresholds)
    before, after = expit(exact.logits / temperatures), expit(quantised.logits / temperatures)
    changes = np.abs(after.mean(axis=0) - before.mean(axis=0))
    worst = int(np.argmax(changes))
    return QuantisationFigures(
        ranges=ranges,
        calibration_windows=calibration_windows,
        records=len(exact),
        macro_auc=metrics.macro_auc(exact.targets, quantised.logits),
        macro_auc_float=metrics.macro_auc(exact.targets, exact.logits),
        mean_change=float(changes[worst]),
        mean_change_class=exact.classes[worst],
        absolute_change=float(np.abs(after - before).mean()),
        changed_findings=float(((after >= thresholds) != (before >= thresholds)).mean()),
        bytes=sizes[0],
        bytes_float=sizes[1],
    )


def require_equal(figures: QuantisationFigures) -> None:
    """Let an 8-bit network pass only when it is as good as its float32 network.

    Raises:
        ExportMismatchError: The validation macro AUC falls by more than 0.003, or the mean probability of a class moves
            by more than 0.02.
    """
    faults = []
    if figures.auc_loss > LARGEST_AUC_LOSS:
        faults.append(
            f"its macro AUC is {figures.macro_auc:.4f} instead of {figures.macro_auc_float:.4f} "
            f"(allowed: {LARGEST_AUC_LOSS:g} less)"
        )
    if figures.mean_change > LARGEST_MEAN_CHANGE:
        faults.append(
            f"the mean probability of {figures.mean_change_class} moves by {figures.mean_change:.3f} "
            f"(allowed: {LARGEST_MEAN_CHANGE:g})"
        )
    if faults:
        raise ExportMismatchError(
            f"the 8-bit network does not compute what the trained network computes: on "
            f"{figures.records:,} validation records "
            f"{' and '.join(faults)}; no bundle was written. Deploy it in float32, or train a wider network"
        )
