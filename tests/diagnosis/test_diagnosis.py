"""A diagnosis."""

from __future__ import annotations

from collections.abc import Callable

from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record


def test_findings_by_weight(opinion: Callable[..., Opinion], beating: Callable[..., Record]) -> None:
    made = opinion(beating()).diagnosis
    assert made.judged
    first = made.findings[0]
    verdicts = ["not judged", "not found", "inconclusive", "found", "found"]
    probabilities = [0.9, 0.1, 0.5, 0.6, 0.8]
    mixed = made.model_copy(
        update={
            "findings": tuple(
                first.model_copy(update={"code": str(place), "verdict": verdict, "probability": probability})
                for place, (verdict, probability) in enumerate(zip(verdicts, probabilities, strict=True))
            )
        }
    )
    assert [finding.code for finding in mixed.by_weight] == ["4", "3", "2", "1", "0"]
    assert [finding.code for finding in mixed.positive] == ["4", "3"]


def test_json_and_back(opinion: Callable[..., Opinion], beating: Callable[..., Record]) -> None:
    made = opinion(beating()).diagnosis
    assert Diagnosis.model_validate_json(made.to_json()) == made
