"""What the page sends."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mvkt.web.report.document_request import DocumentRequest


def test_the_least_that_is_needed() -> None:
    wanted = DocumentRequest.model_validate({"format": "json"})
    assert wanted.format == "json"
    assert wanted.language in ("en", "de")


@pytest.mark.parametrize(
    "wrong", [{}, {"format": "exe"}, {"format": "pdf", "language": "fr"}, {"format": "pdf", "unknown": 1}]
)
def test_what_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DocumentRequest.model_validate(wrong)
