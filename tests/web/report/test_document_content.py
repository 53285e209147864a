"""The documents of a recording."""

from __future__ import annotations

import pytest

from mvkt.web.report.document_content import stretch_wanted
from mvkt.web.report.document_request import DocumentRequest


def wanted(**changes: object) -> DocumentRequest:
    return DocumentRequest.model_validate({"format": "json", **changes})


@pytest.mark.parametrize(
    ("request_", "seconds", "expected"),
    [
        (wanted(format="fhir", start=100.0), 30.0, (0.0, 30.0, False)),
        (wanted(format="fhir", start=100.0), 3600.0, (100.0, 160.0, False)),
        (wanted(format="fhir", start=3599.0), 3600.0, (3540.0, 3600.0, False)),
        (wanted(format="json"), 3600.0, (0.0, 0.0, False)),
        (wanted(format="csv"), 3600.0, (0.0, 0.0, False)),
    ],
)
def test_stretches(request_: DocumentRequest, seconds: float, expected: tuple[float, float, bool]) -> None:
    assert stretch_wanted(request_, ("I",), seconds) == expected


def test_a_report_begins_within_the_recording() -> None:
    start, end, _ = stretch_wanted(wanted(format="pdf", start=500.0), ("I",), 30.0)
    assert start < end <= 30.0
