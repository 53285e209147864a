"""What a model is worth: figures with intervals, calibration, and the report of a run.

Numpy and scipy only; the report alone needs matplotlib and jinja2, and imports them when it is written.
"""

from mvkt.evaluation.bootstrap import gap_closed
from mvkt.evaluation.evaluate import evaluate
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.report.run_report import write_report
from mvkt.evaluation.result import (
    ClassFigures,
    CorpusSummary,
    Evaluation,
    GapClosed,
    ModelResult,
    ModelResults,
    RunResult,
)
from mvkt.evaluation.verdicts.calibration import Calibration, fit_calibration, probabilities
from mvkt.numbers import Interval

__all__ = [
    "Calibration",
    "ClassFigures",
    "CorpusSummary",
    "Evaluation",
    "GapClosed",
    "Interval",
    "ModelResult",
    "ModelResults",
    "Predictions",
    "RunResult",
    "evaluate",
    "fit_calibration",
    "gap_closed",
    "probabilities",
    "write_report",
]
