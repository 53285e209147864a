"""Test records for the report: the trace on ECG paper, the labels, and the findings of the student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import view_leads
from mvkt.ecg.paper import ecg_paper
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING
from mvkt.errors import ResultError
from mvkt.evaluation.npz_arrays import load_arrays
from mvkt.evaluation.result import RunResult

_ARRAYS = ("record_id", "microvolts", "leads", "sampling_frequency", "targets", "probabilities")
_MOST_FINDINGS = 8


@dataclass(frozen=True)
class ExampleFinding:
    """The probability of one class of an example, its band, and its label."""

    title: str
    probability: float
    low: float
    high: float
    true: bool

    @property
    def found(self) -> bool:
        """Whether it is reported as present."""
        return self.probability >= self.high

    @property
    def outcome(self) -> str:
        """Compare the two in words."""
        if self.low <= self.probability < self.high:
            return "inconclusive"
        if self.found:
            return "found" if self.true else "false alarm"
        return "missed" if self.true else "not found"


@dataclass(frozen=True)
class Example:
    """One test record.

    Attributes:
        record_id: Of the corpus.
        labels: Titles of its classes.
        findings: What is found or true first, then by probability; of many classes the first eight.
        seen: The student's leads as SVG.
        everything: All leads as SVG, or empty when those are the student's.
    """

    record_id: str
    labels: tuple[str, ...]
    findings: tuple[ExampleFinding, ...]
    seen: str
    everything: str


def read_examples(path: Path, result: RunResult) -> list[Example]:
    """Read ``examples.npz`` of a run.

    Raises:
        ResultError: The file is missing, damaged, or does not fit the result.
    """
    arrays = load_arrays(path, _ARRAYS)
    records, leads = len(arrays["record_id"]), arrays["leads"].tolist()
    classes = (records, len(result.classes))
    seen = view_leads(result.models.student.view)
    if (
        arrays["targets"].shape != classes
        or arrays["probabilities"].shape != classes
        or arrays["microvolts"].ndim != 3
        or arrays["microvolts"].shape[:2] != (records, len(leads))
        or not set(seen) <= set(leads)
    ):
        raise ResultError(
            f"{path} does not fit result.json: {records} records of leads {', '.join(leads)} with microvolts "
            f"{arrays['microvolts'].shape}, targets {arrays['targets'].shape} and probabilities "
            f"{arrays['probabilities'].shape}; expected {len(result.classes)} classes and lead {', '.join(seen)}"
        )
    return [_example(arrays, row, seen, result) for row in range(records)]


def _example(arrays: Mapping[str, NDArray[Any]], row: int, seen: tuple[str, ...], result: RunResult) -> Example:
    leads, frequency = arrays["leads"].tolist(), float(arrays["sampling_frequency"])
    microvolts = arrays["microvolts"][row].T
    millivolts = np.where(microvolts == MISSING, np.nan, microvolts * MILLIVOLTS_PER_UNIT)
    titles = [result.titles.get(code, code) for code in result.classes]
    bands = result.models.student.calibration.bands
    findings = [
        ExampleFinding(title, float(probability), low, high, bool(true))
        for title, probability, (low, high), true in zip(
            titles, arrays["probabilities"][row], bands, arrays["targets"][row], strict=True
        )
    ]
    findings.sort(key=lambda finding: (not (finding.found or finding.true), -finding.probability))
    shown = sum(finding.found or finding.true for finding in findings)
    return Example(
        record_id=str(arrays["record_id"][row]),
        labels=tuple(finding.title for finding in findings if finding.true),
        findings=tuple(findings[: max(_MOST_FINDINGS, shown)]),
        seen=ecg_paper(millivolts[:, [leads.index(lead) for lead in seen]], seen, frequency),
        everything=ecg_paper(millivolts, leads, frequency) if set(leads) != set(seen) else "",
    )
